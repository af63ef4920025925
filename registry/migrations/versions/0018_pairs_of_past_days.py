"""What a pair and a case were before they changed is kept, so that a report answers for a past day as it did then.

Of the days until now nothing but the present is known: the first detection that follows begins what is kept.
"""

import hashlib
import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_CHUNK = 5_000
_DIGESTED = (  # in the order in which detection writes them
    "kind",
    "a_offer_id",
    "b_offer_id",
    "score",
    "strength",
    "reach",
    "terms",
    "evidence",
    "fingerprint",
    "levels",
)


def upgrade() -> None:
    with op.batch_alter_table("detection") as batch:
        batch.add_column(sa.Column("keeps_past", sa.Boolean(), nullable=True))
    op.execute("UPDATE detection SET keeps_past = false")
    with op.batch_alter_table("detection") as batch:
        batch.alter_column("keeps_past", existing_type=sa.Boolean(), nullable=False)
    for table, first in (("pair", "first_seen_on"), ("overlap_case", "opened_on")):
        op.add_column(table, sa.Column("since", sa.Date(), nullable=True))
        op.execute(f"UPDATE {table} SET since = {first}")  # noqa: S608 - names written above
        with op.batch_alter_table(table) as batch:
            batch.alter_column("since", existing_type=sa.Date(), nullable=False)
    _digest_without_weight()
    op.create_table(
        "pair_version",
        sa.Column("pair_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column(
            "strength",
            sa.Enum(
                "strong", "possible", "related", name="strength", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column(
            "reach",
            sa.Enum(
                "same_county",
                "same_region",
                "online",
                "none",
                "unknown",
                name="reach",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("terms", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("evidence", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("detection_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("since < until", name=op.f("ck_pair_version_valid_period")),
        sa.ForeignKeyConstraint(
            ["detection_id"], ["detection.id"], name=op.f("fk_pair_version_detection_id_detection")
        ),
        sa.ForeignKeyConstraint(["pair_id"], ["pair.id"], name=op.f("fk_pair_version_pair_id_pair")),
        sa.PrimaryKeyConstraint("pair_id", "since", name=op.f("pk_pair_version")),
    )
    op.create_index("ix_pair_version_days", "pair_version", ["until", "since"], unique=False)
    op.create_table(
        "overlap_case_version",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("consequence", sa.Float(), nullable=False),
        sa.Column("offers", sa.JSON(none_as_null=True), nullable=False),
        sa.CheckConstraint("since < until", name=op.f("ck_overlap_case_version_valid_period")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["overlap_case.id"], name=op.f("fk_overlap_case_version_case_id_overlap_case")
        ),
        sa.PrimaryKeyConstraint("case_id", "since", name=op.f("pk_overlap_case_version")),
    )
    op.create_index("ix_overlap_case_version_days", "overlap_case_version", ["until", "since"], unique=False)


def _digest_without_weight() -> None:
    """A pair's digest no longer speaks of its weight: else the next detection would take every pair for a changed one."""
    connection = op.get_bind()
    values: list[sa.Column[Any]] = [
        sa.Column(name, sa.JSON() if name in ("terms", "evidence", "levels") else None) for name in _DIGESTED
    ]
    pair = sa.Table("pair", sa.MetaData(), sa.Column("id", sa.Integer()), sa.Column("digest", sa.String()), *values)
    write = sa.update(pair).where(pair.c.id == sa.bindparam("pair")).values(digest=sa.bindparam("now"))
    last = 0
    while rows := connection.execute(
        sa.select(pair.c.id, *values).where(pair.c.id > last).order_by(pair.c.id).limit(_CHUNK)
    ).all():
        connection.execute(write, [{"pair": row[0], "now": _digest(list(row[1:]))} for row in rows])
        last = rows[-1][0]


def _digest(values: list[Any]) -> str:
    return hashlib.sha256(json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()[:16]
