"""Who may see and do what in the intake: a provider's people their own, operators everything."""

from registry.access.permissions import Permission
from registry.access.policy import EVERYTHING, Actor, Scope


def scope_of_provider(organisation_id: int | None) -> Scope:
    """Whose a delivery is. One that speaks for several providers is nobody's in particular: only far-reaching roles may."""
    return EVERYTHING if organisation_id is None else Scope(organisations=frozenset({organisation_id}))


def scope_of_offer(organisation_ids: set[int] | frozenset[int]) -> Scope:
    """An offer is every provider's that teaches it."""
    return Scope(organisations=frozenset(organisation_ids))


def may_approve(actor: Actor) -> bool:
    """May the actor let a held delivery through?"""
    return actor.may(Permission.IMPORT_APPROVE, EVERYTHING)


def may_correct(actor: Actor, organisation_ids: set[int] | frozenset[int]) -> bool:
    """May the actor correct the values of an offer of these providers?"""
    return actor.may(Permission.OFFER_CORRECT, scope_of_offer(organisation_ids))
