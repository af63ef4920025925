"""What is planted on purpose, so that the flags can be judged: duplicates, overlaps, tempting pairs, small subjects.

Overlaps also arise by themselves wherever two institutions teach the same content: the truth file lists every offer's content
so that those can be counted too.
"""

from dataclasses import dataclass, field, replace
from random import Random

from registry.demo.contents import SMALL, Content
from registry.demo.institutions import Institution
from registry.demo.offers import PlannedOffer, Workshop

SECOND_SOURCE = "demo-emil3"
#: Small subjects with nobody who reaches the whole country: shown as uncovered.
_UNCOVERED = frozenset({"korps", "folkekunst"})
_HOMES = {
    "latinamerika": "1120", "italiensk": "1110", "russisk": "1130", "kinesisk": "1110", "arabisk": "1120", "kvensk": "1130",
    "folkekunst": "1176", "museum": "1110", "korps": "1160", "montessori": "1177", "konsekvenspedagogikk": "1171",
    "sceneproduksjon": "1174", "musikk-helse": "1210", "samisk-barnehage": "0217",
}  # fmt: skip


@dataclass(slots=True)
class Planted:
    """Planted offers and what is true of them, as offer keys."""

    offers: list[PlannedOffer] = field(default_factory=list)
    duplicates: list[dict[str, str]] = field(default_factory=list)
    strong: list[dict[str, str]] = field(default_factory=list)
    possible: list[dict[str, str]] = field(default_factory=list)
    tempting: list[dict[str, str]] = field(default_factory=list)
    small: list[dict[str, object]] = field(default_factory=list)
    last_national: list[str] = field(default_factory=list)


def plant(workshop: Workshop, ordinary: list[PlannedOffer], scale: float) -> Planted:
    """Offers beside the ordinary ones. ``scale`` 1 plants for 3,400 offers; each kind is planted at least twice."""
    planted = Planted()

    def number(full: int) -> int:
        return max(2, round(full * scale))

    lasting = [offer for offer in ordinary if offer.first == 0 and offer.last == 3 and not offer.institution.vocational]
    _duplicates(workshop, planted, lasting, number(60), number(40))
    _pairs(workshop, planted, lasting, number(120), number(80), number(80))
    for code in SMALL:
        _small(workshop, planted, code)
    return planted


def _duplicates(workshop: Workshop, planted: Planted, offers: list[PlannedOffer], twice: int, two_sources: int) -> None:
    chosen = workshop.rng.sample(offers, min(len(offers), twice + two_sources))
    for index, offer in enumerate(chosen):
        keyed_twice = index < twice
        copy = workshop.make(offer.institution, offer.content, delivery=offer.delivery)
        copy = replace(
            copy,
            language=offer.language,
            text=replace(
                offer.text,
                title=_retyped(offer, workshop.rng),
                outcomes=offer.text.outcomes,
                description=offer.text.description,
            ),
            credits=offer.credits,
            level=offer.level,
            places=offer.places,
            always=True,
            sources=("demo-offers-sheet",) if keyed_twice else (SECOND_SOURCE,),
            native_code=copy.native_code if keyed_twice else f"{offer.native_code}-1",
        )
        planted.offers.append(copy)
        how = "keyed_twice" if keyed_twice else "two_sources"
        planted.duplicates.append({"a": offer.key, "b": copy.key, "how": how})


def _retyped(offer: PlannedOffer, rng: Random) -> str:
    """The same title as somebody else would key it."""
    title = offer.text.title
    changes = [
        title.replace(". trinn", ".trinn").replace("–", "-"),
        title.replace(" og ", " & "),
        title.upper() if len(title) < 40 else title,
        f"{title}, {offer.credits:g} stp".replace(".5 stp", ",5 stp"),
        title.replace("studiepoeng", "stp"),
        f"{offer.native_code} {title}",
        f"{title} - deltid",
    ]
    different = [changed for changed in changes if changed != title]
    return rng.choice(different)


def _pairs(
    workshop: Workshop, planted: Planted, offers: list[PlannedOffer], strong: int, possible: int, tempting: int
) -> None:
    """Partners at another institution of the same region, in the same terms."""
    rng = workshop.rng
    taken = {(offer.institution.key, offer.content.key) for offer in offers}
    open_for_more = [offer for offer in offers if offer.institution.region and offer.institution.only is None]
    rng.shuffle(open_for_more)
    done = {"strong": 0, "possible": 0, "years": 0, "step": 0}
    wanted = {"strong": strong, "possible": possible, "years": tempting - tempting // 2, "step": tempting // 2}
    for offer in open_for_more:
        kind = next((name for name in wanted if done[name] < wanted[name] and _changed(offer.content, name)), None)
        if kind is None:
            continue
        content = _changed(offer.content, kind)
        partner = _partner(workshop.institutions, offer, content, taken, rng)
        if content is None or partner is None:
            continue
        taken.add((partner.key, content.key))
        done[kind] += 1
        other = replace(workshop.make(partner, content), credits=offer.credits, level=offer.level, always=True)
        planted.offers.append(other)
        pair = {"a": offer.key, "b": other.key}
        if kind in ("years", "step"):
            planted.tempting.append({**pair, "why": kind})
        else:
            (planted.strong if kind == "strong" else planted.possible).append(pair)


def _changed(content: Content, kind: str) -> Content | None:
    """The partner's content for a kind of pair; None where this content has no such neighbour."""
    if kind == "strong":
        return content
    if kind == "possible":
        return replace(content, focus=0 if content.focus is None else (content.focus + 1) % 3)
    if kind == "years":
        return (
            replace(content, years={"1-7": "5-10", "5-10": "1-7"}[content.years])
            if content.years in ("1-7", "5-10")
            else None
        )
    return replace(content, step=3 - content.step) if content.step else None


def _partner(
    candidates: list[Institution],
    offer: PlannedOffer,
    content: Content | None,
    taken: set[tuple[str, str]],
    rng: Random,
) -> Institution | None:
    found = [
        institution
        for institution in candidates
        if content is not None
        and institution.key != offer.institution.key
        and institution.region == offer.institution.region
        and institution.only is None
        and not institution.vocational
        and (institution.key, content.key) not in taken
    ]
    return rng.choice(found) if found else None


def _small(workshop: Workshop, planted: Planted, code: str) -> None:
    """One institution, few starters. Online, so that it reaches the country, unless the subject is to be uncovered."""
    subject = workshop.subjects[code]
    home = next(institution for institution in workshop.institutions if institution.key == _HOMES[code])
    covered = code not in _UNCOVERED
    offer = workshop.make(home, Content(subject, None, None, None), delivery="online" if covered else "campus")
    offer = replace(offer, always=True, appeal=-0.9, places=offer.places if not covered else ())
    planted.offers.append(offer)
    planted.small.append({"subject": code, "offers": [offer.key], "covered": covered})
    if covered:
        planted.last_national.append(offer.key)


def always_running(ordinary: list[PlannedOffer], planted: Planted) -> list[PlannedOffer]:
    """All offers, with those that something is planted on running in every term."""
    pairs = (*planted.duplicates, *planted.strong, *planted.possible, *planted.tempting)
    held = {pair["a"] for pair in pairs}
    return [replace(offer, always=True) if offer.key in held else offer for offer in ordinary] + planted.offers
