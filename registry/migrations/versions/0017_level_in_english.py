"""A level has an English name too; the reference data fill it in."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("level", sa.Column("name_en", sa.String(), nullable=False, server_default=""))
