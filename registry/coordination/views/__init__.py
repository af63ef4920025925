"""Pages under /samordning: what waits, cases, the review room, runs at risk, small subjects, rules, meetings, the pre-check."""

from registry.access.permissions import Permission
from registry.coordination.panels import PANELS
from registry.coordination.views import (
    accuracy,
    boards,
    cases,
    committing,
    coverage,
    learning,
    meeting,
    merging,
    pairs,
    permitting,
    planned,
    proposals,
    queue,
    rescuing,
    ruling,
)
from registry.coordination.views.shared import blueprint
from registry.web.i18n import N_
from registry.web.navigation import Entry

#: Importing a module puts its pages on the blueprint.
PAGES = (
    *(accuracy, boards, cases, committing, coverage, learning, meeting, merging),
    *(pairs, permitting, planned, proposals, queue, rescuing, ruling),
)
blueprints = (blueprint,)
NAVIGATION = (Entry(N_("Samordning"), "coordination.start", Permission.CASE_READ, order=40),)

__all__ = ["NAVIGATION", "PAGES", "PANELS", "blueprints"]
