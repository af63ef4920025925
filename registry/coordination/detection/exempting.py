"""Core subjects that may be taught side by side: an overlap in nothing but these is no flag (Maryland and Texas exempt basic arts
and sciences). They are the exceptions of the rule that makes an overlap, none by default.
"""

from collections.abc import Collection, Mapping
from typing import Final

from registry.matching.profiles import Profile

RULE: Final = "OVL_POSSIBLE"


def exempted(exceptions: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """Codes of the core subjects, from the exceptions of all rules."""
    return exceptions.get(RULE, frozenset())


def is_exempt(a: Profile, b: Profile, core: Collection[str]) -> bool:
    """All that the two have in common, or where their subjects only are near each other all that both teach, is core."""
    if not core:
        return False
    one, other = set(a.subjects), set(b.subjects)
    common = one & other
    if common:
        return common <= set(core)
    return bool(one) and bool(other) and one | other <= set(core)
