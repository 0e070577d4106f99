"""PRV302: Done is a claim; policy says how far the evidence behind it must reach."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_prevention.ladder import HIGHEST_EXAMINED, standing
from pytest_prevention.model import Action, Facts, Hit, Rung, Standing, Status, Unavailable, Unchecked, available
from pytest_prevention.policy import Demand, Policy
from pytest_prevention.rules.base import Rule, hit_on


def check(facts: Facts, policy: Policy) -> Iterator[Hit | Unchecked]:
    for action in available(facts.backlog).actions:
        demand = policy.demanded(action)
        if demand is None or action.status is Status.DROPPED:
            continue
        stands = standing(action, facts, policy)
        if (stands.rung or stands.at_least) >= demand.require:
            continue
        unknown = stands.why_unknown if demand.require <= stands.at_most else None
        unknown = unknown or _out_of_sight(action, stands, demand)
        if unknown:
            yield Unchecked(action.key, unknown)
        else:
            yield hit_on(
                action,
                f"stands on the rung {stands.rung} ({stands.reason}), "
                f"and policy demands {demand.require} (evidence[{demand.index}]).",
                stands.next_step or f"bring evidence for the rung {demand.require}",
            )


def _out_of_sight(action: Action, stands: Standing, demand: Demand) -> Unavailable | None:
    """Why nothing can be said against an action that stands as high as this version can look, if it does."""
    highest = HIGHEST_EXAMINED.get(action.category, Rung.LINKED)
    if stands.rung != highest:
        return None
    return Unavailable(
        f"nothing here examines whether a {action.category} action is {demand.require}",
        f"set evidence[{demand.index}].require to {highest} in the policy, or install an evidence source that can tell",
    )


RULE = Rule(
    "PRV302",
    "evidence-below-policy",
    "The evidence for an action stands at least on the rung that policy demands.",
    check,
)
