"""What an import came to, counted: for the command line, the page and the log."""

from dataclasses import dataclass, field
from typing import Any

from registry.intake.states import ImportOutcome


@dataclass(slots=True)
class Rejection:
    """One row that was put in quarantine."""

    payload: str
    position: int
    reason: str
    field: str | None
    value: str | None
    cure: str
    raw: dict[str, Any]


@dataclass(slots=True)
class ImportResult:
    """``seen = new + changed + unchanged + quarantined``. ``run`` is the import run's id, None after a dry run."""

    format: str
    run: int | None = None
    outcome: ImportOutcome = ImportOutcome.DONE
    message: str | None = None
    dry_run: bool = False
    seen: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    vanished: int = 0
    held: int = 0
    rejections: list[Rejection] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    offers_new: list[tuple[str, str]] = field(default_factory=list)  #: key, title
    offers_changed: list[tuple[str, str]] = field(default_factory=list)

    @property
    def quarantined(self) -> int:
        return len(self.rejections)

    @property
    def exit_code(self) -> int:
        """0 done, 1 refused or held."""
        return 0 if self.outcome is ImportOutcome.DONE else 1

    def to_json(self) -> dict[str, Any]:
        """The answer of ``registry import --json``."""
        return {
            "run": self.run,
            "format": self.format,
            "outcome": str(self.outcome),
            "message": self.message,
            "dry_run": self.dry_run,
            "seen": self.seen,
            "new": self.new,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "quarantined": self.quarantined,
            "vanished": self.vanished,
            "held": self.held,
            "rejected": [
                {
                    "payload": row.payload,
                    "position": row.position,
                    "reason": row.reason,
                    "field": row.field,
                    "value": row.value,
                    "cure": row.cure,
                }
                for row in self.rejections
            ],
            "notices": self.notices,
        }
