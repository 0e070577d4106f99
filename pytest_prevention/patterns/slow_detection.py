"""Pattern: detection is always slow, or it is the customers who detect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from pytest_prevention.indicators import time_to
from pytest_prevention.indicators.figures import Bounds, bounds
from pytest_prevention.indicators.window import observed
from pytest_prevention.model import Facts, Incident
from pytest_prevention.patterns.chance import Word, carries, word
from pytest_prevention.policy import Policy
from pytest_prevention.statistics import Interval, binomial_greater, clopper_pearson, least_for_share, quantile, wilson


@dataclass(frozen=True, slots=True, kw_only=True)
class Customers:
    """Customers were the first to know of ``detected`` incidents (``ids``), ``of`` those that say who was.

    ``interval`` of the share is the exact one; ``wilson`` is shorter.
    """

    detected: int
    of: int
    ids: tuple[str, ...]
    share: float | None
    reason: str
    interval: Bounds
    wilson: Bounds


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowDetection:
    """``slow`` incidents (``ids``) were detected later than ``target_minutes``, ``of`` those whose time is known.

    ``flagged``: their median did, or customers detected half of the incidents or more, where there are as many as
    policy asks for. ``p``: one-sided, of "no more than half are slow"; ``lower_bound``: at least this share is, with
    one-sided confidence. With fewer incidents than ``needed`` not even all could show it. ``unknown``: incidents
    without both stamps.
    """

    target_minutes: float
    slow: int
    of: int
    ids: tuple[str, ...]
    median: float | None
    p: float | None
    lower_bound: float | None
    reason: str
    customers: Customers
    unknown: tuple[str, ...]
    flagged: bool
    needed: int | None
    verdict: Word


@lru_cache(maxsize=1)
def measure(facts: Facts, policy: Policy) -> SlowDetection:
    """Over the incidents in the observed time; MissingSource without incidents."""
    told = policy.tree["patterns"]["slow_detection"]
    target, enough = told["target_minutes"], told["incidents"]
    incidents = observed(facts, policy)
    times = time_to.measure(time_to.DETECT, facts, policy).values
    minutes = {one.id: times[one.id] for one in incidents if one.id in times}
    slow, n = tuple(id_ for id_, value in minutes.items() if value > target), len(minutes)
    median = quantile(list(minutes.values()), 0.5) if minutes else None
    p = binomial_greater(len(slow), n, 0.5) if minutes else None
    needed = least_for_share(0.5, policy.level)
    bound = clopper_pearson(len(slow), n, 1 - 2 * policy.level)
    customers = _customers(incidents, policy)
    return SlowDetection(
        target_minutes=target,
        slow=len(slow),
        of=n,
        ids=slow,
        median=median,
        p=p,
        lower_bound=bound.low if isinstance(bound, Interval) else None,
        reason="" if minutes else "no incident has both started_at and detected_at",
        customers=customers,
        unknown=tuple(one.id for one in incidents if one.id not in minutes),
        flagged=(median is not None and median > target and n >= enough)
        or (customers.of >= enough and 2 * customers.detected >= customers.of),
        needed=needed,
        verdict=word(1.0 if p is None else p, policy.level, enough=carries(n, needed)),
    )


def _customers(incidents: Sequence[Incident], policy: Policy) -> Customers:
    known = [one for one in incidents if one.detected_by]
    ids = tuple(one.id for one in known if one.detected_by == "customer")
    return Customers(
        detected=len(ids),
        of=len(known),
        ids=ids,
        share=len(ids) / len(known) if known else None,
        reason="" if known else "no incident says who detected it (detected_by)",
        interval=bounds(clopper_pearson(len(ids), len(known), policy.confidence), "incident"),
        wilson=bounds(wilson(len(ids), len(known), policy.confidence), "incident"),
    )
