"""What searching leaves behind: searches that somebody follows, and what was looked for in vain."""

from registry.catalogue.operations.following import (
    extend,
    follow,
    forget_removed,
    note_told,
    remove,
    rename,
    restore,
    set_address,
    set_rhythm,
    stop,
)
from registry.catalogue.operations.unmet import note_unmet_demand

__all__ = [
    "extend",
    "follow",
    "forget_removed",
    "note_told",
    "note_unmet_demand",
    "remove",
    "rename",
    "restore",
    "set_address",
    "set_rhythm",
    "stop",
]
