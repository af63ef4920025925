"""Whose a saved search is: the person's alone."""

from registry.access.policy import Scope
from registry.catalogue.models import SavedSearch


def scope_of(saved: SavedSearch) -> Scope:
    """The scope that permissions over a saved search are asked for."""
    return Scope(person=saved.person_id)
