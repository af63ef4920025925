"""What can be done with people: sessions, the roles they hold, and an end to both. One function per verb; none commits."""

from registry.people.operations.arriving import arrive
from registry.people.operations.closing import deactivate, reactivate
from registry.people.operations.erasing import erase, what_goes
from registry.people.operations.granting import grant, invite, revoke, set_region, take_up
from registry.people.operations.sessions import IDLE, LONGEST, actor_of, end_expired, sign_in, sign_out, touch

__all__ = [
    "IDLE",
    "LONGEST",
    "actor_of",
    "arrive",
    "deactivate",
    "end_expired",
    "erase",
    "grant",
    "invite",
    "reactivate",
    "revoke",
    "set_region",
    "sign_in",
    "sign_out",
    "take_up",
    "touch",
    "what_goes",
]
