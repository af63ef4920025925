"""A run that was entered twice goes into the other, and so does a person's second application to it."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_RUN = ("planned", "open", "closed", "confirmed", "running", "completed", "cancelled", "postponed", "absorbed")
_STANDING = ("open", "withdrawn", "displaced", "absorbed")
_GIVEN = (
    "((state = 'absorbed') AND absorbed_into_id IS NOT NULL) OR (NOT (state = 'absorbed') AND absorbed_into_id IS NULL)"
)


def upgrade() -> None:
    with op.batch_alter_table("run") as batch:
        batch.add_column(sa.Column("absorbed_into_id", sa.Integer(), nullable=True))
        batch.drop_constraint(op.f("ck_run_state"), type_="check")
        batch.create_check_constraint(op.f("ck_run_state"), _one_of("state", _RUN))
        batch.create_check_constraint(op.f("ck_run_absorbed_given"), _GIVEN)
        batch.create_foreign_key(op.f("fk_run_absorbed_into_id_run"), "run", ["absorbed_into_id"], ["id"])
        batch.create_index("ix_run_absorbed_into_id", ["absorbed_into_id"])
    with op.batch_alter_table("application") as batch:
        batch.drop_constraint(op.f("ck_application_standing"), type_="check")
        batch.create_check_constraint(op.f("ck_application_standing"), _one_of("standing", _STANDING))


def _one_of(column: str, words: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(word) for word in words)})"
