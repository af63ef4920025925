"""What a pair's score is made of, in sentences that a coordinator can check against the two offers."""

import hashlib
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache

from importers.sentences import Sentence, joined, own_name
from registry.matching.profiles import Profile, plain_number
from registry.matching.subjects import reference_rows, subject_tree
from registry.matching.text import phrase
from registry.matching.vocabulary import Kind, Role, Setting

SETTINGS = {
    Setting.KINDERGARTEN: Sentence("barnehage"),
    Setting.COMPULSORY_SCHOOL: Sentence("grunnskole"),
    Setting.UPPER_SECONDARY: Sentence("videregående opplæring"),
    Setting.COMPANY_TRAINING: Sentence("opplæring i bedrift"),
    Setting.ADULT_EDUCATION: Sentence("voksenopplæring"),
    Setting.SFO: Sentence("SFO"),
    Setting.PPT: Sentence("PP-tjenesten"),
    Setting.CULTURE_SCHOOL: Sentence("kulturskole"),
}
ROLES = {
    Role.TEACHER: Sentence("lærere"),
    Role.HIGHER_EDUCATION_STAFF: Sentence("andre med høyere utdanning"),
    Role.SKILLED_WORKER: Sentence("fagarbeidere"),
    Role.ASSISTANT: Sentence("assistenter"),
    Role.LEADER: Sentence("ledere"),
    Role.NEWLY_QUALIFIED: Sentence("nyutdannede"),
    Role.MENTOR: Sentence("veiledere og praksislærere"),
}
KINDS = {
    Kind.PPU: Sentence("praktisk-pedagogisk utdanning"),
    Kind.FULL_YEAR: Sentence("årsstudium"),
    Kind.SPECIALIST: Sentence("lærerspesialistutdanning"),
    Kind.EXTENSION: Sentence("påbygging eller fordypning"),
    Kind.PREPARATORY: Sentence("forkurs"),
}


NAMES_ALIKE, NAMES_DIFFER = Sentence("Navnene likner."), Sentence("Navnene er ulike.")
_UNKNOWN = Sentence("ukjent")


@dataclass(frozen=True, slots=True)
class Evidence:
    """One line of the account: ``weight`` is in log-odds; the lines of a pair and the base add up to its score."""

    what: (
        str  #: subject | focus | name | school_years | step | part | kind | credits | level | setting | role | outcomes
    )
    value: str  #: the two values, as short text; a sentence where some of it is words of ours
    weight: float
    sentence: Sentence


def explain(a: Profile, b: Profile, points: dict[str, float]) -> tuple[Evidence, ...]:
    """The lines that count, heaviest first, ties in the order of the scorecard."""
    lines = [
        Evidence(what, value, round(weight, 2), sentence)
        for what, weight in points.items()
        if weight
        for value, sentence in [describe(what, a, b, weight)]
    ]
    return tuple(sorted(lines, key=lambda line: -abs(line.weight)))


def describe(what: str, a: Profile, b: Profile, weight: float) -> tuple[str, Sentence]:
    """The values of one feature and a sentence about them."""
    match what:
        case "subject":
            return _subject(a, b)
        case "focus":
            return _focus(a, b, weight)
        case "name":
            return f"{a.title} / {b.title}", NAMES_ALIKE if weight > 0 else NAMES_DIFFER
        case "school_years":
            return _values(Sentence("Trinn"), _years(a), _years(b))
        case "step":
            return _values(Sentence("Steg"), _text(a.step), _text(b.step))
        case "part":
            return _values(Sentence("Del"), _text(a.part), _text(b.part), missing=Sentence("hele steget"))
        case "kind":
            left, right = (KINDS[p.kind] if p.kind else Sentence("vanlig studium") for p in (a, b))
            return _values(Sentence("Slags studium"), left, right)
        case "credits":
            return _values(Sentence("Studiepoeng"), _number(a.credits), _number(b.credits))
        case "level":
            return _values(Sentence("Nivå"), _level(a.level), _level(b.level))
        case "setting":
            left, right = (joined(sorted(SETTINGS[s] for s in p.settings), ", ") for p in (a, b))
            return _values(Sentence("Arbeidssted"), left, right)
        case "role":
            left, right = (joined(sorted(ROLES[r] for r in p.roles), ", ") for p in (a, b))
            return _values(Sentence("Målgruppe"), left, right)
        case _:
            return _outcomes(weight)


def fingerprint(a: Profile, b: Profile) -> str:
    """Twelve hexadecimal digits that change when, and only when, a deciding field of either offer changes."""
    first, second = sorted((a, b), key=lambda profile: profile.key)
    text = "\x1e".join("\x1f".join((profile.key, *profile.deciding)) for profile in (first, second))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


@lru_cache(maxsize=4_096)  # the same subjects and values come back in thousands of pairs
def _names(codes: tuple[str, ...]) -> Sentence:
    tree = subject_tree()
    known = (tree.get(code) for code in codes)
    names = (
        own_name(one.name_nb, nn=one.name_nn, en=one.name_en) if one else code
        for one, code in zip(known, codes, strict=True)
    )
    return joined(names, ", ")


def _subject(a: Profile, b: Profile) -> tuple[str, Sentence]:
    left, right = _names(a.subjects), _names(b.subjects)
    common = tuple(code for code in a.subjects if code in b.subjects)
    if set(a.subjects) == set(b.subjects):
        return left, Sentence("Begge gjelder %(subjects)s.", subjects=left)
    if common:
        return _names(common), Sentence("Begge gjelder %(subjects)s, men ikke bare det.", subjects=_names(common))
    return joined((left, right), " / "), Sentence("Fagene er ulike: %(left)s og %(right)s.", left=left, right=right)


def _focus(a: Profile, b: Profile, weight: float) -> tuple[str, Sentence]:
    left, right = a.focus, b.focus
    shared = {*left} & {*right}
    if not left and not right:
        return "", Sentence("Navnene sier ingenting ut over faget som skiller tilbudene.")
    if not left or not right:
        words = phrase(a.title, left) or phrase(b.title, right)
        return words, Sentence("Bare det ene navnet sier noe ut over faget: «%(words)s».", words=words)
    common = phrase(a.title, [stem for stem in left if stem in shared])
    one, other = phrase(a.title, left), phrase(b.title, right)
    value = f"{one} / {other}"
    if common and weight > 0:
        return common, Sentence("Navnene har disse ordene felles ut over faget: «%(words)s».", words=common)
    if weight > 0:
        return value, Sentence("Navnene likner ut over faget: «%(one)s» og «%(other)s».", one=one, other=other)
    return value, Sentence("Navnene sier ulike ting ut over faget: «%(one)s» og «%(other)s».", one=one, other=other)


@cache
def _level_names() -> dict[str, Sentence]:
    return {
        row["code"]: own_name(row["name_nb"], nn=row["name_nn"], en=row["name_en"])
        for row in reference_rows("dbh_levels.csv")
    }


def _level(code: str | None) -> str:
    """What the level is called; a code that nobody has named is shown as it is."""
    return _level_names().get(code, code) if code else ""


def _number(number: Decimal | None) -> str:
    """With a comma; in English with a stop."""
    plain = plain_number(number)
    comma = plain.replace(".", ",")
    return plain if comma == plain else own_name(comma, nn=comma, en=plain)


def _outcomes(weight: float) -> tuple[str, Sentence]:
    if weight > 0:
        return Sentence("likner"), Sentence("Læringsutbyttet likner.")
    return Sentence("er ulikt"), Sentence("Læringsutbyttet er ulikt.")


def _years(profile: Profile) -> str:
    if profile.school_years is None:
        return ""
    first, last = profile.school_years
    return f"{first}.–{last}." if first != last else f"{first}."


def _text(value: object) -> str:
    return "" if value is None else str(value)


@lru_cache(maxsize=4_096)
def _values(label: Sentence, left: str, right: str, missing: Sentence = _UNKNOWN) -> tuple[str, Sentence]:
    if left == right:
        if left:
            return left, Sentence("%(label)s: %(value)s i begge.", label=label, value=left)
        return left, Sentence("%(label)s er %(missing)s for begge.", label=label, missing=missing)
    if left and right:
        # School years end in the stop themselves.
        last = right if isinstance(right, Sentence) else right.removesuffix(".")
        different = Sentence("%(label)s er ulikt: %(left)s og %(right)s.", label=label, left=left, right=last)
        return joined((left, right), " / "), different
    told = left or right
    return told, Sentence(
        "%(label)s: %(value)s for det ene, %(missing)s for det andre.", label=label, value=told, missing=missing
    )
