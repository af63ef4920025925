"""A meeting's frozen papers can be withdrawn with a reason; they stay readable."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

GIVEN = "withdrawn_at IS NOT NULL AND withdrawn_by IS NOT NULL AND withdrawal_reason IS NOT NULL"
MISSING = "withdrawn_at IS NULL AND withdrawn_by IS NULL AND withdrawal_reason IS NULL"


def upgrade() -> None:
    with op.batch_alter_table("network_meeting") as batch:
        batch.add_column(sa.Column("withdrawn_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
        batch.add_column(sa.Column("withdrawn_by", sqlmodel.sql.sqltypes.AutoString(length=80), nullable=True))
        batch.add_column(sa.Column("withdrawal_reason", sqlmodel.sql.sqltypes.AutoString(), nullable=True))
        batch.create_check_constraint(
            op.f("ck_network_meeting_withdrawal_given"),
            f"((withdrawn_at IS NOT NULL) AND {GIVEN}) OR (NOT (withdrawn_at IS NOT NULL) AND {MISSING})",
        )
