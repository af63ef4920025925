"""The invented offers: which institution teaches which content, in which words."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from random import Random

from registry.demo.contents import Content, catalogue, measure, subjects, target_groups, topics
from registry.demo.institutions import Institution, institutions
from registry.demo.words import Text, write

_DELIVERIES = ("gatherings", "online", "hybrid", "campus")
_DELIVERY_SHARES = (0.5, 0.25, 0.13, 0.12)


@dataclass(frozen=True, slots=True)
class PlannedOffer:
    """One invented offer before it is written. ``first``/``last`` count the four terms from 0; ``last`` 3 lives on."""

    key: str
    native_code: str
    institution: Institution
    content: Content
    text: Text
    language: str
    credits: float
    level: str
    delivery: str
    places: tuple[str, ...]
    first: int = 0
    last: int = 3
    always: bool = False  #: runs in every term, because something is planted on it
    appeal: float = 0.0  #: added to the log of its demand
    sources: tuple[str, ...] = ("demo-offers-sheet",)
    other_titles: dict[str, str] = field(default_factory=dict)

    @property
    def targets(self) -> list[tuple[str | None, str | None]]:
        return target_groups(self.content)

    @property
    def measure(self) -> str:
        return measure(self.content)


class Workshop:
    """Makes offers one by one, with keys that never repeat and words drawn from the seed."""

    def __init__(self, seed: int) -> None:
        self.rng = Random(f"{seed}:offers")
        self.subjects = subjects()
        self.topics = topics()
        self.contents = catalogue(self.subjects)
        self.institutions = institutions()
        self._numbers: dict[str, int] = {}

    def make(self, institution: Institution, content: Content, **given: object) -> PlannedOffer:
        """A new offer of ``content`` at ``institution``; ``given`` overrides what would be drawn."""
        rng = self.rng
        delivery = str(given.pop("delivery", None) or _delivery(institution, rng))
        language = "nn" if rng.random() < institution.nynorsk else "nb"
        points = _credits(institution, content, rng)
        text = write(
            content, self.topics[content.subject.area], language, delivery, f"{points:g}".replace(".", ","), rng
        )
        if institution.vocational:
            text = replace(text, title=text.title.replace("studiepoeng", "fagskolepoeng"))
        code = self._native_code(institution, content)
        offer = PlannedOffer(
            key=f"demo-{institution.key}-{code.lower()}",
            native_code=code,
            institution=institution,
            content=content,
            text=text,
            language=language,
            credits=points,
            level=_level(institution, content, points),
            delivery=delivery,
            places=() if delivery == "online" or not institution.places else (rng.choice(institution.places),),
            other_titles=_other_titles(content, language),
        )
        return replace(offer, **given) if given else offer  # type: ignore[arg-type]  # the caller names fields of the offer

    def _native_code(self, institution: Institution, content: Content) -> str:
        letters = content.subject.code.replace("-", "").upper()[:4].translate(str.maketrans("ÆØÅ", "EOA"))
        number = self._numbers[institution.key] = self._numbers.get(institution.key, 100) + 1
        return f"{letters}6{number}"


def ordinary(workshop: Workshop, wanted: int) -> list[PlannedOffer]:
    """About ``wanted`` offers, spread over the institutions by size; no institution teaches the same content twice."""
    total = sum(institution.size for institution in workshop.institutions)
    made: list[PlannedOffer] = []
    for institution in workshop.institutions:
        teachable = [(content, weight) for content, weight in workshop.contents if institution.teaches(content)]
        number = min(len(teachable), max(1, round(institution.size * wanted / total)))
        contents = _drawn(teachable, number, workshop.rng)
        made.extend(_with_life(workshop.make(institution, content), workshop.rng) for content in contents)
    return made


def _with_life(offer: PlannedOffer, rng: Random) -> PlannedOffer:
    """Some offers are established during the four terms, some are discontinued."""
    chance = rng.random()
    if chance < 0.08:
        return replace(offer, first=rng.choice((1, 2, 3)))
    if chance < 0.13:
        return replace(offer, last=rng.choice((0, 1, 2)))
    return offer


def _drawn(weighted: Iterable[tuple[Content, float]], number: int, rng: Random) -> list[Content]:
    """Weighted draw without replacement (Efraimidis and Spirakis)."""
    keyed = sorted(((rng.random() ** (1 / weight), index, content) for index, (content, weight) in enumerate(weighted)))
    return [content for _key, _index, content in keyed[-number:]]


def _delivery(institution: Institution, rng: Random) -> str:
    return rng.choices(_DELIVERIES, _DELIVERY_SHARES)[0] if institution.places else "online"


def _credits(institution: Institution, content: Content, rng: Random) -> float:
    if institution.vocational:
        return rng.choice((10, 15, 30))
    if content.step:
        usual = 30.0
    elif content.focus is None:
        usual = 30.0 if content.subject.field in ("spesped-felt", "ledelse", "veiledning") else 15.0
    else:
        usual = 15.0
    return usual if rng.random() < 0.85 else rng.choice((7.5, 10, 15, 20, 30))


def _level(institution: Institution, content: Content, points: float) -> str:
    if institution.vocational:
        return "FS"
    if points >= 60:
        return "AR"
    higher = content.subject.field in ("ledelse", "spesped-felt", "veiledning") or content.subject.code in ("ppt", "ki")
    return "HN" if higher else "LN"


def _other_titles(content: Content, language: str) -> dict[str, str]:
    subject = content.subject
    titles = {}
    if subject.name_en and content.focus is None:
        titles["en"] = f"{subject.name_en} {content.step}" if content.step else subject.name_en
    if subject.name_se and content.focus is None:
        titles["se"] = f"{subject.name_se} {content.step}" if content.step else subject.name_se
    if subject.area == "samisk-kvensk" and content.focus is None:
        titles[{"nb": "nn", "nn": "nb"}[language]] = subject.name_nb if language == "nn" else subject.name_nn
    return titles
