"""A source may be allowed to follow redirects; none is, until somebody says so."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("source") as batch:
        batch.add_column(sa.Column("redirects", sa.Integer(), nullable=False, server_default="0"))
        batch.create_check_constraint(op.f("ck_source_redirects_few"), "redirects BETWEEN 0 AND 5")
        batch.create_check_constraint(op.f("ck_source_pages_stay"), "redirects = 0 OR walk <> 'sitemap'")
