"""Rows that could not be taken: every one is kept whole."""

import hashlib
import json
from collections.abc import Mapping

from sqlmodel import col, select

from importers.sentences import Sentence
from registry.intake.models import ImportRun, QuarantinedRow
from registry.intake.operations.context import IMPORTER, Import
from registry.intake.queries.batches import objects_in
from registry.intake.reading.result import Rejection
from registry.intake.states import QuarantineState


def put_in_quarantine(imported: Import, rejections: list[Rejection]) -> None:
    """Keep every row whole. One that came before is not left waiting twice, and what a person set aside stays so."""
    if not rejections:
        return
    hashes = [_content(rejection.raw) for rejection in rejections]
    before: dict[str, QuarantinedRow] = {}
    earlier = (
        select(QuarantinedRow)
        .join(ImportRun, col(ImportRun.id) == col(QuarantinedRow.import_run_id))
        .where(ImportRun.source_id == imported.source.id, QuarantinedRow.state != QuarantineState.REPAIRED)
        .where(ImportRun.id != imported.run.pk)
        .order_by(col(QuarantinedRow.id))
    )
    for row in objects_in(imported.session, earlier, QuarantinedRow.content_hash, hashes):
        before[row.content_hash] = row
    for rejection, content in zip(rejections, hashes, strict=True):
        row = QuarantinedRow(
            import_run_id=imported.run.pk,
            payload_name=rejection.payload,
            position=rejection.position,
            reason=rejection.reason,
            field=rejection.field,
            value=rejection.value,
            cure=rejection.cure,
            raw=rejection.raw,
            content_hash=content,
        )
        same = before.get(content)
        if same is not None and same.state is QuarantineState.WAITING:
            same.state, same.handled_at, same.handled_by = QuarantineState.DISCARDED, imported.now, IMPORTER.name
            same.handled_note = Sentence("Raden kom på nytt i en senere leveranse.")
        elif same is not None and same.handled_by != IMPORTER.name:
            row.state, row.handled_at = QuarantineState.DISCARDED, imported.now
            row.handled_by, row.handled_note = same.handled_by, same.handled_note
        imported.session.add(row)


def _content(raw: Mapping[str, str | None]) -> str:
    """Equal exactly when two rows say the same."""
    return hashlib.sha256(json.dumps(sorted(raw.items()), ensure_ascii=True).encode()).hexdigest()
