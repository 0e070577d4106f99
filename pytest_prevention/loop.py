"""The prevention loop: incident → post-mortem → actions → implementation → verification. Where does each stand?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pytest_prevention.ladder import standing
from pytest_prevention.model import (
    Action,
    Category,
    Facts,
    Incident,
    Link,
    Links,
    Location,
    Rung,
    Standing,
    Status,
    Unavailable,
    available,
)
from pytest_prevention.phrases import is_over, named, titled
from pytest_prevention.policy import Policy


class Stage(StrEnum):
    """What an incident is waiting for. It stands in the first stage that is not behind it."""

    INCIDENT = "incident"
    POST_MORTEM = "post-mortem"
    ACTIONS = "actions"
    IMPLEMENTATION = "implementation"
    VERIFICATION = "verification"


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing that keeps an incident in its stage. ``what`` is a full sentence, ``next_step`` one thing to do.

    ``action`` is None where the gap concerns the incident as a whole. Not ``examined``: the evidence may be there, and
    nobody could look.
    """

    subject: str
    location: Location
    what: str
    next_step: str
    action: Action | None = None
    examined: bool = True


@dataclass(frozen=True, slots=True)
class Progress:
    """One action with the rung on which its evidence stands and the rung that it needs."""

    action: Action
    standing: Standing
    needs: Rung

    @property
    def rung(self) -> str:
        """The rung in words; *unknown* is neither the lower nor the higher one."""
        return str(self.standing.rung or f"{self.standing.at_least} or higher")

    @property
    def verified(self) -> bool:
        """Done, and the evidence is known to reach as far as needed."""
        return self.action.status is Status.DONE and (self.standing.rung or self.standing.at_least) >= self.needs


@dataclass(frozen=True, slots=True)
class Loop:
    """Where one incident stands. ``missing`` empty: the loop is closed."""

    incident: Incident
    stage: Stage
    missing: tuple[Gap, ...]
    actions: tuple[Progress, ...]
    guards: tuple[Link, ...]

    @property
    def closed(self) -> bool:
        return not self.missing


def progress(action: Action, facts: Facts, policy: Policy) -> Progress:
    """How far one action is. Where policy demands no rung it needs ``linked``: a bare claim verifies nothing."""
    demand = policy.demanded(action)
    return Progress(action, standing(action, facts, policy), demand.require if demand else Rung.LINKED)


def loops(facts: Facts, policy: Policy) -> tuple[Loop, ...]:
    """Where every incident stands, in the order of the records. MissingSource without incidents or a backlog."""
    backlog, incidents = available(facts.backlog), available(facts.incidents)
    known = incidents.by_id()
    guards = Links() if isinstance(facts.links, Unavailable) else facts.links
    return tuple(
        _loop(
            incident,
            tuple(progress(action, facts, policy) for action in backlog.of(incident.id)),
            guards.of(incident.id),
            policy,
        )
        for incident in incidents.records
        if known[incident.id] is incident  # of two records with one id the first
    )


def _loop(incident: Incident, actions: tuple[Progress, ...], guards: tuple[Link, ...], policy: Policy) -> Loop:
    exits = {
        Stage.INCIDENT: _ongoing(incident),
        Stage.POST_MORTEM: _without_postmortem(incident, policy),
        Stage.ACTIONS: _without_action(incident, actions),
        Stage.IMPLEMENTATION: _unfinished(actions),
        Stage.VERIFICATION: _unverified(actions),
    }
    stage = next((stage for stage, gaps in exits.items() if gaps), Stage.VERIFICATION)
    return Loop(incident, stage, exits[stage], actions, guards)


def _ongoing(incident: Incident) -> tuple[Gap, ...]:
    """Whoever has written the post-mortem has gone on, whatever the status says."""
    if is_over(incident) or incident.postmortem_at:
        return ()
    step = "when the cause is repaired, write into its record: status: resolved"
    return (_of_incident(incident, f"is {incident.status}, not resolved.", step),)


def _without_postmortem(incident: Incident, policy: Policy) -> tuple[Gap, ...]:
    """Policy says which severities need one; who leaves the severity out needs one too."""
    if (
        incident.postmortem_at
        or incident.is_postmortem
        or incident.severity not in {*policy.tree["postmortem_severities"], None}
    ):
        return ()
    step = "write it, and put the day into its record, in this form: postmortem_at: 2024-01-31"
    return (_of_incident(incident, "has no post-mortem.", step),)


def _without_action(incident: Incident, actions: tuple[Progress, ...]) -> tuple[Gap, ...]:
    if incident.no_action_reason or any(item.action.status is not Status.DROPPED for item in actions):
        return ()
    what = "has only dropped actions." if actions else "has no action in the backlog."
    step = "add a row for the test that would have caught it, or say in its record why not: no_action_reason: …"
    return (_of_incident(incident, what, step),)


def _of_incident(incident: Incident, what: str, next_step: str) -> Gap:
    return Gap(incident.id, incident.location, f"{titled(incident)} {what}", next_step)


def _unfinished(actions: tuple[Progress, ...]) -> tuple[Gap, ...]:
    return tuple(
        _of_action(item.action, f"is open, {_due(item.action)}.", _work_to_do(item))
        for item in actions
        if item.action.is_open
    )


def _work_to_do(item: Progress) -> str:
    """A Test action begins with the link: the mark fails the gate no longer, and the test is the work."""
    if item.action.category is Category.TEST and item.standing.rung is Rung.CLAIMED:
        return item.standing.next_step
    return "do it and write Done and the day into its row, or Dropped and the reason"


def _due(action: Action) -> str:
    return f"due {action.due}" if action.due else "without a due date"


def _unverified(actions: tuple[Progress, ...]) -> tuple[Gap, ...]:
    return tuple(
        _of_action(
            item.action,
            f"stands on the rung {item.rung} and must reach {item.needs}: {item.standing.reason}.",
            item.standing.next_step or f"bring evidence for the rung {item.needs}",
            examined=item.standing.why_unknown is None or item.needs > item.standing.at_most,
        )
        for item in actions
        if item.action.status is Status.DONE and not item.verified
    )


def _of_action(action: Action, what: str, next_step: str, *, examined: bool = True) -> Gap:
    return Gap(action.key, action.location, f"{named(action)} {what}", next_step, action, examined)
