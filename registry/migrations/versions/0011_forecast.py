"""What detection has learnt of runs at risk is kept for the pages that ask it."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "learnt_forecast",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("learnt_on", sa.Date(), nullable=False),
        sa.Column("model", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("accuracy", sa.JSON(none_as_null=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learnt_forecast")),
    )
