"""The words that a run is found by, field by field: its offer's, in all languages that names are known in, and its own."""

import re
from collections.abc import Iterable, Iterator, Sequence

from registry.catalogue import askers
from registry.catalogue.rows import OfferRows
from registry.catalogue.vocabulary import Vocabulary
from registry.offers.models import Run

#: What the forms of teaching are searched by.
FORM_WORDS = {
    "campus": "stedbasert campus",
    "gatherings": "samlingsbasert samlinger desentralisert",
    "online": "nettbasert nett nettstudium fjernundervisning online",
    "hybrid": "hybrid",
}
_SEASONS = {"V": "vår", "H": "høst"}
_LANGUAGES = ("nb", "nn", "se", "en")
_PARTS = re.compile(r",\s+|\s+(?:og|and|ja)\s+")  #: what the names of areas are put together with
_LEAD = re.compile(r"(?:(?!\s[–-]\s)[^\d:(,.;])*")


def text_of(rows: OfferRows, words: Vocabulary) -> dict[str, str]:
    """By field of ``documents.SEARCHABLE``: what the runs of an offer have in common."""
    offer = rows.offer
    areas = dict.fromkeys(code for subject in rows.subjects for code in words.ancestors(subject)[1:])
    points = float(offer.credits) if offer.credits is not None else None
    targets = [entry for setting, role in rows.targets for entry in words.target(setting, role)]
    providers = [words.providers[words.provider_keys[one]] for one in rows.providers if one in words.provider_keys]
    return {
        "title": _joined(offer.title, *offer.other_titles.values()),
        "lead": lead(offer.title),
        "code": offer.native_code,
        "subject": _names(rows.subjects, words, ("nb", "nn", "se")),
        "area": _joined(*(part for code in areas for part in _own_parts(code, rows.subjects, words))),
        "subject_words": _joined(*(word for code in rows.subjects for word in words.subject_words.get(code, ()))),
        # English names are no names here: "Mentoring and supervision" would be what *mentor* means before all else.
        "asked_as": _joined(
            _names(rows.subjects, words, ("en",)),
            *(word for code in rows.subjects for word in askers.asked_as().get(code, ())),
        ),
        "years": _joined(
            f"{offer.school_years} trinn" if offer.school_years else "",
            f"{points:g} studiepoeng" if points is not None else "",
        ),
        "target": _joined(*(entry.name(language) for entry in targets for language in _LANGUAGES)),
        # Not the English names: "Norwegian University of …" would be found by everyone who looks for the subject.
        "provider": _joined(*(name for one in providers for name in (one.short, one.nb, one.nn, one.se))),
        "tags": _joined(*offer.tags, *offer.schemes),
        "description": _joined(offer.description, offer.learning_outcomes, offer.department),
    }


def lead(title: str) -> str:
    """What a title says first: "Musikk 2, 5.–10. trinn: samspill" is of "Musikk". Weighs a subject above one that it is part of."""
    found = _LEAD.match(title.strip())
    return found[0].strip() if found else ""


def _names(codes: Iterable[str], words: Vocabulary, languages: Sequence[str]) -> str:
    return _joined(
        *(words.subjects[code].name(language) for code in codes for language in languages if code in words.subjects)
    )


def _own_parts(area: str, subjects: Sequence[str], words: Vocabulary) -> Iterator[str]:
    """Of the area's names in all languages, what is no name of a subject elsewhere in it.

    "Mathematics and natural sciences" would make every offer of naturfag one of *matematikk*, whose synonym is the first half.
    """
    for language in _LANGUAGES:
        parts = _PARTS.split(words.subjects[area].name(language))
        foreign = {
            at
            for start in range(len(parts))
            for end in range(start + 1, len(parts) + 1)
            for at in range(start, end)
            if _names_others(parts[start:end], area, subjects, words)
        }
        yield from (part for at, part in enumerate(parts) if at not in foreign)


def _names_others(parts: Sequence[str], area: str, subjects: Sequence[str], words: Vocabulary) -> bool:
    """Are these what some subject is called, and none that is above or below one of ``subjects``, or has all the area's name?"""
    called = words.once(_called).get(_key(parts), frozenset()) - {area}
    return bool(called) and not any(
        words.subjects[code].nb == words.subjects[area].nb
        or any(subject in words.ancestors(code) or code in words.ancestors(subject) for subject in subjects)
        for code in called
    )


def _called(words: Vocabulary) -> dict[str, frozenset[str]]:
    """Names of subjects, and what feeds call them -> their codes."""
    found: dict[str, set[str]] = {}
    for code, entry in words.subjects.items():
        for name in (*map(entry.name, _LANGUAGES), *words.subject_words.get(code, ())):
            found.setdefault(_key(_PARTS.split(name)), set()).add(code)
    return {name: frozenset(codes) for name, codes in found.items()}


def _key(parts: Sequence[str]) -> str:
    return " ".join(parts).casefold()


def place_text(places: Sequence[str], words: Vocabulary) -> str:
    """Names of municipalities and of what they lie in."""
    found = [entry for code in places for entry in words.place(code)]
    return _joined(*(name for entry in found for name in (entry.nb, entry.nn, entry.se)))


def _joined(*parts: str | None) -> str:
    """Each part once, full stops between, so that no phrase reaches over two of them."""
    return ". ".join(dict.fromkeys(part for part in parts if part))


def form_text(run: Run) -> str:
    """How and when a run is taught."""
    year, half = run.term[:4], run.term[4:]
    return _joined(FORM_WORDS.get(str(run.delivery), ""), f"{_SEASONS[half]} {year}" if half in _SEASONS else "")
