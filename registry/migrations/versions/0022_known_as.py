"""People are found by what a sign-in service vouches for or they were invited as, no longer by the address they write for their mail.

Whoever has written an address themselves keeps it for mail and is found by number until the service tells the address again.
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

INVITED = "UPDATE person SET known_as = subject WHERE issuer = 'invited'"
TOLD_BY_A_SERVICE = """
    UPDATE person SET known_as = lower(email)
    WHERE known_as IS NULL AND email IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM audit_entry
        WHERE audit_entry.thing = 'person' AND audit_entry.thing_id = person.id AND audit_entry.event = 'address_changed'
    )
"""


def upgrade() -> None:
    op.add_column("person", sa.Column("known_as", sqlmodel.sql.sqltypes.AutoString(length=254), nullable=True))
    op.execute(INVITED)
    op.execute(TOLD_BY_A_SERVICE)
