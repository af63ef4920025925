"""A run's risk tells the moment it was judged, what was learnt tells which detection learnt it, and readers of proposals have marks.

The marks stood in the keys of the mails, of which every one that had ever been sent was read each hour.
"""

from datetime import UTC, datetime

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("learnt_forecast") as batch:
        batch.add_column(sa.Column("detection_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(
            op.f("fk_learnt_forecast_detection_id_detection"), "detection", ["detection_id"], ["id"]
        )
    op.execute("UPDATE learnt_forecast SET detection_id = (SELECT max(id) FROM detection)")
    op.add_column("risk_assessment", sa.Column("assessed_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
    # Until now only detections judged: each row was written at the moment of its detection.
    op.execute(
        "UPDATE risk_assessment SET assessed_at = "
        "(SELECT detection.at FROM detection WHERE detection.id = risk_assessment.detection_id)"
    )
    with op.batch_alter_table("risk_assessment") as batch:
        batch.alter_column("assessed_at", existing_type=sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False)
    op.create_index(
        "ix_coordination_proposal_sender", "coordination_proposal", ["sender_id", "answered_at"], unique=False
    )
    op.create_index(
        "ix_coordination_proposal_proposer", "coordination_proposal", ["proposed_by", "answered_at"], unique=False
    )
    marks = op.create_table(
        "proposals_told",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("reader", sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
        sa.Column("until", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_proposals_told_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposals_told")),
        sa.UniqueConstraint("person_id", "reader", name=op.f("uq_proposals_told_person_id_reader")),
    )
    if told := _told_until():
        op.bulk_insert(
            marks, [{"person_id": person, "reader": reader, "until": until} for (person, reader), until in told.items()]
        )


def _told_until() -> dict[tuple[int, str], datetime]:
    """Person and reader -> moment, from keys as "proposals-wait:12:45:20261122070000000000"."""
    keys = op.get_bind().execute(sa.text("SELECT dedupe_key FROM message WHERE kind = 'proposals-wait'")).scalars()
    found: dict[tuple[int, str], datetime] = {}
    for key in keys:
        whose, _, moment = key.rpartition(":")
        _, person, reader = whose.split(":", 2)
        until = datetime.strptime(moment, "%Y%m%d%H%M%S%f").replace(tzinfo=UTC)
        found[int(person), reader] = max(until, found.get((int(person), reader), until))
    return found
