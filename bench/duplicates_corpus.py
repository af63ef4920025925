"""Offers of many providers as three feeds would tell them, with known truth: which records are one offer.

Each offer is told by one to three sources, each with its own habits: a wrapper around the name, its own code or the
provider's, bokmål, nynorsk or English, typing errors, cut names, fields left out. Among them stand the tempting ones: the same
course at another campus or online, the next step, other school years, another focus. All from a seed.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from flags import SYLLABLES

from registry.matching.profiles import Profile, make_profile
from registry.matching.subjects import subject_tree

YEARS = ("1-7", "5-10", "8-13")
COUNTIES = ("03", "11", "15", "18", "31", "32", "33", "34", "39", "40", "42", "46", "50", "55", "56")
SOURCES = ("feed-a", "feed-b", "feed-c")
TOLD_BY = (0.92, 0.7, 0.5)  #: how often each source tells an offer
#: bokmål word -> nynorsk, English: what a source in another language writes
NYNORSK = {"lærere": "lærarar", "ledelse": "leiing", "veiledning": "rettleiing", "videreutdanning": "vidareutdanning"}
#: campus towns that names carry, with their counties
TOWNS = {
    "Drammen": "33",
    "Levanger": "50",
    "Notodden": "40",
    "Stord": "46",
    "Harstad": "55",
    "Hamar": "34",
    "Grimstad": "42",
}


@dataclass(frozen=True, slots=True)
class Course:
    """The truth about one offer."""

    number: int
    provider: int
    term: str
    subject: str
    name: str
    english: str
    focus: str
    years: str | None
    step: int | None
    credits: str
    level: str
    online: bool
    county: str
    code: str
    mark: str = ""  #: what the name says of place or form


def records(size: int, seed: int = 20251122, keyed_twice: float = 0.0) -> Iterator[tuple[Profile, int]]:
    """About ``size`` records with the number of the offer that each one tells of.

    ``keyed_twice`` is the share that its source keys again under another code.
    """
    rng = random.Random(seed)
    told = 0
    for course in _courses(size, rng):
        for source, chance in zip(SOURCES, TOLD_BY, strict=True):
            if rng.random() < chance:
                record = _record(course, source, rng)
                yield record, course.number
                told += 1
                if keyed_twice and rng.random() < keyed_twice:
                    again = _record(replace(course, code=_code(course.subject, rng)), source, rng)
                    yield replace(again, key=f"{again.key}:2"), course.number
                    told += 1
        if told >= size:
            return


def taught_by_several(size: int, seed: int = 20251122) -> Iterator[tuple[Profile, tuple[object, ...]]]:
    """About ``size`` offers with the content and term of each: one content at one to eight institutions, in words of their own.

    Place, form, source and half the size make no other content; step, school years and focus do.
    """
    rng = random.Random(seed)
    told = 0
    for course in _courses(size, rng):
        homes = rng.sample(range(40), rng.choice((1, 1, 2, 3, 4, 5, 6, 8)))
        for home in homes:
            source = rng.choice(SOURCES)
            moved = replace(
                course,
                provider=home,
                county=rng.choice(COUNTIES),
                online=rng.random() < 0.3,
                credits=rng.choice(("15", "30")),
                code=_code(course.subject, rng),
            )
            content = (course.subject, course.focus, course.years, course.step, course.term)
            yield replace(_record(moved, source, rng), key=f"{told}"), content
            told += 1
        if told >= size:
            return


def _courses(size: int, rng: random.Random) -> Iterator[Course]:
    """Families of siblings: blocks of about 60 offers per provider and term, however large the country."""
    leaves = [subject for subject in subject_tree().values() if len(subject.path) == 3]
    focuses = [" ".join(_word(rng) for _ in range(rng.choice((1, 2, 2)))) for _ in range(max(60, size // 40))]
    providers, number = 40, 0
    terms = [f"{2012 + half // 2}{'VH'[half % 2]}" for half in range(max(1, min(60, size // 5_000)))]
    if size > 300_000:
        providers = size // 7_500
    taken: set[tuple[object, ...]] = set()
    while True:
        provider, term, subject = rng.randrange(providers), rng.choice(terms), rng.choice(leaves)
        stepped = rng.random() < 0.5
        focus = rng.choice(focuses) if rng.random() < 0.55 else ""
        if (provider, term, subject.code, focus, stepped) in taken:
            continue  # nobody teaches one content twice in a term under one name, but for the twins below
        taken.add((provider, term, subject.code, focus, stepped))
        first = Course(
            number=number,
            provider=provider,
            term=term,
            subject=subject.code,
            name=subject.name_nb,
            english=subject.name_en,
            focus=focus,
            years=rng.choice(YEARS) if stepped else None,
            step=1 if stepped else None,
            credits=rng.choice(("7.5", "10", "15", "15", "30", "30")),
            level=rng.choice(("LN", "LN", "HN")),
            online=rng.random() < 0.3,
            county=rng.choice(COUNTIES),
            code=_code(subject.code, rng),
        )
        yield first
        number += 1
        if rng.random() < 0.15:
            near = rng.choice([one for one in leaves if one.path[1] == subject.path[1]])
            if near.code != subject.code:
                other = replace(first, number=number, subject=near.code, name=near.name_nb, english=near.name_en)
                yield replace(other, code=_code(near.code, rng))
                number += 1
        for sibling in _siblings(first, focuses, rng):
            yield replace(sibling, number=number, code=_code(subject.code, rng))
            number += 1


def _siblings(course: Course, focuses: list[str], rng: random.Random) -> Iterator[Course]:
    """What tempts: nearly the same offer, and another one."""
    chance = rng.random()
    if chance < 0.12:
        place = rng.choice([one for one in TOWNS if TOWNS[one] != course.county])
        yield replace(course, county=TOWNS[place], mark=place if rng.random() < 0.7 else "")
    elif chance < 0.22:
        yield replace(
            course, online=not course.online, mark="" if course.online or rng.random() < 0.3 else "nettbasert"
        )
    elif chance < 0.42 and course.step:
        yield replace(course, step=2)
    elif chance < 0.55 and course.years:
        yield replace(course, years=rng.choice([one for one in YEARS if one != course.years]))
    elif chance < 0.7:
        yield replace(course, focus=rng.choice(focuses))
    elif chance < 0.76:
        yield replace(course, credits="7.5" if course.credits != "7.5" else "30")


def _record(course: Course, source: str, rng: random.Random) -> Profile:
    name = _wrapped(_mistyped(_name(course, source, rng), rng), course, source, rng)
    own_code = course.code if source != "feed-b" or rng.random() < 0.5 else f"{course.code}-{rng.randint(1, 3)}"

    def told(share: float) -> bool:
        return rng.random() < share

    return make_profile(
        f"{source}:{course.provider}:{course.number}",
        f"p{course.provider}",
        name,
        level=course.level if told(0.8) else None,
        code=own_code if told(0.7) else f"{source[-1]}{rng.randrange(10**6)}" if told(0.4) else None,
        source=source,
        terms=[course.term],
        counties=[course.county] if told(0.75) else [],
        online=course.online if told(0.8) else None,
        subjects=[course.subject] if source != "feed-b" and told(0.8) else (),
        credits=Decimal(course.credits) if told(0.85) else None,
        outcomes=_outcomes(course, rng) if told(0.4) else "",
    )


def _outcomes(course: Course, rng: random.Random) -> str:
    """The same text for the same content, a word lost here and there."""
    own = random.Random(f"{course.subject}:{course.focus}:{course.years}:{course.step}")
    words = [_word(random.Random(f"{course.subject}:{place}")) for place in range(6)] + [_word(own) for _ in range(14)]
    return " ".join(word for word in words if rng.random() > 0.03)


def _name(course: Course, source: str, rng: random.Random) -> str:
    english = rng.random() < (0.08 if source == "feed-c" else 0.02)
    name = course.english if english and course.english else course.name
    if course.step:
        name += f" {course.step}" if rng.random() < 0.9 else f" {'I' * course.step}"
    if course.years:
        years = course.years.replace("-", rng.choice(("-", ".-", "–")))
        name += rng.choice((", {}. trinn", " ({})", ", trinn {}", " {}")).format(years)
    if course.focus:
        name += rng.choice((" – {}", ": {}", " - {}", ", {}")).format(course.focus)
    if course.mark:
        name += rng.choice((", {}", " ({})", " - {}")).format(course.mark)
    if not english and rng.random() < 0.12:
        for word, other in NYNORSK.items():
            name = name.replace(word, other)
    return name


def _wrapped(name: str, course: Course, source: str, rng: random.Random) -> str:
    """What each source puts around a name."""
    chance = rng.random()
    if source == "feed-b" and chance < 0.25:
        return f"{name} ({course.credits.replace('.', ',')} studiepoeng)"
    if source == "feed-c" and chance < 0.2:
        return f"{course.code} {name}"
    if source == "feed-a" and chance < 0.1:
        return f"KOMPiS {name}"
    if chance > 0.95:
        return f"{name} - deltid"
    return name.upper() if chance > 0.9 else name


def _mistyped(name: str, rng: random.Random) -> str:
    if rng.random() < 0.06:
        place = rng.randrange(1, max(2, len(name) - 1))
        kind = rng.random()
        if kind < 0.4:
            name = name[:place] + name[place + 1 :]
        elif kind < 0.7:
            name = name[:place] + name[place : place + 1] * 2 + name[place + 1 :]
        else:
            name = name[: place - 1] + name[place : place + 1] + name[place - 1 : place] + name[place + 1 :]
    if rng.random() < 0.3 and len(name) > 60:
        name = name[:60].rsplit(" ", 1)[0]
    return name


def _word(rng: random.Random) -> str:
    return "".join(rng.choices(SYLLABLES, k=rng.randint(3, 4)))


def _code(subject: str, rng: random.Random) -> str:
    letters = "".join(char for char in subject.upper() if char.isascii() and char.isalpha())[:4]
    return f"{letters}{rng.randrange(1000, 99999)}"
