"""What coordination does: detect, decide about pairs, let the last national offer of a small subject go."""

from registry.coordination.operations.detecting import DetectionResult, detect, is_stale

__all__ = ["DetectionResult", "detect", "is_stale"]
