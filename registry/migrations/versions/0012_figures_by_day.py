"""Figures of runs are kept by day, folded from the ledger. The job fills the table."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_COUNTED = (
    "applied",
    "qualified",
    "offered",
    "accepted",
    "waitlisted",
    "rejected",
    "withdrawn",
    "no_show",
    "started",
    "completed",
)


def upgrade() -> None:
    op.create_table(
        "run_day",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in _COUNTED),
        sa.Column("rejected_by", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("withdrawn_by", sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_run_day_run_id_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run_day")),
        sa.UniqueConstraint("run_id", "day", name=op.f("uq_run_day_run_id_day")),
    )
    op.create_table(
        "folded_until",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("folded_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_folded_until")),
    )
