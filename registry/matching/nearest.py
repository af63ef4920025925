"""Where applicants could go when a run is cancelled: the nearest alike runs that are open and within reach."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from importers.sentences import Sentence
from registry.matching.defaults import with_defaults
from registry.matching.evidence import Evidence, explain
from registry.matching.grades import Reach
from registry.matching.overlap import reach_of
from registry.matching.profiles import Profile
from registry.matching.scorecard import weigh
from registry.matching.store import Store

_REACH_ORDER = (Reach.SAME_COUNTY, Reach.SAME_REGION, Reach.ONLINE, Reach.UNKNOWN)
_WHERE = {
    Reach.SAME_COUNTY: Sentence("i samme fylke"),
    Reach.SAME_REGION: Sentence("i samme region"),
    Reach.ONLINE: Sentence("på nett"),
    Reach.UNKNOWN: Sentence("med ukjent sted"),
}


@dataclass(frozen=True, slots=True)
class NearestRun:
    """One way out for displaced applicants."""

    key: str
    score: float  #: likeness of content and people, 0..1
    reach: Reach
    same_term: bool
    sentence: Sentence
    evidence: tuple[Evidence, ...]


def nearest_runs(
    run: Profile, open_runs: Iterable[Profile], limit: int = 5, rules: Mapping[str, float] | None = None
) -> list[NearestRun]:
    """The open runs most like ``run``, best first: same term before later ones, then likeness, then closeness.

    ``open_runs`` are profiles of runs that still take applicants, of any provider, the same one included. Runs in
    contradiction (other school years or step), out of reach or less alike than NEAR_LEAST are left out.
    """
    numbers = with_defaults(rules)
    runs = [
        other
        for other in open_runs
        if other.key != run.key and not other.is_container and reach_of(run, other) is not Reach.NONE
    ]
    if not runs or limit < 1:
        return []
    everything = [run, *runs]
    store = Store(everything, numbers)
    first, others = np.zeros(len(runs), dtype=np.intp), np.arange(1, len(everything), dtype=np.intp)
    scored = weigh(store.rows[first], store.rows[others], store.likeness(first, others), numbers)
    fine = np.flatnonzero(~scored.contradicted & (scored.score >= numbers["NEAR_LEAST"]))
    found = [
        _nearest(run, runs[i], float(scored.score[i]), {k: float(v[i]) for k, v in scored.points.items()}) for i in fine
    ]
    return sorted(found, key=lambda near: (not near.same_term, -near.score, _REACH_ORDER.index(near.reach), near.key))[
        :limit
    ]


def _nearest(run: Profile, other: Profile, score: float, points: dict[str, float]) -> NearestRun:
    reach = reach_of(run, other)
    same_term = not run.terms or not other.terms or bool(run.terms & other.terms)
    when = Sentence("samme termin")
    if not same_term:
        when = Sentence("termin %(terms)s", terms=", ".join(sorted(other.terms)))
    sentence = Sentence("«%(title)s» %(where)s, %(when)s.", title=other.title, where=_WHERE[reach], when=when)
    return NearestRun(other.key, score, reach, same_term, sentence, explain(run, other, points))
