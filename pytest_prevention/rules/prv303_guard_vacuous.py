"""PRV303: a test that asserts nothing passes whatever the code does, short of a crash."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from pytest_prevention.model import Facts, Hit, Link, Unavailable, Unchecked, available
from pytest_prevention.policy import Policy
from pytest_prevention.rules.base import Rule
from pytest_prevention.rules.guards import function_of, most_urgent, urgencies

# A limit of looking without running, which nobody can lift: it does not keep the gate from being kept.
OUT_OF_SIGHT = Unavailable(
    "what it asserts, if anything, stands where the syntax tree cannot see it",
    "assert in the test itself, or in a function whose name begins with assert",
    by_design=True,
)


def check(facts: Facts, policy: Policy) -> Iterator[Hit | Unchecked]:
    urgency = urgencies(available(facts.backlog))
    functions: dict[str, list[Link]] = defaultdict(list)
    for link in available(facts.links).links:
        functions[function_of(link.nodeid)].append(link)
    for function, links in functions.items():
        seen = {link.asserts for link in links}
        if False in seen:
            incidents = " and ".join(sorted({link.incident for link in links}))
            yield Hit(
                function,
                min(link.location for link in links),
                f"The guard of {incidents} asserts nothing.",
                "assert what users must see again, for example: assert response.status_code == 400",
                most_urgent(links, urgency),
            )
        elif True not in seen:
            yield Unchecked(function, OUT_OF_SIGHT)


RULE = Rule("PRV303", "guard-vacuous", "Every test that guards an incident asserts something.", check)
