"""Proposals, remarks, merges, meetings, warnings and what scorecards learn from."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "duplicate_card",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("learnt_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("actor", sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
        sa.Column("answers", sa.Integer(), nullable=False),
        sa.Column("card", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("training", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.CheckConstraint("version > 1", name=op.f("ck_duplicate_card_after_the_shipped")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duplicate_card")),
        sa.UniqueConstraint("version", name=op.f("uq_duplicate_card_version")),
    )
    op.create_table(
        "network_meeting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("region", sqlmodel.sql.sqltypes.AutoString(length=10), nullable=True),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("pack", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("digest", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("frozen_by", sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
        sa.Column("frozen_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.CheckConstraint("since IS NULL OR since <= held_on", name=op.f("ck_network_meeting_valid_period")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_network_meeting")),
    )
    op.create_index("ix_network_meeting_held", "network_meeting", ["held_on"], unique=False)
    op.create_table(
        "meeting_decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("item", sqlmodel.sql.sqltypes.AutoString(length=240), nullable=True),
        sa.Column("text", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("actor", sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
        sa.Column("at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("struck_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("struck_by", sqlmodel.sql.sqltypes.AutoString(length=80), nullable=True),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["network_meeting.id"], name=op.f("fk_meeting_decision_meeting_id_network_meeting")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_decision")),
    )
    op.create_index("ix_meeting_decision_meeting", "meeting_decision", ["meeting_id"], unique=False)
    op.create_table(
        "offer_merge",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pair_id", sa.Integer(), nullable=True),
        sa.Column("kept_offer_id", sa.Integer(), nullable=False),
        sa.Column("gone_offer_id", sa.Integer(), nullable=False),
        sa.Column("fields", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("moved", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("actor", sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
        sa.Column("at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("undone_by", sqlmodel.sql.sqltypes.AutoString(length=80), nullable=True),
        sa.Column("undone_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.CheckConstraint(
            "((undone_at IS NOT NULL) AND undone_at IS NOT NULL AND undone_by IS NOT NULL) OR (NOT (undone_at IS NOT NULL) AND undone_at IS NULL AND undone_by IS NULL)",
            name=op.f("ck_offer_merge_undo_given"),
        ),
        sa.CheckConstraint("kept_offer_id <> gone_offer_id", name=op.f("ck_offer_merge_two_offers")),
        sa.ForeignKeyConstraint(["gone_offer_id"], ["offer.id"], name=op.f("fk_offer_merge_gone_offer_id_offer")),
        sa.ForeignKeyConstraint(["kept_offer_id"], ["offer.id"], name=op.f("fk_offer_merge_kept_offer_id_offer")),
        sa.ForeignKeyConstraint(["pair_id"], ["pair.id"], name=op.f("fk_offer_merge_pair_id_pair")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer_merge")),
    )
    op.create_index("ix_offer_merge_gone", "offer_merge", ["gone_offer_id"], unique=False)
    op.create_index("ix_offer_merge_kept", "offer_merge", ["kept_offer_id"], unique=False)
    op.create_table(
        "pair_comment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pair_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("text", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("actor", sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
        sa.Column("at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_pair_comment_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["pair_id"], ["pair.id"], name=op.f("fk_pair_comment_pair_id_pair")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pair_comment")),
    )
    op.create_index("ix_pair_comment_pair", "pair_comment", ["pair_id"], unique=False)
    op.create_table(
        "risk_warning",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("level", sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
        sa.Column("warned_on", sa.Date(), nullable=False),
        sa.Column("probability", sa.Float(), nullable=False),
        sa.Column("days_left", sa.Integer(), nullable=False),
        sa.Column("detection_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["detection_id"], ["detection.id"], name=op.f("fk_risk_warning_detection_id_detection")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_risk_warning_run_id_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_warning")),
        sa.UniqueConstraint("run_id", "level", name=op.f("uq_risk_warning_run_id_level")),
    )
    op.create_table(
        "coordination_proposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pair_id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=True),
        sa.Column(
            "way",
            sa.Enum(
                "talk",
                "alternate_terms",
                "merge",
                "joint_offer",
                "one_online",
                name="way",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("text", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("sender_id", sa.Integer(), nullable=True),
        sa.Column("receiver_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "accepted",
                "declined",
                "withdrawn",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("proposed_by", sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
        sa.Column("proposed_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("answered_by", sqlmodel.sql.sqltypes.AutoString(length=80), nullable=True),
        sa.Column("answered_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("answer", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.CheckConstraint(
            "((state <> 'waiting') AND answered_at IS NOT NULL AND answered_by IS NOT NULL) OR (NOT (state <> 'waiting') AND answered_at IS NULL AND answered_by IS NULL)",
            name=op.f("ck_coordination_proposal_answer_given"),
        ),
        sa.CheckConstraint(
            "state <> 'declined' OR answer IS NOT NULL", name=op.f("ck_coordination_proposal_decline_explained")
        ),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["pair_decision.id"], name=op.f("fk_coordination_proposal_decision_id_pair_decision")
        ),
        sa.ForeignKeyConstraint(["pair_id"], ["pair.id"], name=op.f("fk_coordination_proposal_pair_id_pair")),
        sa.ForeignKeyConstraint(
            ["receiver_id"], ["organisation.id"], name=op.f("fk_coordination_proposal_receiver_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["sender_id"], ["organisation.id"], name=op.f("fk_coordination_proposal_sender_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coordination_proposal")),
    )
    op.create_index("ix_coordination_proposal_pair", "coordination_proposal", ["pair_id"], unique=False)
    op.create_index(
        "ix_coordination_proposal_receiver", "coordination_proposal", ["receiver_id", "state"], unique=False
    )
    op.add_column("pair", sa.Column("levels", sa.JSON(none_as_null=True), nullable=True))
    op.drop_index(op.f("ix_pair_queue"), table_name="pair")
    op.create_index(
        "ix_pair_room",
        "pair",
        ["kind", "gone_on", "weight", "reach", "score", "strength", "a_offer_id", "b_offer_id"],
        unique=False,
    )
    op.add_column("pair_decision", sa.Column("fault", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=True))
    op.add_column("pair_decision", sa.Column("batch", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=True))
    op.add_column("pair_decision", sa.Column("replaces_id", sa.Integer(), nullable=True))
