"""Advisory locks on PostgreSQL. Their numbers share one space per database, so all of them stand here.

SQLite needs none for a transaction: ``BEGIN IMMEDIATE`` lets one writer in at a time. What lasts longer is ``registry.core.alone``.
"""

from enum import IntEnum, unique

from sqlalchemy import text
from sqlmodel import Session


@unique
class Lock(IntEnum):
    """What only one may do at a time."""

    AUDIT_CHAIN = 7_460_021
    SCHEDULER = 7_460_022  #: held by the leading process for as long as it leads
    IMPORT = 7_460_023
    FIGURES = 7_460_024  #: the ledger is folded into figures by day
    DETECTION = 7_460_025  #: pairs and cases are written
    LEARNING = 7_460_026  #: a scorecard is learnt or taken up again
    WRITING = 7_460_027  #: shared by all who write, with the moment at which each began
    INDEX = 7_460_028  #: the search index is written


def hold(session: Session, lock: Lock) -> None:
    """Wait for the lock and hold it until the transaction ends."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": int(lock)})
