"""What coordination does: detect, decide about pairs, let the last national offer of a small subject go."""

from registry.coordination.operations.deciding import decide, undo
from registry.coordination.operations.detecting import DetectionResult, detect, is_stale
from registry.coordination.operations.permitting import national_decision

__all__ = ["DetectionResult", "decide", "detect", "is_stale", "national_decision", "undo"]
