"""From test reports to outcomes: the worst that happened to each node id, and why a run was not the whole of it.

Nothing here knows pytest's classes; the adapter hands in plain values.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pytest_prevention.model import Lines, Link, Location, Outcome, Problem, Record, Run, Unavailable, united, worst
from pytest_prevention.model.link import Origin
from pytest_prevention.model.mark import MarkError, read_mark


def outcome_of(phase: str, result: str, *, expected_to_fail: bool) -> Outcome | None:
    """The outcome that one report stands for; None where it says nothing (a setup that went well).

    ``phase`` is setup, call or teardown (anything else: the worker died), ``result`` pytest's word, and
    ``expected_to_fail`` whether the report carries ``wasxfail``.
    """
    if phase not in ("setup", "call", "teardown"):
        return Outcome.CRASHED
    if result == "failed":
        return Outcome.FAILED if phase == "call" else Outcome.ERROR
    if result == "skipped":
        return Outcome.XFAILED if expected_to_fail else Outcome.SKIPPED
    if result == "passed" and phase == "call":
        return Outcome.XPASSED if expected_to_fail else Outcome.PASSED
    return None


Mark = tuple[str, int | None, str, str, int]
"""A link in plain data: incident, action, node id, path, line."""

Uses = Iterable[tuple[Sequence[object], Mapping[str, object]]]
"""Uses of the marker: positional and keyword arguments."""


@dataclass(slots=True)
class Collected:
    """What one process saw of the tests before and after deselection; plain data, for xdist workers send it home."""

    guards: dict[str, str] = field(default_factory=dict)
    """Node id → ``not run`` or ``deselected``, for each test that a mark or an Evidence cell links."""
    marks: list[Mark] = field(default_factory=list)
    """The links that marks make."""
    malformed: list[tuple[str, int, str]] = field(default_factory=list)
    """Marks that are no links, as path, line, what is wrong."""
    deselected: int = 0
    skipped: dict[str, str] = field(default_factory=dict)
    """Node id of a module or class that was skipped as a whole → why."""
    executed: Mapping[str, Lines] = field(default_factory=dict)
    """What linked tests executed of the files that fixes touched, by node id."""
    unmeasured: list[tuple[str, str, bool]] = field(default_factory=list)
    """Why others were not measured: the fields of :class:`Unavailable`."""

    def add(self, nodeid: str, uses: Uses, path: str, line: int) -> set[str]:
        """Take in the marks of one test; the incidents that they link it to."""
        incidents: set[str] = set()
        for args, kwargs in uses:
            try:
                ids, action = read_mark(args, kwargs)
            except MarkError as error:
                self.malformed.append((path, line, str(error)))
                continue
            incidents.update(ids)
            self.marks += [(incident, action, nodeid, path, line) for incident in ids]
        return incidents

    def problems(self) -> tuple[Problem, ...]:
        hint = 'write @pytest.mark.incident("INC-001")'
        return tuple(
            Problem(Location(path, line), "mark-malformed", path, f"the incident mark {message}", hint)
            for path, line, message in self.malformed
        )


def _links(marks: Iterable[Mark], origin: Origin) -> Iterator[Link]:
    return (Link(who, nodeid, Location(path, line), origin, action) for who, action, nodeid, path, line in marks)


@dataclass(slots=True)
class Recorder:
    """What the reports of one session showed so far, worst-of per node id."""

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    details: dict[str, str] = field(default_factory=dict)
    rerun: set[str] = field(default_factory=set)
    marks: set[Mark] = field(default_factory=set)
    """Marks that a test carried when it ended."""

    def see(
        self,
        nodeid: str,
        phase: str,
        result: str,
        *,
        seconds: float = 0.0,
        expected_to_fail: bool = False,
        detail: str = "",
        marks: Iterable[Mark] = (),
    ) -> None:
        """Take in one report; see :func:`outcome_of` for the words. ``rerun`` is the result of pytest-rerunfailures."""
        self.seconds[nodeid] = self.seconds.get(nodeid, 0.0) + seconds
        self.marks.update(marks)
        if result == "rerun":
            self.rerun.add(nodeid)
            return
        outcome = outcome_of(phase, result, expected_to_fail=expected_to_fail)
        if outcome is None:
            return
        self.outcomes[nodeid] = worst(self.outcomes.get(nodeid, outcome), outcome)
        if detail and self.outcomes[nodeid] is outcome:
            self.details[nodeid] = detail

    def record(self, nodeid: str, otherwise: Outcome) -> Record:
        """The record of one node id; ``otherwise`` is what became of it where no report came."""
        outcome = self.outcomes.get(nodeid, otherwise)
        if outcome is Outcome.PASSED and nodeid in self.rerun:
            outcome = Outcome.FLAKY
        return Record(nodeid, outcome, round(self.seconds.get(nodeid, 0.0), 6), self.details.get(nodeid, ""))

    def run(self, collected: Collected, gaps: Iterable[Unavailable], arguments: Iterable[str]) -> Run:
        """The session as a value. A mark that was not there at collection is *dynamic*."""
        added = sorted(self.marks - set(collected.marks), key=str)
        guards = {nodeid: Outcome(word) for nodeid, word in collected.guards.items()}
        guards.update((mark[2], Outcome.NOT_RUN) for mark in added if mark[2] not in guards)
        return Run(
            records={nodeid: self.record(nodeid, otherwise) for nodeid, otherwise in sorted(guards.items())},
            links=(*_links(collected.marks, "mark"), *_links(added, "dynamic")),
            problems=collected.problems(),
            skipped=dict(sorted(collected.skipped.items())),
            gaps=tuple(gaps),
            arguments=tuple(arguments),
            executed=Unavailable(*collected.unmeasured[0])
            if collected.unmeasured and not collected.executed
            else collected.executed,
        )


def combined(seen: Iterable[Collected]) -> Collected:
    """What several workers saw: each collects the same tests."""
    result = Collected()
    for one in seen:
        result.guards.update(one.guards)
        result.marks += one.marks
        result.malformed += one.malformed
        result.deselected = max(result.deselected, one.deselected)
        result.skipped.update(one.skipped)
        result.executed = united([result.executed, one.executed])
        result.unmeasured += one.unmeasured
    return Collected(
        dict(sorted(result.guards.items())),
        list(dict.fromkeys(result.marks)),
        list(dict.fromkeys(result.malformed)),
        result.deselected,
        result.skipped,
        result.executed,
        result.unmeasured,
    )


SELECTIONS = {
    "keyword": ("-k",),
    "markexpr": ("-m",),
    "ignore": ("--ignore",),
    "ignore_glob": ("--ignore-glob",),
    "deselect": ("--deselect",),
    "lf": ("--last-failed", "--lf"),
    "stepwise": ("--stepwise", "--sw"),
    "pyargs": ("--pyargs",),
    "incident": ("--incident",),
}
"""pytest's (and our) options that leave tests out: destination → as people write them, the name first."""


def selection_gaps(
    chosen: Iterable[str], arguments: Sequence[str], *, by_path: bool, deselected: int
) -> Iterator[Unavailable]:
    """Why this run could not see everything. ``chosen`` are the options that are set, ``arguments`` what was typed.

    What was typed is the choice of whoever runs pytest; what stands in ``addopts`` leaves tests out of every run.
    """
    typed = [SELECTIONS[name][0] for name in SELECTIONS if name in chosen and _typed(SELECTIONS[name], arguments)]
    always = [SELECTIONS[name][0] for name in SELECTIONS if name in chosen and not _typed(SELECTIONS[name], arguments)]
    if by_path:
        typed.append("a path argument")
    if not typed and not always and deselected:
        typed.append("a plugin")
    if typed:
        reason = f"not part of this run: {' and '.join(typed)} left tests out"
        yield Unavailable(reason, "run the whole suite: pytest --prevention", by_design=True)
    if always:
        reason = f"not part of any run: {' and '.join(always)} in addopts left tests out"
        yield Unavailable(reason, "run them too, and judge both: prevention check --evidence A.json --evidence B.json")


def _typed(spellings: Sequence[str], arguments: Sequence[str]) -> bool:
    """Whether an option stands in the arguments: ``-k x``, ``-kx``, ``--ignore x``, ``--ignore=x``."""
    return any(
        argument == name or argument.startswith(f"{name}=" if name.startswith("--") else name)
        for argument in arguments
        for name in spellings
    )
