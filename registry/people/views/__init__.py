"""Pages to sign in from, in a demonstration and with a sign-in service, and to sign out; and the administrator's of everybody."""

from registry.access.permissions import Permission
from registry.people.labels import ROLES
from registry.people.views import administering, choosing, services
from registry.people.views.services import init_services
from registry.people.views.shared import SESSION_COOKIE, load_actor
from registry.web.i18n import N_
from registry.web.navigation import Entry

blueprints = (choosing.blueprint, services.blueprint, administering.blueprint)

NAVIGATION = (Entry(N_("Personer"), "administering.listed", Permission.PEOPLE_GRANT, order=65),)

__all__ = ["NAVIGATION", "ROLES", "SESSION_COOKIE", "blueprints", "init_services", "load_actor"]
