"""A scorecard of duplicates tells how it did on answers it had not seen, and which earlier one it takes up again."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("duplicate_card") as batch:
        batch.add_column(sa.Column("cites", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("held_out", sa.JSON(), nullable=True))
        batch.create_check_constraint(op.f("ck_duplicate_card_cites_an_earlier"), "cites IS NULL OR cites < version")
