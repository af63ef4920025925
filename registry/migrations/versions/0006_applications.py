"""Decisions for many, looks across, and where an applicant wants to be told."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "applicant_contact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("applicant_key", sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
        sa.Column("email", sqlmodel.sql.sqltypes.AutoString(length=254), nullable=False),
        sa.Column("language", sqlmodel.sql.sqltypes.AutoString(length=2), nullable=False),
        sa.Column("daily", sa.Boolean(), nullable=False),
        sa.Column("told_until", sa.Integer(), nullable=False),
        sa.Column("told_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("updated_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_applicant_contact")),
        sa.UniqueConstraint("applicant_key", name=op.f("uq_applicant_contact_applicant_key")),
    )
    op.create_table(
        "decision_batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column(
            "decision",
            sa.Enum(
                "received",
                "offered",
                "waitlisted",
                "rejected",
                name="batch_decision",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "reject_reason",
            sa.Enum(
                "no_places",
                "not_qualified",
                "not_in_target_group",
                "incomplete",
                "late",
                name="batch_reject_reason",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("answer_days", sa.Integer(), nullable=True),
        sa.Column("overbooking", sa.Integer(), nullable=False),
        sa.Column("note", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("actor", sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
        sa.Column("prepared_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("sent_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("undone_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.CheckConstraint(
            "((decision = 'rejected') AND reject_reason IS NOT NULL) OR (NOT (decision = 'rejected') AND reject_reason IS NULL)",
            name=op.f("ck_decision_batch_rejected_given"),
        ),
        sa.CheckConstraint(
            "(decision = 'offered') = (answer_days IS NOT NULL)", name=op.f("ck_decision_batch_answer_days_given")
        ),
        sa.CheckConstraint("decision <> 'received'", name=op.f("ck_decision_batch_decides")),
        sa.CheckConstraint("overbooking >= 0", name=op.f("ck_decision_batch_overbooking_positive")),
        sa.CheckConstraint("sent_at IS NULL OR undone_at IS NULL", name=op.f("ck_decision_batch_sent_or_undone")),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_decision_batch_run_id_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision_batch")),
    )
    op.create_index(op.f("ix_decision_batch_run_id"), "decision_batch", ["run_id"], unique=False)
    op.create_table(
        "across_look",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("applicant_key", sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("actor", sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "places",
                "waitlist",
                "guidance",
                name="look_purpose",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("looked_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("shown", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_across_look_application_id_application")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_across_look_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_across_look")),
    )
    op.create_index("ix_across_look_applicant", "across_look", ["applicant_key"], unique=False)
    op.create_index(op.f("ix_across_look_application_id"), "across_look", ["application_id"], unique=False)
    op.create_table(
        "decision_batch_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("outcome", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=True),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_decision_batch_item_application_id_application")
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["decision_batch.id"], name=op.f("fk_decision_batch_item_batch_id_decision_batch")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision_batch_item")),
        sa.UniqueConstraint("batch_id", "application_id", name=op.f("uq_decision_batch_item_batch_id_application_id")),
    )
    op.create_index(
        op.f("ix_decision_batch_item_application_id"), "decision_batch_item", ["application_id"], unique=False
    )
