"""Pages of the applicant, of the admissions office, and of who teaches: what is lost, who came, how it went."""

from registry.access.permissions import Permission
from registry.applications.views import advising, applying, batches, case, earlier, losing, office, own, results, staff
from registry.applications.views.room import blueprint
from registry.web.i18n import N_
from registry.web.navigation import Entry
from registry.web.panels import Panel

blueprints = (blueprint,)

NAVIGATION = (
    Entry(N_("Mine søknader"), "applications.own", Permission.APPLICATION_ANSWER, order=30, when=own.applies),
    Entry(N_("Opptak"), "applications.office", Permission.APPLICATION_DECIDE, order=35),
    Entry(N_("Ansattes søknader"), "applications.staff", Permission.APPLICATION_ENDORSE, order=41),
    Entry(N_("Oppfølging"), "applications.follow_up", Permission.APPLICATION_ATTEND, order=36),
)
PANELS = (
    Panel("run", "applications/_apply.html", applying.panel),
    Panel("earlier", "applications/_earlier.html", earlier.panel),
    Panel("own_run", "applications/_own_run.html", results.panel, Permission.APPLICATION_ATTEND),
)

__all__ = ["NAVIGATION", "PANELS", "advising", "batches", "blueprints", "case", "losing", "office", "staff"]
