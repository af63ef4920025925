"""What coordination knows. Nothing here writes.

``reports`` answer as of any date, ``detecting`` is what a detection reads, ``desk`` what the pages of the room show.
"""

from registry.coordination.labels import REACH_LABELS, STRENGTH_LABELS, VERDICT_LABELS
from registry.coordination.queries.reports.lifecycle import lifecycle_report
from registry.coordination.queries.reports.oversubscribed import oversubscribed_report
from registry.coordination.queries.reports.pairs import duplicate_report, overlap_report
from registry.coordination.queries.reports.risk import at_risk_report
from registry.coordination.queries.reports.subjects import coverage_report, small_subject_report, small_subjects
from registry.coordination.queries.reports.trends import low_trend_report

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
