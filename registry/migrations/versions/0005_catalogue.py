"""Saved searches, and what was looked for in vain."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "saved_search",
        sa.Column("language", sqlmodel.sql.sqltypes.AutoString(length=2), server_default="nb", nullable=False),
    )
    op.add_column("saved_search", sa.Column("token", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=True))
    op.add_column("saved_search", sa.Column("next_look_on", sa.Date(), nullable=True))
    op.add_column("saved_search", sa.Column("seen", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("saved_search", sa.Column("end_told_on", sa.Date(), nullable=True))
    op.add_column("saved_search", sa.Column("stopped_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
    op.add_column("saved_search", sa.Column("removed_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
    op.create_index("ix_saved_search_next_look_on", "saved_search", ["next_look_on"], unique=False)
    op.create_index("ix_saved_search_token", "saved_search", ["token"], unique=True)
