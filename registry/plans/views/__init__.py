"""Pages under /eier: the plan against what is applied for, its needs, and money."""

from registry.access.permissions import Permission
from registry.plans.views import money, needs, owner
from registry.plans.views.shared import blueprint
from registry.web.i18n import N_
from registry.web.navigation import Entry

PAGES = (money, needs, owner)  #: Importing a module puts its pages on the blueprint.
blueprints = (blueprint,)
NAVIGATION = (Entry(N_("Plan og behov"), "plans.owner", Permission.PLAN_EDIT, order=40),)

__all__ = ["NAVIGATION", "PAGES", "blueprints"]
