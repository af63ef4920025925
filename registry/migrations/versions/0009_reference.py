"""Registers of units and codes, counts, and the words that find each other."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "register_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(length=240), nullable=False),
        sa.Column("content_hash", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("raw", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("first_seen_id", sa.Integer(), nullable=False),
        sa.Column("last_seen_id", sa.Integer(), nullable=False),
        sa.Column("seen_on", sa.Date(), nullable=False),
        sa.Column("scheme", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.Column("code", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("parent", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=True),
        sa.Column("level", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("is_retired", sa.Boolean(), nullable=False),
        sa.Column("replaced_by", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=True),
        sa.ForeignKeyConstraint(
            ["first_seen_id"], ["import_run.id"], name=op.f("fk_register_code_first_seen_id_import_run")
        ),
        sa.ForeignKeyConstraint(
            ["last_seen_id"], ["import_run.id"], name=op.f("fk_register_code_last_seen_id_import_run")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register_code")),
        sa.UniqueConstraint("source", "key", name=op.f("uq_register_code_source_key")),
    )
    op.create_index("ix_register_code_code", "register_code", ["scheme", "code"], unique=False)
    op.create_table(
        "register_code_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(length=240), nullable=False),
        sa.Column("content_hash", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("raw", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("first_seen_id", sa.Integer(), nullable=False),
        sa.Column("last_seen_id", sa.Integer(), nullable=False),
        sa.Column("seen_on", sa.Date(), nullable=False),
        sa.Column("scheme", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.Column("code", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("other_scheme", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.Column("other_code", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
        sa.Column("other_name", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("changed_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["first_seen_id"], ["import_run.id"], name=op.f("fk_register_code_link_first_seen_id_import_run")
        ),
        sa.ForeignKeyConstraint(
            ["last_seen_id"], ["import_run.id"], name=op.f("fk_register_code_link_last_seen_id_import_run")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register_code_link")),
        sa.UniqueConstraint("source", "key", name=op.f("uq_register_code_link_source_key")),
    )
    op.create_index("ix_register_code_link_code", "register_code_link", ["scheme", "code"], unique=False)
    op.create_table(
        "register_count",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(length=240), nullable=False),
        sa.Column("content_hash", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("raw", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("first_seen_id", sa.Integer(), nullable=False),
        sa.Column("last_seen_id", sa.Integer(), nullable=False),
        sa.Column("seen_on", sa.Date(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("term", sqlmodel.sql.sqltypes.AutoString(length=5), nullable=False),
        sa.Column("number_of_table", sqlmodel.sql.sqltypes.AutoString(length=10), nullable=True),
        sa.Column("offer_key", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=True),
        sa.Column("grouping", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("counts", sa.JSON(none_as_null=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["first_seen_id"], ["import_run.id"], name=op.f("fk_register_count_first_seen_id_import_run")
        ),
        sa.ForeignKeyConstraint(
            ["last_seen_id"], ["import_run.id"], name=op.f("fk_register_count_last_seen_id_import_run")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_register_count_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register_count")),
        sa.UniqueConstraint("source", "key", name=op.f("uq_register_count_source_key")),
    )
    op.create_index("ix_register_count_organisation", "register_count", ["organisation_id", "term"], unique=False)
    op.create_table(
        "register_unit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(length=240), nullable=False),
        sa.Column("content_hash", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("raw", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("first_seen_id", sa.Integer(), nullable=False),
        sa.Column("last_seen_id", sa.Integer(), nullable=False),
        sa.Column("seen_on", sa.Date(), nullable=False),
        sa.Column("orgnr", sqlmodel.sql.sqltypes.AutoString(length=9), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("form", sqlmodel.sql.sqltypes.AutoString(length=10), nullable=True),
        sa.Column("kinds", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("ownership", sqlmodel.sql.sqltypes.AutoString(length=10), nullable=True),
        sa.Column("owner_orgnr", sqlmodel.sql.sqltypes.AutoString(length=9), nullable=True),
        sa.Column("owner_name", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("parent_orgnr", sqlmodel.sql.sqltypes.AutoString(length=9), nullable=True),
        sa.Column("municipality_code", sqlmodel.sql.sqltypes.AutoString(length=4), nullable=True),
        sa.Column("county_code", sqlmodel.sql.sqltypes.AutoString(length=2), nullable=True),
        sa.Column("sector_codes", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint("length(orgnr) = 9", name=op.f("ck_register_unit_orgnr_length")),
        sa.ForeignKeyConstraint(
            ["first_seen_id"], ["import_run.id"], name=op.f("fk_register_unit_first_seen_id_import_run")
        ),
        sa.ForeignKeyConstraint(
            ["last_seen_id"], ["import_run.id"], name=op.f("fk_register_unit_last_seen_id_import_run")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register_unit")),
        sa.UniqueConstraint("source", "key", name=op.f("uq_register_unit_source_key")),
    )
    op.create_index("ix_register_unit_orgnr", "register_unit", ["orgnr"], unique=False)
    op.create_index("ix_register_unit_owner", "register_unit", ["owner_orgnr"], unique=False)
    op.add_column("synonym", sa.Column("valid_from", sa.Date(), nullable=True))
    op.add_column("synonym", sa.Column("valid_to", sa.Date(), nullable=True))
