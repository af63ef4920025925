"""Every table of the registry, loaded: for migrations, tests and the first session."""

from registry.access import models as access
from registry.api import models as api
from registry.applications import models as applications
from registry.catalogue import models as catalogue
from registry.coordination import models as coordination
from registry.core import audit, events
from registry.core.table import metadata
from registry.intake import models as intake
from registry.messages import models as messages
from registry.offers import models as offers
from registry.plans import models as plans
from registry.reference import models as reference
from registry.rules import models as rules
from registry.schedule import models as schedule

__all__ = ["metadata"]

ROOMS = (
    access,
    api,
    applications,
    catalogue,
    coordination,
    audit,
    events,
    intake,
    messages,
    offers,
    plans,
    reference,
    rules,
    schedule,
)
