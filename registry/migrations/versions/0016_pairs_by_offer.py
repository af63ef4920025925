"""The pairs of one offer are found by its own index, on either side; and weights of words tell which detection fitted them."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_pair_a", "pair", ["a_offer_id", "kind", "gone_on"], unique=False)
    op.drop_index("ix_pair_b", table_name="pair")
    op.create_index("ix_pair_b", "pair", ["b_offer_id", "kind", "gone_on"], unique=False)
    with op.batch_alter_table("word_weights") as batch:
        batch.add_column(sa.Column("detection_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(op.f("fk_word_weights_detection_id_detection"), "detection", ["detection_id"], ["id"])
