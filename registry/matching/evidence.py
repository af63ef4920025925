"""What a pair's score is made of, in sentences that a coordinator can check against the two offers."""

import hashlib
from dataclasses import dataclass

from registry.matching.profiles import Profile, plain_number
from registry.matching.subjects import subject_tree
from registry.matching.text import as_written
from registry.matching.vocabulary import Kind, Role, Setting

SETTING_NB = {
    Setting.KINDERGARTEN: "barnehage",
    Setting.COMPULSORY_SCHOOL: "grunnskole",
    Setting.UPPER_SECONDARY: "videregående opplæring",
    Setting.COMPANY_TRAINING: "opplæring i bedrift",
    Setting.ADULT_EDUCATION: "voksenopplæring",
    Setting.SFO: "SFO",
    Setting.PPT: "PP-tjenesten",
    Setting.CULTURE_SCHOOL: "kulturskole",
}
ROLE_NB = {
    Role.TEACHER: "lærere",
    Role.HIGHER_EDUCATION_STAFF: "andre med høyere utdanning",
    Role.SKILLED_WORKER: "fagarbeidere",
    Role.ASSISTANT: "assistenter",
    Role.LEADER: "ledere",
    Role.NEWLY_QUALIFIED: "nyutdannede",
    Role.MENTOR: "veiledere og praksislærere",
}
KIND_NB = {
    Kind.PPU: "praktisk-pedagogisk utdanning",
    Kind.FULL_YEAR: "årsstudium",
    Kind.SPECIALIST: "lærerspesialistutdanning",
    Kind.EXTENSION: "påbygging eller fordypning",
    Kind.PREPARATORY: "forkurs",
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """One line of the account: ``weight`` is in log-odds; the lines of a pair and the base add up to its score."""

    what: (
        str  #: subject | focus | name | school_years | step | part | kind | credits | level | setting | role | outcomes
    )
    value: str  #: the two values, as short text
    weight: float
    sentence: str  #: plain bokmål


def explain(a: Profile, b: Profile, points: dict[str, float]) -> tuple[Evidence, ...]:
    """The lines that count, heaviest first, ties in the order of the scorecard."""
    lines = [
        Evidence(what, value, round(weight, 2), sentence)
        for what, weight in points.items()
        if weight
        for value, sentence in [describe(what, a, b, weight)]
    ]
    return tuple(sorted(lines, key=lambda line: -abs(line.weight)))


def describe(what: str, a: Profile, b: Profile, weight: float) -> tuple[str, str]:
    """The values of one feature and a sentence about them."""
    match what:
        case "subject":
            return _subject(a, b)
        case "focus":
            return _focus(a, b, weight)
        case "name":
            return f"{a.title} / {b.title}", "Navnene likner." if weight > 0 else "Navnene er ulike."
        case "school_years":
            return _values("Trinn", "trinn", _years(a), _years(b))
        case "step":
            return _values("Steg", "steg", _text(a.step), _text(b.step))
        case "part":
            return _values("Del", "del", _text(a.part), _text(b.part), missing="hele steget")
        case "kind":
            return _values(
                "Slags studium", "slags studium", *(KIND_NB[p.kind] if p.kind else "vanlig studium" for p in (a, b))
            )
        case "credits":
            return _values("Studiepoeng", "antall studiepoeng", plain_number(a.credits), plain_number(b.credits))
        case "level":
            return _values("Nivå", "nivå", a.level or "", b.level or "")
        case "setting":
            left, right = (", ".join(sorted(SETTING_NB[s] for s in p.settings)) for p in (a, b))
            return _values("Arbeidssted", "arbeidssted", left, right)
        case "role":
            left, right = (", ".join(sorted(ROLE_NB[r] for r in p.roles)) for p in (a, b))
            return _values("Målgruppe", "målgruppe", left, right)
        case _:
            alike = "likner" if weight > 0 else "er ulikt"
            return alike, f"Læringsutbyttet {alike}."


def fingerprint(a: Profile, b: Profile) -> str:
    """Twelve hexadecimal digits that change when, and only when, a deciding field of either offer changes."""
    first, second = sorted((a, b), key=lambda profile: profile.key)
    text = "\x1e".join("\x1f".join((profile.key, *profile.deciding)) for profile in (first, second))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _names(codes: tuple[str, ...]) -> str:
    tree = subject_tree()
    return ", ".join(tree[code].name_nb if code in tree else code for code in codes)


def _subject(a: Profile, b: Profile) -> tuple[str, str]:
    left, right = _names(a.subjects), _names(b.subjects)
    common = tuple(code for code in a.subjects if code in b.subjects)
    if set(a.subjects) == set(b.subjects):
        return left, f"Begge gjelder {left}."
    if common:
        return _names(common), f"Begge gjelder {_names(common)}, men ikke bare det."
    return f"{left} / {right}", f"Fagene er ulike: {left} og {right}."


def _focus(a: Profile, b: Profile, weight: float) -> tuple[str, str]:
    left, right = (tuple(as_written(p.title, p.reading.focus)) for p in (a, b))
    shared = {*a.reading.focus} & {*b.reading.focus}
    if not left and not right:
        return "", "Navnene sier ingenting ut over faget som skiller tilbudene."
    if not left or not right:
        words = " ".join(left or right)
        return words, f"Bare det ene navnet sier noe ut over faget: «{words}»."
    common = " ".join(word for word, stem in zip(left, a.reading.focus, strict=True) if stem in shared)
    value = f"{' '.join(left)} / {' '.join(right)}"
    if common and weight > 0:
        return common, f"Navnene har disse ordene felles ut over faget: «{common}»."
    return (
        value,
        f"Navnene {'likner' if weight > 0 else 'sier ulike ting'} ut over faget: «{' '.join(left)}» og «{' '.join(right)}».",
    )


def _years(profile: Profile) -> str:
    if profile.school_years is None:
        return ""
    first, last = profile.school_years
    return f"{first}.–{last}." if first != last else f"{first}."


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _values(label: str, word: str, left: str, right: str, missing: str = "ukjent") -> tuple[str, str]:
    if left == right:
        return left, f"{label}: {left} i begge." if left else f"{label} er {missing} for begge."
    if left and right:
        return (
            f"{left} / {right}",
            f"Ulikt {word}: {left} og {right}." if word != "trinn" else f"Ulike trinn: {left} og {right}.",
        )
    return left or right, f"{label}: {left or right} for det ene, {missing} for det andre."
