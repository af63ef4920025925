"""Reading a programme's name: what it tells, how surely, and by which words.

    >>> reading = read_name("KOMPiS Engelsk 1, 1.-7. trinn", level_code="LN")
    >>> reading.school_years.value, reading.step.value, reading.subject.value
    ('1-7', 1, 'engelsk')

What a name does not tell is None or an empty tuple: unknown stays unknown.
"""

from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache, lru_cache
from typing import Generic, TypeVar

from registry.matching.names import Found, find_credits, find_school_years, find_step_and_part, rub_out_other_numbers
from registry.matching.subjects import SubjectHit, subject_finder, subject_tree
from registry.matching.text import Token, blank, fold, is_glue, stem, tidy, to_bokmal, tokens
from registry.matching.vocabulary import (
    BOKMAL_WORDS,
    CONTAINERS,
    CONTENT_SETTINGS,
    DELIVERIES,
    ENGLISH_STAGES,
    ENGLISH_WORDS,
    FILLER,
    FORM,
    KINDS,
    NYNORSK_PARTS,
    NYNORSK_WORDS,
    PEOPLE,
    PLACES,
    SAMI_LETTERS,
    SCHEMES,
    SUBJECT_SETTINGS,
    VARIANTS,
    Delivery,
    Kind,
    Language,
    Role,
    Setting,
)

T = TypeVar("T")
Span = tuple[int, int]

FULL_YEAR_CREDITS = Decimal(60)  # an "årsstudium" (level AR) is 60 credits by DBH's own description of the level
FULL_YEAR_LEVEL = "AR"
SCHEME_CODES = ("kfk", "kfb")  # what institutions' codes begin with, and the schemes that these stand for
_BY_LEVEL = f"nivåkode {FULL_YEAR_LEVEL}"
HALF_YEAR_CREDITS = Decimal(30)
LAST_COMPULSORY_YEAR = 10
IMPLIED_CONFIDENCE = 0.7  # of a place of work that only the subject implies


@dataclass(frozen=True, slots=True)
class Derived(Generic[T]):
    """A value read out of a name: never as good as a value that somebody gave."""

    value: T
    confidence: float  #: 0..1
    evidence: str  #: the words that told, as written, or the code that did
    span: tuple[int, int] | None = None  #: where in ``Reading.title``; None where a code told


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything that a name tells."""

    title: str  #: the name with its white space folded; spans refer to this
    language: Derived[Language] | None = None
    kind: Derived[Kind] | None = None
    school_years: Derived[str] | None = None  #: "1-7"
    step: Derived[int] | None = None  #: 1, 2, 3…
    part: Derived[str] | None = None  #: a part of the step: "1", "2", "a", "b"
    credits: Derived[Decimal] | None = None
    delivery: Derived[Delivery] | None = None
    container: Derived[str] | None = None  #: why this is a collection of registrations and not one offer
    schemes: tuple[Derived[str], ...] = ()
    subjects: tuple[Derived[str], ...] = ()  #: subject codes, most certain first
    settings: tuple[Derived[Setting], ...] = ()
    roles: tuple[Derived[Role], ...] = ()
    variant: tuple[str, ...] = ()  #: place, pace and form, sorted: what tells variants of one offer apart
    focus: tuple[str, ...] = ()  #: stems of the words that carry content beyond the subject, in order
    content: tuple[str, ...] = ()  #: stems of all words that carry content, the subject's included, in order
    standard: tuple[str, ...] = ()  #: the same, with the subject's own name in place of its synonyms
    naming: tuple[tuple[str, tuple[str, ...]], ...] = ()  #: each subject with the stems that named it

    @property
    def subject(self) -> Derived[str] | None:
        """The most certain subject."""
        return self.subjects[0] if self.subjects else None

    @property
    def is_container(self) -> bool:
        """True for a collection of registrations: it is not one offer and overlaps with nothing."""
        return self.container is not None


def read_name(title: str, *, level_code: str | None = None, programme_code: str | None = None) -> Reading:
    """Read one programme's name.

    ``level_code`` is DBH's (LN, HN, AR, …); ``programme_code`` the institution's own code, used only for the scheme
    ("KFK-MAT1"). Never raises: a name that tells nothing gives a reading that says nothing.
    """
    return _with_code(_read(tidy(title), level_code == FULL_YEAR_LEVEL), programme_code or "")


def read_once(title: str, *, level_code: str | None = None, programme_code: str | None = None) -> Reading:
    """As ``read_name``, remembered by nobody: for a feed that passes by, whose readings would fill the memory."""
    return _with_code(_read.__wrapped__(tidy(title), level_code == FULL_YEAR_LEVEL), programme_code or "")


def _with_code(read: Reading, programme_code: str) -> Reading:
    """A name is read once however many programmes carry it: all that a code tells is the scheme, where the name does not."""
    code = fold(programme_code)
    named = {scheme.value for scheme in read.schemes}
    told = tuple(Derived(one, 0.8, programme_code) for one in SCHEME_CODES if code.startswith(one) and one not in named)
    return replace(read, schemes=read.schemes + told) if told else read


@lru_cache(maxsize=65_536)
def _read(title: str, is_full_year: bool) -> Reading:
    folded = fold(title)
    written = tokens(folded)
    kind = _kind(title, folded, is_full_year)
    schemes, text = _schemes(title, folded)
    points, text = find_credits(text)
    text = rub_out_other_numbers(text)
    years, text = find_school_years(text)
    delivery, text = _delivery(title, text)
    step, part, text = find_step_and_part(text, title)
    left = _stages(tokens(text))
    named = subject_finder().find(left)
    settings, roles = _people(title, _spelt(left), years)
    settings = settings or _implied_settings(title, named)
    words = _spelt(_stages(tokens(FORM.sub(lambda match: " " * len(match.group()), text))))
    said = {(word.start, word.end): _content_stem(word) for word in words}
    content = _content(said, [(hit.code, hit.spans) for hit in named if hit.is_foreign])
    standard = _content(said, [(hit.code, hit.spans if hit.is_foreign else hit.whole) for hit in named])
    taken = {span for hit in named for span in hit.whole}
    taken |= {(word.start, word.end) for word in words if _tells_people_only(word.word)}
    focus = tuple(dict.fromkeys(one for span, one in said.items() if one and span not in taken))
    subjects = tuple(
        Derived(hit.code, hit.confidence, " … ".join(title[a:b] for a, b in _joined(hit.spans)), hit.spans[0])
        for hit in named
    )
    return Reading(
        title=title,
        language=_language(title, folded, written),
        kind=kind,
        school_years=_derived(title, years),
        step=Derived(int(step.value), step.confidence, title[step.start : step.end], (step.start, step.end))
        if step
        else None,
        part=_derived(title, part),
        credits=_credits(title, folded, points, kind, is_full_year),
        delivery=delivery,
        container=_container(title, folded, subjects, content, kind),
        schemes=schemes,
        subjects=subjects,
        settings=settings,
        roles=roles,
        variant=_variant(folded, written),
        focus=focus,
        content=content,
        standard=content if standard == content else standard,
        naming=tuple((hit.code, _naming(hit, words)) for hit in named),
    )


def _derived(title: str, found: Found | None) -> Derived[str] | None:
    if found is None:
        return None
    return Derived(
        found.value, found.confidence, title[found.start : found.end].strip(" (),"), (found.start, found.end)
    )


def _joined(spans: tuple[tuple[int, int], ...]) -> list[tuple[int, int]]:
    """Neighbouring words as one piece of evidence."""
    pieces: list[tuple[int, int]] = []
    for start, end in spans:
        if pieces and start - pieces[-1][1] <= len(" -, og "):
            pieces[-1] = (pieces[-1][0], end)
        else:
            pieces.append((start, end))
    return pieces


def _spelt(words: list[Token]) -> list[Token]:
    """The words with their typing errors mended; the spans stay those of what was written."""
    spelling = subject_finder().spelling
    return [spelling.right(word) for word in words]


def _stages(words: list[Token]) -> list[Token]:
    """The words with stages of school in English as the one Norwegian word; its span is that of the English ones."""
    read: list[Token] = []
    for word in words:
        pair = (read[-1].word if read else "", word.word)
        if stage := ENGLISH_STAGES.get(pair):
            read[-1] = Token(stage, read[-1].start, word.end)
        else:
            read.append(word)
    return read


def _content(said: dict[Span, str | None], renamed: list[tuple[str, tuple[Span, ...]]]) -> tuple[str, ...]:
    """The stems that carry content; words that named a subject are ``renamed``: its own name stands at the first of them."""
    own: dict[Span, tuple[str, ...]] = {}
    for code, spans in renamed:
        name = _own_name(code)
        for span in spans:
            if span in said:
                own[span], name = name, ()
    return tuple(dict.fromkeys(one for span, told in said.items() for one in own.get(span, (told,)) if one))


@cache
def _own_name(code: str) -> tuple[str, ...]:
    """The stems of a subject's own name."""
    return tuple(one for word in tokens(fold(subject_tree()[code].name_nb)) if (one := _content_stem(word)))


def _naming(hit: SubjectHit, words: list[Token]) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(s for word in words if (word.start, word.end) in hit.spans and (s := _content_stem(word)))
    )


def _content_stem(word: Token) -> str | None:
    if is_glue(word.word) or word.word.isdigit() or len(word.word) < 2 or word.word in PLACES:
        return None
    stemmed = stem(word.word)
    return None if stemmed in FILLER or word.word in FILLER else stemmed


def _kind(title: str, folded: str, is_full_year: bool) -> Derived[Kind] | None:
    for pattern, value, confidence in KINDS:
        if match := pattern.search(folded):
            return Derived(Kind(value), confidence, title[match.start() : match.end()], match.span())
    if is_full_year:
        return Derived(Kind.FULL_YEAR, 0.8, _BY_LEVEL)
    return None


def _credits(
    title: str, folded: str, found: Found | None, kind: Derived[Kind] | None, is_full_year: bool
) -> Derived[Decimal] | None:
    if found is not None:
        evidence = title[found.start : found.end].strip(" ()")
        return Derived(Decimal(found.value), found.confidence, evidence, (found.start, found.end))
    half = "halvårsstudium"
    if half in folded:
        start = folded.index(half)
        return Derived(HALF_YEAR_CREDITS, 0.8, title[start : start + len(half)], (start, start + len(half)))
    if kind is not None and kind.value is Kind.FULL_YEAR:
        return Derived(FULL_YEAR_CREDITS, min(kind.confidence, 0.9), kind.evidence, kind.span)
    if is_full_year:
        return Derived(FULL_YEAR_CREDITS, 0.8, _BY_LEVEL)
    return None


def _schemes(title: str, text: str) -> tuple[tuple[Derived[str], ...], str]:
    found: dict[str, Derived[str]] = {}
    for pattern, value, confidence in SCHEMES:
        for match in pattern.finditer(text):
            found.setdefault(value, Derived(value, confidence, title[match.start() : match.end()], match.span()))
            text = blank(text, *match.span())
    return tuple(found.values()), text


def _delivery(title: str, text: str) -> tuple[Derived[Delivery] | None, str]:
    first: Derived[Delivery] | None = None
    for pattern, value, confidence in DELIVERIES:
        for match in pattern.finditer(text):
            first = first or Derived(Delivery(value), confidence, title[match.start() : match.end()], match.span())
            text = blank(text, *match.span())
    return first, text


def _people(
    title: str, words: list[Token], years: Found | None
) -> tuple[tuple[Derived[Setting], ...], tuple[Derived[Role], ...]]:
    settings: dict[Setting, Derived[Setting]] = {}
    roles: dict[Role, Derived[Role]] = {}
    before = ""  # the word before: "andre enn barnehagelærere" are others with higher education
    for word in words:
        evidence, span = title[word.start : word.end], (word.start, word.end)
        upper = before.startswith("videregående")  # "videregående skole" is no compulsory school
        for setting, role, confidence in (
            () if upper and to_bokmal(word.word).startswith("skole") else _people_of(word.word)
        ):
            if setting is not None and (setting not in settings or settings[setting].confidence < confidence):
                settings[setting] = Derived(setting, confidence, evidence, span)
            told = Role.HIGHER_EDUCATION_STAFF if role is not None and before == "enn" else role
            if told is not None and (told not in roles or roles[told].confidence < confidence):
                roles[told] = Derived(told, confidence, evidence, span)
        before = to_bokmal(word.word)
    if years is not None:
        first, last = map(int, years.value.split("-"))
        evidence, span, sure = (
            title[years.start : years.end],
            (years.start, years.end),
            round(years.confidence * 0.9, 2),
        )
        if first <= LAST_COMPULSORY_YEAR:
            settings.setdefault(Setting.COMPULSORY_SCHOOL, Derived(Setting.COMPULSORY_SCHOOL, sure, evidence, span))
        if last > LAST_COMPULSORY_YEAR:
            settings.setdefault(Setting.UPPER_SECONDARY, Derived(Setting.UPPER_SECONDARY, sure, evidence, span))
    return tuple(settings.values()), tuple(roles.values())


def _implied_settings(title: str, named: list[SubjectHit]) -> tuple[Derived[Setting], ...]:
    """Where the subject itself is taught in one place only ("småbarnspedagogikk")."""
    found: dict[Setting, Derived[Setting]] = {}
    for hit in named:
        for node in subject_tree()[hit.code].path:
            if node in SUBJECT_SETTINGS:
                start, end = _joined(hit.spans)[0]
                sure = min(hit.confidence, IMPLIED_CONFIDENCE)
                found.setdefault(
                    SUBJECT_SETTINGS[node], Derived(SUBJECT_SETTINGS[node], sure, title[start:end], (start, end))
                )
    return tuple(found.values())


@lru_cache(maxsize=65_536)
def _people_of(word: str) -> tuple[tuple[Setting | None, Role | None, float], ...]:
    bokmal = to_bokmal(word)
    return tuple(
        (setting, role, confidence)
        for pattern, setting, role, confidence in PEOPLE
        if (bokmal.startswith(pattern[:-1]) if pattern.endswith("*") else bokmal == pattern)
    )


def _tells_people_only(word: str) -> bool:
    people = _people_of(word)
    return bool(people) and not any(setting in CONTENT_SETTINGS for setting, _, _ in people)


def _variant(folded: str, words: list[Token]) -> tuple[str, ...]:
    marks = {value for pattern, value, _ in VARIANTS if pattern.search(folded)}
    return tuple(sorted(marks | {word.word for word in words if word.word in PLACES}))


def _language(title: str, folded: str, words: list[Token]) -> Derived[Language] | None:
    if not words:
        return None
    if not SAMI_LETTERS.isdisjoint(folded):
        return Derived(Language.SAMI, 0.8, "".join(sorted(set(folded) & SAMI_LETTERS)))
    english = [word for word in words if word.word in ENGLISH_WORDS]
    if len(english) * 2 >= len(words):
        return Derived(Language.ENGLISH, 0.9, title[english[0].start : english[-1].end])
    told = [_standard_of(word.word) for word in words]
    for standard, sure in ((Language.NYNORSK, 0.85), (Language.BOKMAL, 0.8)):
        if standard in told:
            word = words[told.index(standard)]
            return Derived(standard, sure, title[word.start : word.end], (word.start, word.end))
    return None


@lru_cache(maxsize=65_536)
def _standard_of(word: str) -> Language | None:
    """The written standard that alone has such a word; nynorsk before bokmål."""
    if word in NYNORSK_WORDS or any(part in word for part in NYNORSK_PARTS):
        return Language.NYNORSK
    if word in BOKMAL_WORDS or word.endswith(("ledelse", "veiledning", "ere", "ingen")):
        return Language.BOKMAL
    return None


def _container(
    title: str, folded: str, subjects: tuple[Derived[str], ...], content: tuple[str, ...], kind: Derived[Kind] | None
) -> Derived[str] | None:
    for pattern, value, confidence in CONTAINERS:
        if match := pattern.search(folded):
            return Derived(value, confidence, title[match.start() : match.end()], match.span())
    if not subjects and not content and (kind is None or kind.value is not Kind.PPU):
        return Derived("uten innhold", 0.6, title)
    return None
