"""One function per verb for applications. Each takes the session and who asks first; none commits."""

from registry.applications.operations.answering import Committed, accept, decline, lapse, withdraw
from registry.applications.operations.attending import report_attendance, report_result
from registry.applications.operations.carrying import Carried, merge, postpone, would_carry
from registry.applications.operations.correcting import Why, correct
from registry.applications.operations.counting import report_counts, report_counts_sheet
from registry.applications.operations.deciding import offer_place, reject, waitlist
from registry.applications.operations.endorsing import decline_endorsement, endorse, rank, speak_for
from registry.applications.operations.folding import fold_figures
from registry.applications.operations.lapsing import Lapsed, lapse_overdue
from registry.applications.operations.looking import look, seen
from registry.applications.operations.moving import Consequences, cancel, consequences, take_relocation
from registry.applications.operations.own import prioritise, set_contact
from registry.applications.operations.places import free_places
from registry.applications.operations.preparing import (
    Hindrance,
    Wish,
    any_decidable,
    batch_items,
    batch_sizes,
    open_batches,
    prepare,
    preview,
    send,
    undo,
)
from registry.applications.operations.reporting import Row, RowsRefused, report
from registry.applications.operations.submitting import get_application, submit
from registry.applications.operations.uniting import Gathered, Gathering, gather, scatter, would_gather
from registry.applications.operations.waiting import places_changed, promote, waiting_line

__all__ = [
    "Carried",
    "Committed",
    "Consequences",
    "Gathered",
    "Gathering",
    "Hindrance",
    "Lapsed",
    "Row",
    "RowsRefused",
    "Why",
    "Wish",
    "accept",
    "any_decidable",
    "batch_items",
    "batch_sizes",
    "cancel",
    "consequences",
    "correct",
    "decline",
    "decline_endorsement",
    "endorse",
    "fold_figures",
    "free_places",
    "gather",
    "get_application",
    "lapse",
    "lapse_overdue",
    "look",
    "merge",
    "offer_place",
    "open_batches",
    "places_changed",
    "postpone",
    "prepare",
    "preview",
    "prioritise",
    "promote",
    "rank",
    "reject",
    "report",
    "report_attendance",
    "report_counts",
    "report_counts_sheet",
    "report_result",
    "scatter",
    "seen",
    "send",
    "set_contact",
    "speak_for",
    "submit",
    "take_relocation",
    "undo",
    "waiting_line",
    "waitlist",
    "withdraw",
    "would_carry",
    "would_gather",
]
