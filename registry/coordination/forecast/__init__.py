"""Will this run be cancelled for low application?

1. ``demand``: how many apply to a run of this kind, institution and offer (empirical Bayes: the unknown is drawn towards
   what is alike), and which share has come by ``h`` days before the deadline.
2. ``model``: with ``n`` applicants now and this term's pace, what is still to come is negative binomial (Gamma–Poisson pick-up).
3. ``fate``: what institutions do with a run that ends so far from its minimum; then a logistic layer for each horizon, learnt from
   runs judged by models that had not seen them, so that what is said is what happens.
4. ``dark``: whether all runs of a subject are lost, which share a term's luck.

Pure functions over arrays; no database.
"""

from registry.coordination.forecast.dark import goes_dark
from registry.coordination.forecast.model import Model, below_minimum, learn
from registry.coordination.forecast.runs import HORIZONS, Forecast, OpenRun, PastRun, as_seen

__all__ = ["HORIZONS", "Forecast", "Model", "OpenRun", "PastRun", "as_seen", "below_minimum", "goes_dark", "learn"]
