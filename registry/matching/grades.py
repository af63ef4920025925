"""In which words a pair of offers is graded: the only place of them. Pure."""

from enum import StrEnum


class Strength(StrEnum):
    """How much of the content and the people two offers share."""

    STRONG = "strong"
    POSSIBLE = "possible"
    RELATED = "related"


class Reach(StrEnum):
    """Can the same people reach both offers? A gate of the case, never part of the strength."""

    SAME_COUNTY = "same_county"
    SAME_REGION = "same_region"
    ONLINE = "online"
    NONE = "none"
    UNKNOWN = "unknown"
