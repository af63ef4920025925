"""What can be done in the intake: one function per verb."""

from registry.intake.operations.approve import approve
from registry.intake.operations.import_payloads import import_payloads

__all__ = ["approve", "import_payloads"]
