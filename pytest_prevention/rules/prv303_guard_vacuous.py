"""PRV303: a test that asserts nothing passes whatever the code does, short of a crash."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from pytest_prevention.model import Facts, Hit, Link, Unchecked, available
from pytest_prevention.policy import Policy
from pytest_prevention.rules.base import Rule
from pytest_prevention.rules.guards import function_of, urgencies


def check(facts: Facts, policy: Policy) -> Iterator[Hit | Unchecked]:
    urgency = urgencies(available(facts.backlog))
    vacuous: dict[str, list[Link]] = defaultdict(list)
    for link in available(facts.links).links:
        if link.asserts is False:
            vacuous[function_of(link.nodeid)].append(link)
    for function, links in sorted(vacuous.items()):
        incidents = " and ".join(sorted({link.incident for link in links}))
        yield Hit(
            function,
            min(link.location for link in links),
            f"The guard of {incidents} asserts nothing: no assert, no pytest.raises, no assert method.",
            "assert what users must see again, for example: assert response.status_code == 400",
            min((urgency[key] for link in links if (key := (link.incident, link.action)) in urgency), default=None),
        )


RULE = Rule("PRV303", "guard-vacuous", "Every test that guards an incident asserts something.", check)
