"""Which source a delivery comes from: a format, and the provider where the format speaks for one at a time."""

from sqlmodel import Session, select

from importers.protocol import ProviderRef
from registry.core import clock
from registry.core.errors import InvalidInput
from registry.intake.choosing.ranking import priority_of
from registry.intake.models import Source
from registry.intake.operations.context import ONE_PROVIDER
from registry.intake.reading.delivery import Delivery
from registry.intake.reading.facts import Facts, Provider, UnknownProvider


def source_of(session: Session, format_name: str, provider: Provider | None) -> Source:
    """The source of uploads of a format; made where there is none yet."""
    own = provider if format_name in ONE_PROVIDER else None
    key = f"{format_name}:{own.key}" if own else format_name
    source = session.exec(select(Source).where(Source.key == key)).first()
    if source is None:
        source = Source(
            key=key,
            format=format_name,
            organisation_id=own.id if own else None,
            priority=priority_of(session, format_name),
            created_at=clock.now(),
        )
        session.add(source)
        session.flush()
    return source


def spoken_for(delivery: Delivery, facts: Facts) -> Provider | None:
    """The one provider that a sheet speaks for; None where it speaks for several, or the format always does."""
    if delivery.format not in ONE_PROVIDER:
        return None
    found = _providers(delivery, facts)
    return next(iter(found.values())) if len(found) == 1 else None


def only_others(delivery: Delivery, facts: Facts, only: Provider | None) -> list[str]:
    """Names of the providers of a delivery that has not one row of ``only``; empty where it has."""
    if only is None or not delivery.complete:
        return []
    found = _providers(delivery, facts)
    return [] if only.id in found else sorted(provider.name for provider in found.values())


def find_provider(facts: Facts, text: str) -> Provider:
    """The provider that somebody named. Raises InvalidInput."""
    for ref in (ProviderRef(dbh_code=text), ProviderRef(orgnr=text), ProviderRef(name=text)):
        try:
            return facts.provider(ref)
        except UnknownProvider:
            continue
    raise InvalidInput("Tilbyderen «%(name)s» finnes ikke i registeret.", name=text)


def provider_with(facts: Facts, organisation_id: int | None) -> Provider | None:
    """The provider with that id, None for None."""
    known = (*facts.by_dbh.values(), *facts.by_orgnr.values(), *facts.by_name.values())
    return next((provider for provider in known if provider.id == organisation_id), None)


def _providers(delivery: Delivery, facts: Facts) -> dict[int, Provider]:
    refs = {ref for _, row in delivery.rows if (ref := getattr(row, "provider", None)) is not None}
    found: dict[int, Provider] = {}
    for ref in refs:
        try:
            provider = facts.provider(ref)
        except UnknownProvider:
            continue
        found[provider.id] = provider
    return found
