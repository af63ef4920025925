"""What a delivery did, and would do, as tables to download."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from sqlmodel import Session

from registry.intake import labels
from registry.intake.models import ImportRun, QuarantinedRow
from registry.intake.presenting.wording import Wording, wording
from registry.intake.queries import deliveries
from registry.intake.queries.consequences import Consequence, preview
from registry.intake.reading.result import Rejection
from registry.intake.states import ImportOutcome, RecordEvent
from registry.offers.views import RUN_STATES
from registry.web.i18n import N_, gettext
from registry.web.tables import Column, Kind, Table

_ALL = 1_000_000


def changes_table(session: Session, run: ImportRun, event: RecordEvent | None = None) -> Table:
    """One line for each changed field; one for each row that is new, gone or back."""
    page = deliveries.changes(session, run.pk, event, 1, _ALL)
    columns = (
        Column("offer_key", N_("Kode")),
        Column("title", N_("Tilbud")),
        Column("term", N_("Semester"), Kind.TERM),
        Column("key", N_("Rad hos kilden")),
        Column("event", N_("Utfall"), Kind.LABEL),
        Column("field", N_("Felt")),
        Column("before", N_("Før")),
        Column("after", N_("Etter")),
    )
    return Table(f"leveranse-{run.pk}-endringer", columns, list(_lines(page.items, wording(session))))


def consequences_table(session: Session, run: ImportRun) -> Table:
    """What approving the delivery would do to each run; no line where it is not held."""
    rows = preview(session, run) if run.outcome is ImportOutcome.HELD else []
    columns = (
        Column("run_key", N_("Gjennomføring")),
        Column("title", N_("Tilbud")),
        Column("term", N_("Semester"), Kind.TERM),
        Column("state", N_("Status nå"), Kind.LABEL, value=lambda one: RUN_STATES[one.state]),
        Column("does", N_("Hva som skjer"), Kind.LABEL, value=lambda one: labels.DOES[one.does]),
        Column("why", N_("Hvorfor"), Kind.LABEL, value=_why),
        Column("applications", N_("Åpne søknader"), Kind.NUMBER),
    )
    return Table(f"leveranse-{run.pk}-folger", columns, rows)


def wrong_rows_table(name: str, rows: Sequence[QuarantinedRow] | Sequence[Rejection]) -> Table:
    """Rows as they came, under the delivery's own headings, with what is wrong and the cure last.

    The file can be repaired and uploaded again: the last two columns are ours and are not read.
    """
    headings = list(dict.fromkeys(name for row in rows for name in row.raw))
    columns = [Column(name, name, value=_cell(name)) for name in headings]
    told = (
        Column("reason", N_("Hva som er galt"), value=lambda row: gettext(row.reason)),
        Column("cure", N_("Slik retter du det"), value=lambda row: gettext(row.cure)),
    )
    return Table(name, (*columns, *told), rows)


def _cell(name: str) -> Callable[[Any], str | None]:
    return lambda row: row.raw.get(name)


def _why(one: Consequence) -> str | None:
    return labels.KEPT_BY[one.kept_by] if one.kept_by else None


def _lines(changes: Iterable[deliveries.Change], words: Wording) -> Iterator[dict[str, object]]:
    for change in changes:
        line = {
            "offer_key": change.offer_key,
            "title": change.title,
            "term": change.term,
            "key": change.key,
            "event": labels.EVENTS[change.event],
        }
        told = [(name, *pair) for name, pair in change.fields.items() if name != "endings"]
        for name, before, after in told or [(None, None, None)]:
            yield {
                **line,
                "field": words.field(name) if name else None,
                "before": words.value(name, before) if name else None,
                "after": words.value(name, after) if name else None,
            }
