"""What can be taught: every content of the invented offers, derived from the registry's own subject tree.

A content is a subject, perhaps a focus inside it, perhaps school years and a step. Two offers with the same content teach
the same; that is the truth which the flags are compared with.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from registry.reference.load import rows

TOPICS = Path(__file__).parent / "topics.csv"

#: School subjects that are taught by school years and in steps.
STEPPED = frozenset(
    [
        "norsk",
        "engelsk",
        "matematikk",
        "naturfag",
        "samfunnsfag",
        "krle",
        "musikk",
        "kunst-handverk",
        "kroppsoving",
        "mat-helse",
        "spansk",
        "tysk",
        "fransk",
        "norsk-andrespraak",
        "programmering",
        "begynneropplaring",
        "drama",
        "andrespraak",
    ]
)
_SPANS: Mapping[str, tuple[str, ...]] = {
    "spansk": ("5-10", "8-13"),
    "tysk": ("5-10", "8-13"),
    "fransk": ("5-10", "8-13"),
    "mat-helse": ("1-7", "5-10"),
    "begynneropplaring": ("1-7",),
    "programmering": ("5-10", "8-13"),
    "drama": ("1-7", "8-13"),
}
_USUAL_SPANS = ("1-7", "5-10", "8-13")
#: One institution at most, few starters: the subjects that the small-subject rule is shown on.
SMALL = (
    "latinamerika",
    "italiensk",
    "russisk",
    "kinesisk",
    "arabisk",
    "kvensk",
    "folkekunst",
    "museum",
    "korps",
    "montessori",
    "konsekvenspedagogikk",
    "sceneproduksjon",
    "musikk-helse",
    "samisk-barnehage",
)
#: How much more often a subject is taught than the others.
_POPULAR: Mapping[str, float] = {
    "norsk": 5,
    "matematikk": 6,
    "engelsk": 6,
    "naturfag": 3,
    "samfunnsfag": 2.5,
    "krle": 2,
    "kroppsoving": 2,
    "spesialpedagogikk": 4,
    "veiledningspedagogikk": 3,
    "pfdk": 3,
    "norsk-andrespraak": 3,
    "rektor": 2,
    "skoleledelse": 2,
    "barnehagepedagogikk": 2.5,
    "smabarn": 2,
    "laringsmiljo": 2.5,
    "begynneropplaring": 2.5,
    "ki": 2.5,
    "barnehage-sprak": 2,
    "yrkesdidaktikk": 2,
    "mentor": 2,
}


@dataclass(frozen=True, slots=True)
class Subject:
    """A leaf of the tree with its field and area."""

    code: str
    area: str
    field: str
    name_nb: str
    name_nn: str
    name_se: str | None
    name_en: str | None


@dataclass(frozen=True, slots=True)
class Content:
    """What an offer teaches. ``focus`` counts the area's topics from 0; None is the whole subject."""

    subject: Subject
    focus: int | None
    years: str | None
    step: int | None

    @property
    def key(self) -> str:
        parts = (
            self.subject.code,
            f"f{self.focus}" if self.focus is not None else "",
            self.years or "",
            self.step or "",
        )
        return "|".join(map(str, parts))


def subjects() -> dict[str, Subject]:
    """The leaves of the subject tree by code."""
    listed = {row["code"]: row for row in rows("subjects")}
    found = {}
    for code, row in listed.items():
        area = listed.get(row["parent"])
        if area is not None and area["parent"]:
            found[code] = Subject(
                code,
                area["code"],
                area["parent"],
                row["name_nb"],
                row["name_nn"] or row["name_nb"],
                row["name_se"] or None,
                row["name_en"] or None,
            )
    return found


def topics() -> dict[str, list[dict[str, str]]]:
    """Topics by area: [{"nb": …, "nn": …}, …], five of each."""
    found: dict[str, list[dict[str, str]]] = {}
    with TOPICS.open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            found.setdefault(row["area"], []).append({"nb": row["nb"], "nn": row["nn"]})
    return found


def catalogue(known: Mapping[str, Subject]) -> list[tuple[Content, float]]:
    """Every content with its weight; the small subjects are left out, they are planted by hand."""
    return [
        (content, weight) for code, subject in known.items() if code not in SMALL for content, weight in _of(subject)
    ]


def _of(subject: Subject) -> Iterator[tuple[Content, float]]:
    weight = _POPULAR.get(subject.code, 1.0)
    focuses: tuple[int | None, ...] = (None, 0, 1, 2, 3, 4)
    if subject.code in STEPPED:
        for span in _SPANS.get(subject.code, _USUAL_SPANS):
            for step in (1, 2):
                for focus in (None, 0, 1, 2):
                    yield Content(subject, focus, span, step), weight * (1.0 if focus is None else 0.25)
        return
    for focus in focuses:
        yield Content(subject, focus, None, None), weight * (1.2 if focus is None else 0.4)


def span_settings(years: str | None) -> tuple[str, ...]:
    """Target settings of a span of school years."""
    return {
        "1-7": ("primary_1_7",),
        "5-10": ("lower_secondary_5_10",),
        "8-13": ("lower_secondary_5_10", "upper_secondary"),
    }.get(years or "", ())


_FIELD_GROUPS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "barnehage": (("kindergarten",), ("teacher",)),
    "ledelse": (("primary_1_7", "lower_secondary_5_10", "upper_secondary"), ("leader",)),
    "veiledning": (("kindergarten", "primary_1_7", "lower_secondary_5_10", "upper_secondary"), ("mentor", "teacher")),
    "yrkesfag": (("upper_secondary", "vocational_training"), ("teacher", "skilled_worker")),
    "oppvekst": (("primary_1_7", "lower_secondary_5_10"), ("other_higher_education", "teacher")),
    "spesped-felt": (("kindergarten", "primary_1_7", "lower_secondary_5_10"), ("teacher", "other_higher_education")),
}
_SUBJECT_GROUPS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "barnehage-assistent": (("kindergarten",), ("assistant", "skilled_worker")),
    "barne-ungdomsarbeid": (("kindergarten", "sfo"), ("skilled_worker",)),
    "sfo": (("sfo",), ("skilled_worker", "assistant", "leader")),
    "styrer": (("kindergarten",), ("leader",)),
    "barnehage-ledelse": (("kindergarten",), ("leader", "teacher")),
    "barnehage-veiledning": (("kindergarten",), ("mentor", "teacher")),
    "ppt": (("pp_service",), ("other_higher_education",)),
    "kulturskole": (("culture_school",), ("teacher",)),
    "norsk-voksne": (("adult_education",), ("teacher",)),
    "voksenped": (("adult_education",), ("teacher",)),
    "kriminalomsorg": (("adult_education",), ("teacher", "other_higher_education")),
    "mentor": (("kindergarten", "primary_1_7", "lower_secondary_5_10"), ("mentor",)),
    "fagopplaring": (("vocational_training",), ("skilled_worker", "mentor")),
    "folkehogskole": ((), ("teacher",)),
    "uhped": ((), ("teacher",)),
    "samisk-barnehage": (("kindergarten",), ("teacher", "assistant")),
}


def target_groups(content: Content) -> list[tuple[str | None, str | None]]:
    """(setting, role) pairs of a content."""
    settings = span_settings(content.years)
    subject = content.subject
    roles: tuple[str, ...] = ("teacher",)
    if not settings:
        usual = (("primary_1_7", "lower_secondary_5_10"), ("teacher",))
        settings, roles = _SUBJECT_GROUPS.get(subject.code) or _FIELD_GROUPS.get(subject.field, usual)
    return [(setting, role) for setting in settings or (None,) for role in roles]


def measure(content: Content) -> str:
    """The kind of measure that a content belongs to."""
    if content.subject.code == "mentor":
        return "newly_qualified_guidance"
    if content.subject.field == "ledelse" or content.subject.code in ("styrer", "barnehage-ledelse"):
        return "leadership"
    if content.subject.code in ("pfdk", "begynneropplaring") and content.focus is not None:
        return "specialised_role"
    return "further_education"
