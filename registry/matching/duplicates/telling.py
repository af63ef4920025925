"""The account of a duplicate in sentences: each feature that counts, the two values, and its points."""

from dataclasses import replace

from importers.sentences import Sentence, joined
from registry.matching.duplicates.features import FEATURES
from registry.matching.duplicates.records import PACE
from registry.matching.evidence import NAMES_ALIKE, NAMES_DIFFER, Evidence, describe
from registry.matching.profiles import Profile

_COUNTS = 0.05  # log-odds below which a line is noise
_OWN = {"school_years", "step", "part", "kind", "credits", "level", "setting", "role"}
_LEVEL = {feature.name: feature.levels for feature in FEATURES}


def account(a: Profile, b: Profile, levels: dict[str, int], points: dict[str, float]) -> tuple[Evidence, ...]:
    """The lines that count, heaviest first, ties in the order of the scorecard."""
    lines = []
    for what, weight in points.items():
        level = _LEVEL[what][levels[what]]
        if abs(weight) >= _COUNTS and (told := _told(what, a, b, level, weight)) is not None:
            lines.append(Evidence(what, told[0], round(weight, 2), told[1]))
    return tuple(sorted(lines, key=lambda line: -abs(line.weight)))


def _told(what: str, a: Profile, b: Profile, level: str, weight: float) -> tuple[str, Sentence] | None:
    """Value and sentence, which agree with the sign of the points; None where a level has nothing to show people."""
    if what in ("setting", "role") and level == "some" and weight > 0:
        # What is told of is what they share: by all that they have, they differ.
        shared = replace(a, settings=a.settings & b.settings, roles=a.roles & b.roles)
        return describe(what, shared, shared, weight)
    if what == "level" and level == "same" and a.level != b.level:
        return None  # two codes of one level: the card sees no difference, people would
    if what in _OWN:
        return describe(what, a, b, weight)
    if level == "missing" or (what == "focus_one_side" and level == "no"):
        return None
    if what in _DESCRIBED:
        return describe(_DESCRIBED[what], a, b, weight)
    if what == "title":
        return _title(a, b, weight)
    if what in _BY_LEVEL:
        level = "" if (what, level) == ("place", "some") and weight < 0 else level
        sentences = _BY_LEVEL[what]
        return "", sentences.get(level, sentences[""])
    return _BY_VALUE[what](a, b, level)


def _title(a: Profile, b: Profile, weight: float) -> tuple[str, Sentence]:
    equal = a.title.casefold() == b.title.casefold()
    sentence = Sentence("Navnene er like ord for ord.") if equal else NAMES_ALIKE if weight > 0 else NAMES_DIFFER
    return f"{a.title} / {b.title}", sentence


def _start(a: Profile, b: Profile, _level: str) -> tuple[str, Sentence]:
    shared = ", ".join(sorted(a.terms & b.terms))
    return shared, Sentence("Termin felles: %(terms)s.", terms=shared) if shared else Sentence(
        "Ingen termin er felles."
    )


def _marks(a: Profile, b: Profile, _level: str) -> tuple[str, Sentence]:
    left, right = (", ".join(mark for mark in p.variant if mark not in PACE) or Sentence("ingen") for p in (a, b))
    if left == right:
        return left, Sentence("Like kjennetegn på form eller sted: %(marks)s.", marks=left)
    different = Sentence("Ulike kjennetegn på form eller sted: %(left)s og %(right)s.", left=left, right=right)
    return joined((left, right), " / "), different


def _source(a: Profile, b: Profile, level: str) -> tuple[str, Sentence]:
    if level == "other":
        return f"{a.source or '?'} / {b.source or '?'}", Sentence("Oppføringene kommer fra ulike kilder.")
    return f"{a.code or '?'} / {b.code or '?'}", Sentence("Oppføringene kommer fra samme kilde, under to koder.")


def _code(a: Profile, b: Profile, level: str) -> tuple[str, Sentence]:
    value = f"{a.code or '?'} / {b.code or '?'}"
    match level:
        case "same":
            return a.code or "", Sentence("Samme kode: %(code)s.", code=a.code or "")
        case "within":
            return value, Sentence("Koden til den ene står i den andres kode eller navn.")
        case "alike":
            return value, Sentence("Kodene likner: %(one)s og %(other)s.", one=a.code or "", other=b.code or "")
        case _:
            return value, Sentence("Ulike koder: %(one)s og %(other)s.", one=a.code or "", other=b.code or "")


_DESCRIBED = {"subject": "subject", "focus": "focus", "focus_one_side": "focus", "outcomes": "outcomes"}
_RIVALS = {
    "behind": Sentence("En annen oppføring i samme kilde likner mer."),
    "even": Sentence("En annen oppføring i samme kilde likner like mye."),
    "": Sentence("Ingen annen oppføring i samme kilde likner så mye."),
}
#: Feature -> level -> sentence; "" is every other level.
_BY_LEVEL = {
    "words": {
        "same": Sentence("Navnene har de samme ordene."),
        "0-70": Sentence("Navnene har få ord felles."),
        "": Sentence("Navnene har ord felles."),
    },
    "spelling": {"0-80": Sentence("Navnene er skrevet ulikt."), "": Sentence("Navnene er skrevet nesten likt.")},
    "digits": {
        "same": Sentence("Tallene i navnene er de samme."),
        "other": Sentence("Tallene i navnene er ulike."),
        "": Sentence("Bare det ene navnet har tall."),
    },
    "mode": {
        "same": Sentence("Begge er på nett, eller ingen av dem."),
        "": Sentence("Det ene er på nett, det andre ikke."),
    },
    "place": {
        "same": Sentence("Undervist i de samme fylkene."),
        "some": Sentence("Noen fylker er felles."),
        "": Sentence("Undervist i ulike fylker."),
    },
    "rival": _RIVALS,
    "twin": _RIVALS,
    "pace": {
        "other": Sentence("Det ene navnet sier deltid, det andre heltid."),
        "one_side": Sentence("Bare det ene navnet sier om studiet er på deltid eller heltid."),
        "": Sentence("Navnene sier det samme om deltid eller heltid."),
    },
}
_BY_VALUE = {"code": _code, "start": _start, "marks": _marks, "source": _source}
