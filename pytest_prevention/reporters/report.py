"""What every reporter is given, and the few questions that all of them ask of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from pytest_prevention import loop
from pytest_prevention.exceptions import MissingSource
from pytest_prevention.indicators import Indicators, measure
from pytest_prevention.loop import Gap, Loop
from pytest_prevention.model import Action, Facts, Finding, Level, State, Unavailable, Verdict
from pytest_prevention.patterns import Patterns, recognise
from pytest_prevention.phrases import counted
from pytest_prevention.policy import Policy


@dataclass(frozen=True)
class Report:
    """Facts, policy and, where the gate was asked, its verdict. ``name`` is that of the project, for the heading."""

    facts: Facts
    policy: Policy
    verdict: Verdict | None = None
    name: str = ""

    @cached_property
    def indicators(self) -> Indicators:
        return measure(self.facts, self.policy)

    @cached_property
    def patterns(self) -> Patterns:
        return recognise(self.facts, self.policy)

    @cached_property
    def loops(self) -> tuple[Loop, ...] | Unavailable:
        """Where each incident stands, in the order of the records."""
        try:
            return loop.loops(self.facts, self.policy)
        except MissingSource as missing:
            return missing.unavailable

    @cached_property
    def next_steps(self) -> tuple[Gap, ...]:
        """What keeps incidents in their stage, the most urgent first."""
        found = () if isinstance(self.loops, Unavailable) else self.loops
        steps = [(_urgency(one, gap), gap) for one in found for gap in one.missing]
        return tuple(gap for _, gap in sorted(steps, key=lambda step: step[0]))

    @cached_property
    def actions(self) -> dict[str, Action]:
        """All actions by key."""
        backlog = self.facts.backlog
        return {} if isinstance(backlog, Unavailable) else {action.key: action for action in backlog.actions}

    @property
    def tests_ran(self) -> bool:
        return not isinstance(self.facts.run, Unavailable)

    @property
    def strays(self) -> tuple[Action, ...]:
        """Actions of incidents that have no record; no incident's table shows them."""
        if isinstance(self.facts.incidents, Unavailable):
            return ()
        known = self.facts.incidents.by_id()
        return tuple(action for action in self.actions.values() if action.incident not in known)


def _urgency(one: Loop, gap: Gap) -> tuple[bool, str, bool, date, str]:
    """What is known to be missing comes before what nobody could examine.

    A SEV1 ranks with the P1 actions, before them: it has none of its own yet. Among actions what is due first.
    """
    if gap.action is None:
        return False, (one.incident.severity or "SEV1")[-1], False, date.min, gap.subject
    return not gap.examined, gap.action.judged_priority[-1], True, gap.action.due or date.max, gap.subject


def split_step(step: str) -> tuple[str, str]:
    """A next step in words, and what to paste: all that follows its first colon; empty where there is none.

    ``above its test, paste: @pytest.mark.incident("INC-001")`` is how rules write one.
    """
    words, _, paste = step.partition(": ")
    return words, paste


@dataclass(frozen=True, slots=True)
class Unjudged:
    """Rules that could not look at everything for one and the same reason.

    ``rules`` pairs each code with the subjects that it left out; none: all of them.
    """

    reason: str
    remedy: str
    by_design: bool
    rules: tuple[tuple[str, tuple[str, ...]], ...]


def unjudged(verdict: Verdict) -> tuple[Unjudged, ...]:
    """What was not checked, by reason; first what nobody chose to leave out."""
    groups: dict[Unavailable, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for result in verdict.results:
        for gap in result.unchecked:
            groups[gap.why][result.code] += [gap.subject] if gap.subject else []
    return tuple(
        Unjudged(
            why.reason, why.remedy, why.by_design, tuple((code, tuple(subjects)) for code, subjects in rules.items())
        )
        for why, rules in sorted(groups.items(), key=lambda group: group[0].by_design)
    )


def tolerated(verdict: Verdict) -> tuple[Finding, ...]:
    """The findings that do not break the gate."""
    return tuple(finding for finding in verdict.findings if verdict.fail_on is None or finding.level < verdict.fail_on)


def closing(verdict: Verdict) -> str:
    """The verdict in words: ``2 findings break the gate (2 errors), 1 warning, 3 notes``."""
    failing = len(verdict.failing)
    rest = _levels(finding.level for finding in tolerated(verdict))
    if verdict.state is State.BROKEN:
        verb = "breaks" if failing == 1 else "break"
        head = (
            f"{counted(failing, 'finding')} {verb} the gate ({_levels(finding.level for finding in verdict.failing)})"
        )
    elif verdict.state is State.NOT_CHECKED:
        head = f"no finding breaks the gate, but {counted(len(verdict.blind), 'rule')} could not be checked"
    else:
        head = f"no finding breaks the gate ({counted(len(verdict.results), 'rule')})"
    return f"{head}, {rest}" if rest else head


def _levels(levels: Iterable[Level]) -> str:
    found = list(levels)
    counts = [(level, found.count(level)) for level in sorted(set(found), reverse=True)]
    return ", ".join(counted(count, str(level)) for level, count in counts)
