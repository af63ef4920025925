"""The catalogue's pages: what anyone may read, what a person follows, and what machines read."""

from registry.access.permissions import Permission
from registry.catalogue.views import following, machines, pages, remembering, words
from registry.web.i18n import N_
from registry.web.navigation import Entry

__all__ = ["NAVIGATION", "blueprints", "following", "remembering", "words"]

blueprints = (pages.pages, machines.machine)

NAVIGATION = (
    Entry(N_("Finn tilbud"), "catalogue.search", order=10),
    Entry(N_("Sammenlign"), "catalogue.compare", order=15),
    Entry(N_("Huskeliste"), "catalogue.remembered", order=16),
    Entry(N_("Søkeord"), "catalogue.synonyms", Permission.SYNONYM_EDIT, order=75),
    Entry(N_("Lagrede søk"), "catalogue.saved", Permission.SEARCH_SAVE, order=29),
)
