"""What data can carry: intervals and tests for small numbers, by the standard library alone.

Pure functions, one topic a module. What the data cannot carry is :class:`NotEnough`, never a 0 or a 100 %: it is said
exactly where even the most extreme outcome could not reach the level. Held against scipy, lifelines and statsmodels by
``tests/statistics``.
"""

from pytest_prevention.statistics.enough import CONFIDENCE, AllEqual, Interval, NotEnough
from pytest_prevention.statistics.medians import MedianInterval, median_interval, quantile
from pytest_prevention.statistics.rates import compare_rates, garwood
from pytest_prevention.statistics.shares import binomial_greater, clopper_pearson, least_for_share, wilson
from pytest_prevention.statistics.survival import Curve, Step, kaplan_meier
from pytest_prevention.statistics.tables import fisher, holm
from pytest_prevention.statistics.trends import Kendall, kendall, theil_sen

__all__ = [
    "CONFIDENCE",
    "AllEqual",
    "Curve",
    "Interval",
    "Kendall",
    "MedianInterval",
    "NotEnough",
    "Step",
    "binomial_greater",
    "clopper_pearson",
    "compare_rates",
    "fisher",
    "garwood",
    "holm",
    "kaplan_meier",
    "kendall",
    "least_for_share",
    "median_interval",
    "quantile",
    "theil_sen",
    "wilson",
]
