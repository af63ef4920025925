"""How likely each subject is to lose all its runs of a term, day by day."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "subject_risk",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject_code", sa.String(length=60), nullable=False),
        sa.Column("term", sa.String(length=5), nullable=False),
        sa.Column("assessed_on", sa.Date(), nullable=False),
        sa.Column("runs", sa.Integer(), nullable=False),
        sa.Column("probability", sa.Float(), nullable=False),
        sa.Column("detection_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("probability >= 0 AND probability <= 1", name=op.f("ck_subject_risk_probability_range")),
        sa.ForeignKeyConstraint(
            ["detection_id"], ["detection.id"], name=op.f("fk_subject_risk_detection_id_detection")
        ),
        sa.ForeignKeyConstraint(["subject_code"], ["subject.code"], name=op.f("fk_subject_risk_subject_code_subject")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subject_risk")),
        sa.UniqueConstraint(
            "assessed_on", "subject_code", "term", name=op.f("uq_subject_risk_assessed_on_subject_code_term")
        ),
    )
