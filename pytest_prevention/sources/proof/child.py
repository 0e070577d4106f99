"""The pytest plugin of a proof: runs the guards and few other tests, and writes down what becomes of them, at once.

A copy of this file, with ``job.json`` beside it, is all that the other process gets: it can import nothing of ours,
since the tree under proof may hold a package of the same name. Each line of the file of records is one JSON list:

- ``["start", nodeid]``, ``["stop"]``: a test begins, and ends;
- ``["seen", nodeid, phase, outcome, kind, message, seconds]``, the fields of ``model.proof.Seen``;
- ``["origin", path, file]``: the module of this source file, by its path in the tree, was loaded from that file;
- ``["memory", bytes]``: the address space that the process took at most, where no other process did its work;
- ``["finish", status]``: the session came to its end, not interrupted, with pytest's exit status.
"""

from __future__ import annotations

import json
import os
import sys
from argparse import Namespace
from collections import defaultdict
from collections.abc import Generator, Iterable
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any

from pluggy import HookimplMarker

hookimpl = HookimplMarker("pytest")

MESSAGE_CHARACTERS = 500
OURS = ("prevention", "pytest_prevention.plugin")
"""The names under which our own plugin may be loaded: by its entry point, or by ``-p``."""
MARKER = "incident(*ids, action=None): this test guards against a recurrence of these incidents"

NEUTRAL: dict[str, object] = {
    # pytest: what failed in the run before must not count, and the first red must not end this one
    "lf": False,
    "failedfirst": False,
    "newfirst": False,
    "stepwise": False,
    "maxfail": 0,
    "continue_on_collection_errors": True,
    "usepdb": False,
    "trace": False,
    "color": "no",
    # pytest-xdist
    "numprocesses": 0,
    "dist": "no",
    "distload": False,
    "tx": [],
    # pytest-cov
    "no_cov": True,
    # pytest-rerunfailures; a test that is marked flaky stays so
    "reruns": 0,
    # pytest-randomly
    "randomly_reorganize": False,
    "randomly_seed": 0,
}
"""Options, by the names that their plugins give them, and the values with which two runs are alike.

They are set once all options are parsed, and only where a plugin has them and they were given or have a default: the
project's ``addopts`` stay valid, while ``-p no:NAME`` or an option of a plugin that is absent would be a usage error.
"""


def neutralise(options: Namespace) -> None:
    for name, value in NEUTRAL.items():
        if getattr(options, name, None) is not None:
            setattr(options, name, value)


def covers(prefix: str, nodeid: str) -> bool:
    """As ``model.link.covers``."""
    return nodeid == prefix or (nodeid.startswith(prefix) and nodeid[len(prefix) :].startswith(("[", "::")))


def canaries(nodeids: Iterable[str], count: int) -> set[str]:
    """Up to ``count`` tests of each file: one case of every function before another one of any.

    Which ones, digests of their names decide, so that trees that have the same tests run the same ones.
    """
    cases: dict[str, list[str]] = defaultdict(list)
    for nodeid in sorted(set(nodeids), key=digest):
        cases[nodeid.partition("[")[0]].append(nodeid)
    turns: dict[str, list[tuple[int, bytes, str]]] = defaultdict(list)
    for function, all_of_it in cases.items():
        turns[function.partition("::")[0]] += [(turn, digest(one), one) for turn, one in enumerate(all_of_it)]
    return {nodeid for of_a_file in turns.values() for _, _, nodeid in sorted(of_a_file)[:count]}


def digest(nodeid: str) -> bytes:
    return sha256(nodeid.encode("utf-8", "surrogatepass")).digest()


@hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: Any) -> Generator[None, Any, Any]:
    """The first hook of a run, before pytest-cov's, which reads the options here."""
    job = json.loads(Path(__file__).with_name("job.json").read_text("utf-8"))
    neutralise(early_config.known_args_namespace)
    early_config.pluginmanager.register(Recorder(job), "prevention-recorder")
    return (yield)


def peak_of_addresses() -> int | None:
    """In bytes; None where it is not known, or not the whole: a child may have taken more."""
    try:
        import resource

        if resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss:
            return None
        status = Path("/proc/self/status").read_text("ascii", "replace").splitlines()
        (line,) = (line for line in status if line.startswith("VmPeak:"))
        return int(line.split()[1]) << 10
    except (ImportError, OSError, ValueError):
        return None


class Recorder:
    """Keeps of the collected tests those that are asked for, and streams what is seen.

    ``job`` is what ``workspace.Workspace.furnish`` wrote.
    """

    def __init__(self, job: dict[str, Any]) -> None:
        self.guards, self.others, self.done = job["guards"], job["others"], frozenset(job["done"])
        self.by_file = {file: path for path, (file, _) in job["watch"].items()}
        self.by_name = {name: path for path, (_, name) in job["watch"].items()}
        self.stubs = stubs_of(job["stubs"])
        self.looked_at: set[str] = set()
        self.process = os.getpid()
        self.interrupted = False
        # Open all the time: tests replace open() and os with fakes.
        self.stream = open(job["records"], "ab", buffering=0)  # noqa: SIM115, PTH123

    def write(self, *record: object) -> None:
        """One line at once; what a test forks off has nothing to say."""
        if os.getpid() == self.process:
            self.stream.write(json.dumps(record).encode("ascii") + b"\n")

    @hookimpl(wrapper=True)
    def pytest_cmdline_main(self, config: Any) -> Generator[None, Any, Any]:
        """Between parsing and configuring: our own plugin has declared its options, and goes before it judges."""
        neutralise(config.option)
        for name in OURS:
            if config.pluginmanager.has_plugin(name):
                config.pluginmanager.unregister(name=name)
        config.addinivalue_line("markers", MARKER)
        return (yield)

    @hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[Any]) -> Generator[None, Any, Any]:
        """Around all others, which may deselect; the project's own ``-m`` and conftest are among them."""
        guards = [item.nodeid for item in items if self.is_guard(item)]
        result = yield
        left = {item.nodeid for item in items}
        for nodeid in guards:
            if nodeid not in left:
                self.write("seen", nodeid, "collect", "deselected", "", "", 0.0)
        wanted = canaries((item.nodeid for item in items if not self.is_guard(item)), self.others).union(guards)
        items[:] = [item for item in items if item.nodeid in wanted - self.done]
        self.look_for_origins()
        return result

    def is_guard(self, item: Any) -> bool:
        return any(covers(guard, item.nodeid) for guard in self.guards)

    def pytest_exception_interact(self, call: Any, report: Any) -> None:
        """The only place where pytest hands out what was raised while a file was collected."""
        if report.when == "collect":
            report.prevention_raised = raised(call.excinfo.value, report)

    def pytest_collectreport(self, report: Any) -> None:
        if report.passed:
            return
        kind, message = getattr(report, "prevention_raised", ("Skipped" if report.skipped else "", printed(report)))
        self.write("seen", report.nodeid.partition("::")[0], "collect", report.outcome, kind, message, 0.0)

    @hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self, call: Any) -> Generator[None, Any, Any]:
        report = yield
        if call.excinfo is not None:
            report.prevention_raised = raised(call.excinfo.value, report)
            absent = self.stubs.spoiled(call.excinfo.value) if self.stubs else None
            if absent is not None:
                report.prevention_raised = ("AbsentName", absent)
        return report

    @hookimpl(tryfirst=True)
    def pytest_runtestloop(self) -> None:
        if self.stubs:
            self.stubs.end()

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        if self.stubs:
            self.stubs.touched = None
        self.write("start", nodeid)

    def pytest_runtest_logfinish(self) -> None:
        self.write("stop")

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Not when it is made: what a plugin runs again is reported as such only here."""
        self.look_for_origins()
        outcome = outcome_of(report)
        if outcome in ("passed", "failed", "skipped", "xfailed", "xpassed"):
            kind, message = getattr(report, "prevention_raised", ("", "" if report.passed else printed(report)))
            self.write("seen", report.nodeid, report.when, outcome, kind, message, report.duration)

    def pytest_keyboard_interrupt(self) -> None:
        """Also ``pytest.exit()``, which may name any status."""
        self.interrupted = True

    @hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, exitstatus: int) -> Generator[None, Any, Any]:
        self.look_for_origins()
        if not self.interrupted:
            if (peak := peak_of_addresses()) is not None:
                self.write("memory", peak)
            self.write("finish", int(exitstatus))
        return (yield)

    def pytest_unconfigure(self) -> None:
        self.stream.close()

    def look_for_origins(self) -> None:
        """Which watched files the modules come from that were imported since: a run that hangs must have told it."""
        for name in sys.modules.keys() - self.looked_at:
            self.looked_at.add(name)
            file = file_of(sys.modules.get(name))
            path = self.by_file.get(file) or self.by_name.get(name)
            if path and file:
                self.write("origin", path, file)


def stubs_of(settings: dict[str, Any] | None) -> Any:
    """Those of the file beside this one, at work from now on; None where there are to be none."""
    if settings is None:
        return None
    stubs = import_module("prevention_proof_stubs").Stubs(**settings)
    stubs.install()
    return stubs


def file_of(module: object) -> str:
    """The ``__file__`` of what stands in ``sys.modules``, without waking a lazy module; empty where it has none."""
    try:
        file = object.__getattribute__(module, "__dict__").get("__file__")
    except AttributeError:
        return ""
    return file if isinstance(file, str) else ""


def outcome_of(report: Any) -> str:
    """The word of ``model.proof.Seen``; any other where a plugin made up one of its own (``rerun``)."""
    if report.failed and isinstance(report.longrepr, str) and report.longrepr.startswith("[XPASS(strict)]"):
        return "xpassed"
    if hasattr(report, "wasxfail"):
        return {"skipped": "xfailed", "passed": "xpassed"}.get(report.outcome, "failed")
    return str(report.outcome)


def raised(error: BaseException, report: Any) -> tuple[str, str]:
    """The type of an exception and the first line of what it says; of a failed import the error behind pytest's own."""
    if type(error).__name__ == "CollectError" and error.__cause__ is not None:
        error = error.__cause__
    try:
        message = getattr(report.longrepr, "errorstring", "") or str(
            error
        )  # pytest's own, of a fixture that is missing
    except Exception:  # noqa: BLE001 - the project's own code
        message = printed(report)
    return type(error).__name__, first_line(message)


def printed(report: Any) -> str:
    """What pytest prints of it; where it was skipped, the reason."""
    if isinstance(report.longrepr, tuple):
        return first_line(report.longrepr[2].removeprefix("Skipped: "))
    return first_line(str(report.longrepr))


def first_line(text: str) -> str:
    return text.strip().partition("\n")[0][:MESSAGE_CHARACTERS]
