"""Two columns that nobody reads are gone, and only a coordinator has a region."""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("sign_in") as batch:
        batch.drop_constraint(op.f("fk_sign_in_membership_id_membership"), type_="foreignkey")
        batch.drop_column("membership_id")
    with op.batch_alter_table("level") as batch:
        batch.drop_column("main_level")
    with op.batch_alter_table("membership") as batch:
        batch.create_check_constraint(
            op.f("ck_membership_region_of_coordinator"), "region IS NULL OR role = 'coordinator'"
        )
