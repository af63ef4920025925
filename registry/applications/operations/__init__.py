"""One function per verb for applications. Each takes the session and who asks first; none commits."""

from registry.applications.operations.answering import accept, decline, lapse, lapse_overdue, withdraw
from registry.applications.operations.attending import report_attendance, report_result
from registry.applications.operations.counting import report_counts, report_counts_sheet
from registry.applications.operations.deciding import free_places, offer_place, promote, reject, waitlist
from registry.applications.operations.endorsing import decline_endorsement, endorse, rank
from registry.applications.operations.moving import Consequences, cancel, consequences, postpone, take_relocation
from registry.applications.operations.submitting import get_application, submit

__all__ = [
    "Consequences",
    "accept",
    "cancel",
    "consequences",
    "decline",
    "decline_endorsement",
    "endorse",
    "free_places",
    "get_application",
    "lapse",
    "lapse_overdue",
    "offer_place",
    "postpone",
    "promote",
    "rank",
    "reject",
    "report_attendance",
    "report_counts",
    "report_counts_sheet",
    "report_result",
    "submit",
    "take_relocation",
    "waitlist",
    "withdraw",
]
