"""An offer as the matching sees it: what was given, else what its name tells, each with its certainty."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import TypeVar

from registry.matching.reading import Reading, read_name
from registry.matching.vocabulary import Delivery, Kind, Role, Setting

T = TypeVar("T")

GIVEN = 1.0  # certainty of a value that somebody stated, as against one read out of a name
_SURE_SUBJECTS = 3  # subjects per offer that take part in matching


@dataclass(frozen=True, slots=True)
class Profile:
    """One offer (or one source record). Build it with :func:`make_profile`; ``None`` and empty mean unknown."""

    key: str
    provider: str
    title: str
    content: tuple[str, ...] = ()  #: stems of all words that carry content, in order
    standard: tuple[str, ...] = ()  #: the same, with the subject's own name in place of its synonyms
    variant: tuple[str, ...] = ()  #: place, pace and form in the name, sorted
    is_container: bool = False  #: a collection of registrations is not one offer and is never compared
    terms: frozenset[str] = frozenset()  #: "2025H"
    regions: frozenset[str] = frozenset()
    counties: frozenset[str] = frozenset()
    online: bool = False
    delivery_known: bool = False  #: else ``online`` is False because nobody has said anything
    level: str | None = None
    subjects: tuple[str, ...] = ()
    subjects_given: bool = False  #: else read out of the name
    focus: tuple[str, ...] = ()  #: stems of the words that say something beyond these subjects, in order
    school_years: tuple[int, int] | None = None
    years_sure: float = 0.0
    step: int | None = None
    step_sure: float = 0.0
    part: str | None = None
    credits: Decimal | None = None
    kind: Kind | None = None
    settings: frozenset[Setting] = frozenset()
    roles: frozenset[Role] = frozenset()
    outcomes: str = ""
    source: str | None = None
    code: str | None = None

    @property
    def deciding(self) -> tuple[str, ...]:
        """The fields that decide an overlap, as text, for fingerprints and for showing what changed."""
        return (
            ",".join(sorted(self.subjects)),
            " ".join(sorted(self.focus)),
            "-".join(map(str, self.school_years or ())),
            str(self.step or ""),
            self.part or "",
            plain_number(self.credits),
            self.kind or "",
            level_group(self.level),
            ",".join(sorted(self.settings)),
            ",".join(sorted(self.roles)),
            hashlib.sha256(self.outcomes.encode()).hexdigest()[:8] if self.outcomes else "",
        )


def make_profile(
    key: str,
    provider: str,
    title: str,
    *,
    level: str | None = None,
    code: str | None = None,
    source: str | None = None,
    terms: Iterable[str] = (),
    regions: Iterable[str] = (),
    counties: Iterable[str] = (),
    online: bool | None = None,
    subjects: Iterable[str] = (),
    school_years: str | None = None,
    step: int | None = None,
    part: str | None = None,
    credits: Decimal | None = None,  # noqa: A002 - the field's own word
    settings: Iterable[Setting] = (),
    roles: Iterable[Role] = (),
    outcomes: str = "",
    reading: Reading | None = None,
) -> Profile:
    """A profile from what is known of an offer; the name fills in what is not given, and never overrides it.

    ``school_years`` is "5-10"; ``level`` DBH's level code; ``subjects`` codes of the subject tree. Raises ValueError
    where ``school_years`` is not two numbers.
    """
    read = reading or read_name(title, level_code=level, programme_code=code)
    years, years_sure = (school_years, GIVEN) if school_years else (None, 0.0)
    if years is None and read.school_years is not None:
        years, years_sure = read.school_years.value, read.school_years.confidence
    given = tuple(dict.fromkeys(subjects))[:_SURE_SUBJECTS]
    taught = given or tuple(s.value for s in read.subjects)[:_SURE_SUBJECTS]
    step_sure = GIVEN
    if step is None:
        step, step_sure = (read.step.value, read.step.confidence) if read.step else (None, 0.0)
    return Profile(
        key=key,
        provider=provider,
        title=read.title,
        content=read.content,
        standard=read.standard,
        variant=read.variant,
        is_container=read.is_container,
        terms=_shared(terms),
        regions=_shared(regions),
        counties=_shared(counties),
        online=online if online is not None else read.delivery is not None and read.delivery.value is Delivery.ONLINE,
        delivery_known=online is not None or read.delivery is not None,
        level=level,
        subjects=taught,
        subjects_given=bool(given),
        focus=_focus(read, taught),
        school_years=parse_years(years) if years else None,
        years_sure=years_sure,
        step=step,
        step_sure=step_sure,
        part=part if part is not None else (read.part.value if read.part else None),
        credits=credits if credits is not None else (read.credits.value if read.credits else None),
        kind=read.kind.value if read.kind else None,
        settings=_shared(settings) or _shared(s.value for s in read.settings),
        roles=_shared(roles) or _shared(r.value for r in read.roles),
        outcomes=outcomes,
        source=source,
        code=code,
    )


def _shared(members: Iterable[T]) -> frozenset[T]:
    """A set, the same object for the same members: a million profiles have a few hundred sets between them."""
    return _one(frozenset(members))


@lru_cache(maxsize=16_384)
def _one(members: frozenset[T]) -> frozenset[T]:
    return members


def _focus(read: Reading, subjects: tuple[str, ...]) -> tuple[str, ...]:
    """What the name says beyond its subjects: words that name a subject which the offer does not have are such, too."""
    own = {stem for code, stems in read.naming if code in subjects for stem in stems}
    others = (stem for code, stems in read.naming if code not in subjects for stem in stems)
    return tuple(dict.fromkeys((*read.focus, *(stem for stem in others if stem not in own))))


def parse_years(text: str) -> tuple[int, int]:
    """ "5-10" as (5, 10); "8" as (8, 8)."""
    first, _, last = text.partition("-")
    return int(first), int(last or first)


def plain_number(number: Decimal | None) -> str:
    """ "30" for 30.0, "7.5" for 7.50, empty for None; never "3E+1"."""
    return "" if number is None else f"{number.normalize():f}"


def level_group(level: str | None) -> str:
    """ "lower" or "higher" for DBH's level codes, "vocational" for a vocational college, empty for unknown."""
    if not level:
        return ""
    if level == "FS":
        return "vocational"
    return "higher" if level in {"HN", "M2", "ME", "MX", "M5", "MP", "FU", "PR"} else "lower"
