"""Sources that are fetched, deliveries taken by batches, every run of a record."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "fetch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("scheduled_for", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("started_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("finished_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column(
            "outcome",
            sa.Enum(
                "running",
                "taken",
                "unchanged",
                "held",
                "refused",
                "failed",
                name="outcome",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("message", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("import_run_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("(outcome = 'running') = (finished_at IS NULL)", name=op.f("ck_fetch_finished_given")),
        sa.CheckConstraint(
            "outcome NOT IN ('failed', 'refused') OR message IS NOT NULL", name=op.f("ck_fetch_reason_given")
        ),
        sa.ForeignKeyConstraint(["import_run_id"], ["import_run.id"], name=op.f("fk_fetch_import_run_id_import_run")),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_fetch_source_id_source")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fetch")),
        sa.UniqueConstraint("source_id", "scheduled_for", name=op.f("uq_fetch_source_id_scheduled_for")),
    )
    op.create_table(
        "record_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source_record_id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("absent_since", sa.Date(), nullable=True),
        sa.Column("absence_approved_by", sqlmodel.sql.sqltypes.AutoString(length=80), nullable=True),
        sa.Column("gone_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_record_run_run_id_run")),
        sa.ForeignKeyConstraint(
            ["source_record_id"], ["source_record.id"], name=op.f("fk_record_run_source_record_id_source_record")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_run")),
        sa.UniqueConstraint("source_record_id", "run_id", name=op.f("uq_record_run_source_record_id_run_id")),
    )
    op.create_index("ix_record_run_run", "record_run", ["run_id"], unique=False)
    op.add_column("import_run", sa.Column("complete", sa.Boolean(), server_default=sa.text("(true)"), nullable=False))
    op.add_column("import_run", sa.Column("rows", sa.Integer(), nullable=True))
    op.add_column("import_run", sa.Column("touched_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
    op.add_column("import_run", sa.Column("progress", sa.JSON(none_as_null=True), server_default="{}", nullable=False))
    op.add_column(
        "quarantined_row",
        sa.Column("content_hash", sqlmodel.sql.sqltypes.AutoString(length=64), server_default="", nullable=False),
    )
    op.create_index("ix_quarantined_row_content", "quarantined_row", ["content_hash"], unique=False)
    op.add_column("source", sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=True))
    op.add_column(
        "source",
        sa.Column(
            "walk",
            sa.Enum("single", "ooapi", "emil", "hal", "nsr", "sitemap", name="walk", native_enum=False, length=20),
            server_default="single",
            nullable=False,
        ),
    )
    op.add_column("source", sa.Column("every_minutes", sa.Integer(), nullable=True))
    op.add_column("source", sa.Column("paused_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
    op.add_column("source", sa.Column("wanted_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
    op.add_column(
        "source",
        sa.Column(
            "auth",
            sa.Enum("none", "bearer", "basic", "api_key", name="sourceauth", native_enum=False, length=20),
            server_default="none",
            nullable=False,
        ),
    )
    op.add_column("source", sa.Column("secret_name", sqlmodel.sql.sqltypes.AutoString(length=80), nullable=True))
    op.add_column("source", sa.Column("etag", sqlmodel.sql.sqltypes.AutoString(length=300), nullable=True))
    op.add_column("source", sa.Column("last_modified", sqlmodel.sql.sqltypes.AutoString(length=60), nullable=True))
    op.add_column("source", sa.Column("body_sha256", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=True))
    op.add_column("source", sa.Column("version", sa.Integer(), server_default="1", nullable=False))
    with op.batch_alter_table("import_run") as table:
        table.drop_constraint(op.f("ck_import_run_reason_given"), type_="check")
        table.drop_constraint(op.f("ck_import_run_outcome"), type_="check")
        table.create_check_constraint(
            op.f("ck_import_run_outcome"), "outcome IN ('running', 'done', 'held', 'refused')"
        )
        table.create_check_constraint(
            op.f("ck_import_run_reason_given"), "outcome IN ('done', 'running') OR message IS NOT NULL"
        )
    with op.batch_alter_table("source") as table:
        table.create_check_constraint(
            op.f("ck_source_walk"), "walk IN ('single', 'ooapi', 'emil', 'hal', 'nsr', 'sitemap')"
        )
        table.create_check_constraint(op.f("ck_source_auth"), "auth IN ('none', 'bearer', 'basic', 'api_key')")
        table.create_check_constraint(op.f("ck_source_secret_named"), "(auth = 'none') = (secret_name IS NULL)")
        table.create_check_constraint(op.f("ck_source_not_too_often"), "every_minutes IS NULL OR every_minutes >= 5")
        table.create_check_constraint(op.f("ck_source_address_given"), "every_minutes IS NULL OR url IS NOT NULL")
    op.execute(
        "INSERT INTO record_run (source_record_id, run_id) SELECT id, run_id FROM source_record WHERE run_id IS NOT NULL"
    )
