"""What can be done in the intake: one function per verb."""

from registry.intake.operations.approve import approve
from registry.intake.operations.correct import correct_value, undo_correction
from registry.intake.operations.fetching import fetch_source
from registry.intake.operations.import_payloads import import_payloads
from registry.intake.operations.quarantine import discard, discard_all, retry, retry_all
from registry.intake.operations.reject import reject
from registry.intake.operations.resuming import resume
from registry.intake.operations.sources import add_source, ask_for_source, change_source, pause_source, wake_source

__all__ = [
    "add_source",
    "approve",
    "ask_for_source",
    "change_source",
    "correct_value",
    "discard",
    "discard_all",
    "fetch_source",
    "import_payloads",
    "pause_source",
    "reject",
    "resume",
    "retry",
    "retry_all",
    "undo_correction",
    "wake_source",
]
