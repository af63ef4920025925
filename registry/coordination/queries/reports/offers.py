"""Offers in the shape that every report uses, and where they are taught."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any

from sqlmodel import Session, col, or_, select

from registry.core.errors import NotFound
from registry.offers.models import Offer, OfferProvider, OfferTarget, Run, RunPlace
from registry.offers.states import GONE_RUNS
from registry.reference.models import County, Municipality, Organisation, OrganisationCode

Card = dict[str, Any]  #: OFFER of the report shapes
_CHUNK = 20_000  # ids in one question, below SQLite's 32,766


def offer_cards(session: Session, offer_ids: Iterable[int]) -> dict[int, Card]:
    """Id -> OFFER, its "term" still empty: a pair, a run or an event says which."""
    found: dict[int, Card] = {}
    for ids in _chunks(offer_ids):
        targets: defaultdict[int, list[str]] = defaultdict(list)
        for target in session.exec(
            select(OfferTarget).where(col(OfferTarget.offer_id).in_(ids)).order_by(col(OfferTarget.id))
        ):
            targets[target.offer_id].append(":".join(code for code in (target.setting, target.role) if code))
        query = (
            select(Offer, Organisation)
            .join(OfferProvider, col(OfferProvider.offer_id) == col(Offer.id))
            .join(Organisation, col(Organisation.id) == col(OfferProvider.organisation_id))
            .where(col(Offer.id).in_(ids))
            .order_by(col(OfferProvider.leads), col(Organisation.id).desc())  # the leading one is read last and stays
        )
        for offer, provider in session.exec(query):
            found[offer.pk] = _card(offer, provider, targets[offer.pk])
    return found


def _card(offer: Offer, provider: Organisation, targets: list[str]) -> Card:
    return {
        "key": offer.key,
        "title": offer.title,
        "provider": {"name": provider.name_nb, "dbh_code": provider.dbh_code, "orgnr": provider.orgnr},
        "source_code": offer.native_code,
        "subject": offer.subject_code,
        "target_groups": targets,
        "school_years": offer.school_years,
        "step": offer.step,
        "credits": None if offer.credits is None else float(offer.credits),
        "term": None,
    }


def organisation_of(session: Session, code: str) -> int:
    """The id behind a DBH code (an older one too), an organisation number or a key. Raises NotFound."""
    one = or_(Organisation.dbh_code == code, Organisation.orgnr == code, Organisation.key == code)
    found = session.exec(select(Organisation.id).where(one)).first()
    if found is None:
        found = session.exec(select(OrganisationCode.organisation_id).where(OrganisationCode.code == code)).first()
    if found is None:
        raise NotFound("Vi kjenner ingen institusjon med koden %(code)s.", code=code)
    return found


def offers_of(session: Session, organisations: Collection[int]) -> set[int]:
    """Ids of the offers that any of the organisations has a part in."""
    query = select(OfferProvider.offer_id).where(col(OfferProvider.organisation_id).in_(list(organisations)))
    return set(session.exec(query))


def narrowed_offers(
    session: Session, region: str | None, provider: str | None, offers: Collection[int] | None = None
) -> Collection[int] | None:
    """Ids of the offers that are taught in the region, that the institution has a part in and that are among ``offers``.

    None where nothing is asked for: every offer. Raises NotFound for an unknown institution.
    """
    asked = [] if offers is None else [set(offers)]
    if provider is not None:
        asked.append(offers_of(session, [organisation_of(session, provider)]))
    if region is not None:
        asked.append({offer for offer, regions in regions_by_offer(session).items() if region in regions})
    return set.intersection(*asked) if asked else None


def regions_by_offer(session: Session, offers: Collection[int] | None = None) -> dict[int, set[str]]:
    """Where the runs that count are taught, else where the institution is; of every offer, or of some."""
    found: defaultdict[int, set[str]] = defaultdict(set)
    taught = (
        select(Run.offer_id, County.region)
        .join(RunPlace, col(RunPlace.run_id) == col(Run.id))
        .join(Municipality, col(Municipality.code) == col(RunPlace.municipality_code))
        .join(County, col(County.code) == col(Municipality.county_code))
        .where(col(Run.state).not_in(GONE_RUNS))
        .distinct()
    )
    if offers is not None:
        taught = taught.where(col(Run.offer_id).in_(offers))
    for offer_id, region in session.exec(taught):
        found[offer_id].add(str(region))
    return home_regions(session, offers) | found


def home_regions(session: Session, offers: Collection[int] | None = None) -> dict[int, set[str]]:
    """Where the institutions of each offer are, or of some."""
    found: defaultdict[int, set[str]] = defaultdict(set)
    home = (
        select(OfferProvider.offer_id, County.region)
        .join(Organisation, col(Organisation.id) == col(OfferProvider.organisation_id))
        .join(County, col(County.code) == col(Organisation.county_code))
    )
    if offers is not None:
        home = home.where(col(OfferProvider.offer_id).in_(offers))
    for offer_id, region in session.exec(home):
        found[offer_id].add(str(region))
    return dict(found)


def _chunks(ids: Iterable[int]) -> Iterable[list[int]]:
    wanted = sorted(set(ids))
    return (wanted[start : start + _CHUNK] for start in range(0, len(wanted), _CHUNK))
