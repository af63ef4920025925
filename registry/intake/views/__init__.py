"""Pages of the intake: deliveries and what they did, upload with a rehearsal, quarantine, corrections."""

from registry.access.permissions import Permission
from registry.intake.views import corrections, deliveries, quarantine, sheets, sources, upload
from registry.web.i18n import N_
from registry.web.navigation import Entry
from registry.web.panels import Panel

blueprints = (
    deliveries.blueprint,
    sources.blueprint,
    upload.blueprint,
    quarantine.blueprint,
    corrections.blueprint,
    sheets.blueprint,
)

NAVIGATION = (Entry(N_("Innhenting"), "intake.listed", Permission.IMPORT_READ, order=60), *sheets.NAVIGATION)
PANELS = (
    Panel("offer", "intake/_provenance.html", corrections.panel, order=80),
    Panel("offer_history", "intake/_counted.html", corrections.counted_panel, order=80),
)
