"""Reading applications: figures of runs as of any date, the admissions office's lists, a person's own."""

from registry.applications.queries.lists import (
    OfficeRow,
    OwnApplication,
    office_runs,
    office_terms,
    own_applications,
    own_key,
    run_applications,
)
from registry.applications.queries.runfigures import run_figures, taught_in

__all__ = [
    "OfficeRow",
    "OwnApplication",
    "office_runs",
    "office_terms",
    "own_applications",
    "own_key",
    "run_applications",
    "run_figures",
    "taught_in",
]
