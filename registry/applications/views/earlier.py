"""How many applied for, began and completed earlier runs of an offer, on its page: for anyone, so rounded."""

from collections.abc import Mapping, Sequence
from typing import Any

from registry.applications.figures import rounding
from registry.applications.queries import run_figures
from registry.core import clock
from registry.rules.register import rules_on
from registry.web.parts import reading

SHOWN = ("applied", "started", "completed")


def panel(earlier: Sequence[Any]) -> Mapping[str, Any] | None:
    """``earlier`` are the page's own rows (``run_id``, ``term``, ``became``); nothing where nobody knows a figure of any.

    All runs are counted at once. Each figure is the one that reports show to strangers (rule SMALL_CELL).
    """
    if not earlier:
        return None
    with reading() as session:
        figures = run_figures(session, run_ids=[one.run_id for one in earlier])
        base = int(rules_on(session, clock.today())["SMALL_CELL"])
    known = {run: one for run, one in figures.items() if one.source != "none"}
    rows = [
        (one, [rounding(getattr(known[one.run_id], name), base) if one.run_id in known else None for name in SHOWN])
        for one in earlier
    ]
    return {"rows": rows, "base": base} if known else None
