"""What coordination knows: reports as of any date, and the lists its pages show. Nothing here writes."""

from registry.coordination.labels import REACH_LABELS, STRENGTH_LABELS, VERDICT_LABELS
from registry.coordination.queries.lifecycle import lifecycle_report
from registry.coordination.queries.oversubscribed import oversubscribed_report
from registry.coordination.queries.pairs import duplicate_report, overlap_report
from registry.coordination.queries.risk import at_risk_report
from registry.coordination.queries.subjects import coverage_report, small_subject_report, small_subjects
from registry.coordination.queries.trends import low_trend_report

__all__ = [
    "REACH_LABELS",
    "STRENGTH_LABELS",
    "VERDICT_LABELS",
    "at_risk_report",
    "coverage_report",
    "duplicate_report",
    "lifecycle_report",
    "low_trend_report",
    "overlap_report",
    "oversubscribed_report",
    "small_subject_report",
    "small_subjects",
]
