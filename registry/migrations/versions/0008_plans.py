"""A plan's state, and what was submitted as it was."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "plan_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("submitted_on", sa.Date(), nullable=False),
        sa.CheckConstraint("number >= 1", name=op.f("ck_plan_version_number_positive")),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["competence_plan.id"], name=op.f("fk_plan_version_plan_id_competence_plan")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_version")),
        sa.UniqueConstraint("plan_id", "number", name=op.f("uq_plan_version_plan_id_number")),
    )
    op.create_index("ix_plan_version_submitted", "plan_version", ["submitted_on"], unique=False)
    op.create_table(
        "plan_version_need",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("subject_code", sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
        sa.Column("setting", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=True),
        sa.Column("role", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=True),
        sa.Column("head_count", sa.Integer(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.CheckConstraint("head_count > 0", name=op.f("ck_plan_version_need_head_count_positive")),
        sa.CheckConstraint("priority BETWEEN 1 AND 5", name=op.f("ck_plan_version_need_priority_range")),
        sa.ForeignKeyConstraint(["role"], ["target_role.code"], name=op.f("fk_plan_version_need_role_target_role")),
        sa.ForeignKeyConstraint(
            ["setting"], ["target_setting.code"], name=op.f("fk_plan_version_need_setting_target_setting")
        ),
        sa.ForeignKeyConstraint(
            ["subject_code"], ["subject.code"], name=op.f("fk_plan_version_need_subject_code_subject")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["plan_version.id"], name=op.f("fk_plan_version_need_version_id_plan_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_version_need")),
    )
    op.create_index("ix_plan_version_need_version", "plan_version_need", ["version_id"], unique=False)
    with op.batch_alter_table("competence_plan") as plan:
        plan.create_check_constraint(
            op.f("ck_competence_plan_submitted_given"),
            "((state = 'submitted') AND submitted_on IS NOT NULL) OR (NOT (state = 'submitted') AND submitted_on IS NULL)",
        )
    # What stood submitted before versions were kept is the first version.
    op.execute(
        "INSERT INTO plan_version (plan_id, number, submitted_on) "
        "SELECT id, 1, submitted_on FROM competence_plan WHERE state = 'submitted' ORDER BY id"
    )
    op.execute(
        "INSERT INTO plan_version_need (version_id, subject_code, setting, role, head_count, priority) "
        "SELECT v.id, n.subject_code, n.setting, n.role, n.head_count, n.priority "
        "FROM plan_need n JOIN plan_version v ON v.plan_id = n.plan_id ORDER BY n.id"
    )
