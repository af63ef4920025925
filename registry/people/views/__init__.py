"""Pages to sign in from, in a demonstration and with a sign-in service, and to sign out."""

from registry.people.views import choosing, services
from registry.people.views.choosing import ROLES
from registry.people.views.services import init_services
from registry.people.views.shared import SESSION_COOKIE, load_actor

blueprints = (choosing.blueprint, services.blueprint)

__all__ = ["ROLES", "SESSION_COOKIE", "blueprints", "init_services", "load_actor"]
