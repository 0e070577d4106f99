"""Everything that a verdict rests on, in one frozen value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeVar

from pytest_prevention.exceptions import MissingSource
from pytest_prevention.model.alert import Alerts, AlertTrial
from pytest_prevention.model.backlog import Backlog
from pytest_prevention.model.changes import Changes
from pytest_prevention.model.code_changes import CodeChanges
from pytest_prevention.model.coverage import Coverage
from pytest_prevention.model.document import Documents
from pytest_prevention.model.finding import Standing
from pytest_prevention.model.history import History
from pytest_prevention.model.incident import Incidents
from pytest_prevention.model.link import Links
from pytest_prevention.model.place import Location, Unavailable
from pytest_prevention.model.proof import FixedLines, Proofs
from pytest_prevention.model.run import Run

T = TypeVar("T")

NO_RUN = Unavailable(
    "no tests were run here",
    "run pytest --prevention, or hand in a run: prevention check --evidence FILE",
    by_design=True,
)

NO_COVERAGE = Unavailable("no coverage was measured", "pytest --prevention --cov", by_design=True)
NO_DEPLOYS = Unavailable("policy does not say where deploys stand", "see docs/policy.md: deploys", by_design=True)
NO_DATA_CHANGES = Unavailable(
    "policy does not say which files change data", "see docs/policy.md: data_changes", by_design=True
)
NO_CODE_CHANGES = Unavailable("no Code action asks for commits", by_design=True)
NO_ALERTS = Unavailable("no file with alert rules was found", "see docs/policy.md, Alert rules", by_design=True)
NOT_TRIED = Unavailable(
    "its rule unit tests were not run here", "run them: prevention evidence, with the incident's id", by_design=True
)
NO_DOCUMENTS = Unavailable("no Process action asks for documents", by_design=True)
NO_HISTORY = Unavailable("no git history was read", by_design=True)


def available(source: T | Unavailable) -> T:
    """The value of a source; where there is none, MissingSource, which the gate turns into *not checked: why*."""
    if isinstance(source, Unavailable):
        raise MissingSource(source)
    return source


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Facts:
    """Same facts, same policy, same verdict. ``as_of`` is aware and in UTC: nothing else knows what time it is.

    They equal only themselves, so that what several rules and the report work out of them is kept.

    ``since`` is the first day that indicators and patterns look at, where somebody asked for one; rules judge all time.
    """

    as_of: datetime
    since: date | None = None
    incidents: Incidents | Unavailable = field(default_factory=Incidents)
    backlog: Backlog | Unavailable = field(default_factory=Backlog)
    links: Links | Unavailable = field(default_factory=Links)
    run: Run | Unavailable = NO_RUN
    history: History | Unavailable = NO_HISTORY
    deploys: Changes | Unavailable = NO_DEPLOYS
    data_changes: Changes | Unavailable = NO_DATA_CHANGES
    coverage: Coverage | Unavailable = NO_COVERAGE
    code_changes: CodeChanges | Unavailable = NO_CODE_CHANGES
    documents: Documents | Unavailable = NO_DOCUMENTS
    alerts: Alerts | Unavailable = NO_ALERTS
    alert_trials: Mapping[Location, tuple[AlertTrial, ...] | Unavailable] = field(default_factory=dict)
    """What rule unit tests show of those alert rules that were tried, by the place of the rule."""
    fixes: Mapping[str, FixedLines | Unavailable] = field(default_factory=dict)
    """Where the fix of each incident stands today; read only where a run measured what its guards execute."""
    proofs: Proofs = field(default_factory=Proofs)
    standings: tuple[Standing, ...] = ()
    """What other people's evidence sources say of actions (see hookspecs)."""
