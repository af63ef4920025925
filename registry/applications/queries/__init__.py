"""Reading applications: figures of runs as of any date, the admissions office's lists, a person's own."""

from registry.applications.queries.applying import (
    has_any,
    has_applied,
    merge_targets,
    next_priority,
    owners,
    participants,
    takes_applications,
)
from registry.applications.queries.following import Unreported, unreported
from registry.applications.queries.history import Line, history
from registry.applications.queries.lists import (
    BatchRow,
    OfficeRow,
    OwnApplication,
    Sorting,
    applicant_keys,
    batch_rows,
    office_runs,
    office_terms,
    own_applications,
    own_key,
    prepared_decisions,
    provider_names,
    run_applications,
    unsent_runs,
)
from registry.applications.queries.runfigures import run_figures, taught_in

__all__ = [
    "BatchRow",
    "Line",
    "OfficeRow",
    "OwnApplication",
    "Sorting",
    "Unreported",
    "applicant_keys",
    "batch_rows",
    "has_any",
    "has_applied",
    "history",
    "merge_targets",
    "next_priority",
    "office_runs",
    "office_terms",
    "own_applications",
    "own_key",
    "owners",
    "participants",
    "prepared_decisions",
    "provider_names",
    "run_applications",
    "run_figures",
    "takes_applications",
    "taught_in",
    "unreported",
    "unsent_runs",
]
