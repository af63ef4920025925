"""What an import came to, counted: for the command line, the page and the log."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from importers.sentences import Sentence
from registry.intake.states import ImportOutcome

if TYPE_CHECKING:
    from registry.intake.models import ImportRun

#: So many refused rows and touched offers are told with the result; all of them lie in the database.
SHOWN = 1_000


@dataclass(slots=True)
class Rejection:
    """One row that was put in quarantine."""

    payload: str
    position: int
    reason: Sentence
    field: str | None
    value: str | None
    cure: Sentence
    raw: dict[str, Any]


@dataclass(frozen=True, slots=True)
class RowAnswer:
    """What became of one row of a sheet about people or plans: "new", "changed" or "unchanged"."""

    position: int
    outcome: str
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
    quarantined: int = 0
    vanished: int = 0
    held: int = 0
    rejections: list[Rejection] = field(default_factory=list)  #: the first thousand
    notices: list[str] = field(default_factory=list)
    offers_new: list[tuple[str, str]] = field(default_factory=list)  #: key, title; the first thousand
    offers_changed: list[tuple[str, str]] = field(default_factory=list)
    answers: list[RowAnswer] = field(default_factory=list)  #: of rows that land outside the offers; the first thousand

    @property
    def exit_code(self) -> int:
        """0 done, 1 refused or held."""
        return 0 if self.outcome is ImportOutcome.DONE else 1

    def reject(self, rejections: list[Rejection]) -> None:
        """Remember the first rows that were refused."""
        self.rejections += rejections[: SHOWN - len(self.rejections)]

    def made(self, key: str, title: str) -> None:
        """An offer that nobody had told of."""
        if len(self.offers_new) < SHOWN:
            self.offers_new.append((key, title))

    def altered(self, key: str, title: str) -> None:
        """An offer that is not what it was. One that this delivery made stays new."""
        known = (*self.offers_new, *self.offers_changed)
        if len(self.offers_changed) < SHOWN and key not in (one for one, _ in known):
            self.offers_changed.append((key, title))

    def tell(self, run: "ImportRun") -> None:
        """Take the counts from the accounts."""
        self.run, self.outcome, self.message, self.notices = run.pk, run.outcome, run.message, list(run.notices)
        self.seen, self.new, self.changed, self.unchanged = run.seen, run.new, run.changed, run.unchanged
        self.quarantined, self.vanished, self.held = run.quarantined, run.vanished, run.held

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
