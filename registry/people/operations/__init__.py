"""What can be done with people: sessions, and the roles they hold. One function per verb; none commits."""

from registry.people.operations.arriving import arrive
from registry.people.operations.granting import grant, invite, revoke, take_up
from registry.people.operations.sessions import IDLE, LONGEST, actor_of, end_expired, sign_in, sign_out, touch

__all__ = [
    "IDLE",
    "LONGEST",
    "actor_of",
    "arrive",
    "end_expired",
    "grant",
    "invite",
    "revoke",
    "sign_in",
    "sign_out",
    "take_up",
    "touch",
]
