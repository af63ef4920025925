"""What can be done in the intake: one function per verb."""

from registry.intake.operations.approve import approve
from registry.intake.operations.correct import correct_value, undo_correction
from registry.intake.operations.import_payloads import import_payloads
from registry.intake.operations.quarantine import discard, retry

__all__ = ["approve", "correct_value", "discard", "import_payloads", "retry", "undo_correction"]
