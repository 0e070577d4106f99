"""pytest's side: a thin adapter, and the only module that imports pytest.

Idle (no option given) it registers the marker and explains failures of linked tests. Everything else is imported inside
the hooks that need it: a run that does not ask for it does not pay for it.
"""

from __future__ import annotations

import os
import shlex
import traceback
from collections.abc import Generator, Sequence
from dataclasses import astuple
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pytest_prevention.exceptions import PreventionError
    from pytest_prevention.model import Run, Unavailable
    from pytest_prevention.recording import Collected
    from pytest_prevention.session import Explainer, Project
    from pytest_prevention.sources.pytest_config import CollectionRules

MARKER = "incident(*ids, action=None): this test guards against a recurrence of these incidents (pytest-prevention)"
FINE = (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)
LOOKING = ("collectonly", "showfixtures", "show_fixtures_per_test", "cacheshow")
"""Options with which pytest only looks, and runs no test."""
JUDGEMENT = {"kept": "passed", "broken": "failed", "not checked": "could not judge"}
EXPLAINER: pytest.StashKey[Explainer] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("prevention", "prevention: does every incident end in a prevention that works?")
    add = group.addoption
    add("--prevention", action="store_true", help="run the tests, then judge the prevention backlog")
    add("--prevention-report", action="store_true", help="print indicators, open actions and what to do next")
    add("--prevention-report-file", metavar="PATH", help="write that report; format by suffix: .md, .json, .txt")
    add("--prevention-policy", metavar="FILE", help="policy to use instead of prevention-policy.yaml")
    add("--prevention-evidence", metavar="PATH", help="write what this run shows, for: prevention check --evidence")
    add("--prevention-as-of", metavar="DATE", help="judge as of this date (default: commit time of HEAD)")
    add("--prevention-prove", action="store_true", help="then prove its guards: do they fail without the fix?")
    add("--incident", action="append", metavar="ID", help="run only the tests that guard against this incident")
    parser.addini("prevention", "judge the prevention backlog on every run", type="bool", default=False)
    parser.addini("prevention_policy", "policy to use instead of prevention-policy.yaml", default="")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", MARKER)
    asked = Asked(config)
    if not asked.anything:
        return
    if hasattr(config, "workerinput"):
        watcher = Watcher(config, *config.workerinput["prevention"])
        config.pluginmanager.register(watcher, "prevention-watcher")
    else:
        config.pluginmanager.register(Controller(config, asked), "prevention-controller")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if call.excinfo is not None and report.failed:
        _explain(item, report)
    return report


def _explain(item: pytest.Item, report: pytest.TestReport) -> None:
    """Say in the failure section which incidents the test guards against; never at the cost of the failure itself."""
    uses = [(mark.args, mark.kwargs) for mark in item.iter_markers("incident")]
    if not uses and not (item.config.rootpath / "incidents").is_dir():
        return
    try:
        text = _explainer(item.config).text(item.nodeid, uses)
    except Exception as error:
        text = f"pytest-prevention cannot tell: {error!r}"
    if not text:
        return
    add_section = getattr(report.longrepr, "addsection", None)
    if add_section is not None:
        add_section("guards against", text)
    else:
        report.sections.append(("guards against", text))


def _explainer(config: pytest.Config) -> Explainer:
    if EXPLAINER not in config.stash:
        from pytest_prevention.session import Explainer

        config.stash[EXPLAINER] = Explainer.of(config.rootpath)
    return config.stash[EXPLAINER]


class Asked:
    """What the options and ini values ask for."""

    def __init__(self, config: pytest.Config) -> None:
        option = config.getoption
        self.judge: bool = option("prevention") or config.getini("prevention")
        self.report: bool = option("prevention_report")
        self.report_file: str | None = option("prevention_report_file")
        self.evidence: str | None = option("prevention_evidence")
        self.prove: bool = option("prevention_prove")
        self.policy = _policy(config)
        self.as_of: str | None = option("prevention_as_of")
        self.incidents: tuple[str, ...] = tuple(option("incident") or ())
        self.facts = bool(self.judge or self.report or self.report_file or self.evidence or self.prove)
        self.anything = self.facts or bool(self.incidents)


def _policy(config: pytest.Config) -> Path | None:
    """The policy named by option (from where pytest was started) or by ini value (from the ini file)."""
    if chosen := config.getoption("prevention_policy"):
        return config.invocation_params.dir / str(chosen)
    if chosen := config.getini("prevention_policy"):
        return (config.inipath.parent if config.inipath else config.rootpath) / str(chosen)
    return None


class Watcher:
    """Stands where the tests are: which are linked, which were left out, what they marked while running.

    ``named`` are the Evidence cells' links as (incident, node id prefix), ``wanted`` the incidents of ``--incident``,
    ``files`` those of which it is to be measured what linked tests execute (paths from the root).
    """

    def __init__(
        self, config: pytest.Config, named: list[tuple[str, str]], wanted: list[str], files: Sequence[str] = ()
    ) -> None:
        from pytest_prevention.recording import Collected

        self.config = config
        self.named: dict[str, set[str]] = {}
        for incident, prefix in named:
            self.named.setdefault(prefix, set()).add(incident)
        self.wanted = set(wanted)
        self.collected = Collected()
        if files:
            config.pluginmanager.register(Measuring(self, files), "prevention-measuring")

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> Generator[None, None, None]:
        everything = list(items)
        yield
        guarded = {id(item): self._guarded(item) for item in everything}
        if self.wanted:
            unwanted = [item for item in items if not guarded.get(id(item), set()) & self.wanted]
            items[:] = [item for item in items if guarded.get(id(item), set()) & self.wanted]
            if unwanted:
                self.config.hook.pytest_deselected(items=unwanted)
        left = set(map(id, items))
        for item in everything:
            if guarded[id(item)]:
                self.collected.guards[item.nodeid] = "not run" if id(item) in left else "deselected"
        self.collected.deselected = len(everything) - len(left)

    def _guarded(self, item: pytest.Item) -> set[str]:
        """The incidents that a test guards against, by its marks and by Evidence cells."""
        incidents = self._note(item, self.collected)
        if self.named:
            from pytest_prevention.model import prefixes

            incidents = incidents.union(*(self.named.get(prefix, ()) for prefix in prefixes(item.nodeid)))
        return incidents

    def _note(self, item: pytest.Item, into: Collected) -> set[str]:
        marks = [(mark.args, mark.kwargs) for mark in item.iter_markers("incident")]
        if not marks:
            return set()
        path, line, _ = item.location
        return into.add(item.nodeid, marks, path.replace("\\", "/"), (line or 0) + 1)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        if call.when == "teardown" and item.get_closest_marker("incident") is not None:
            from pytest_prevention.recording import Collected

            now = Collected()
            self._note(item, now)
            # an extra attribute of a report travels through pytest-xdist
            report.prevention_marks = now.marks  # type: ignore[attr-defined]
        return report

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.skipped:
            self.collected.skipped[report.nodeid] = _detail(report)

    def pytest_sessionfinish(self) -> None:
        if hasattr(self.config, "workeroutput"):
            self.config.workeroutput["prevention"] = astuple(self.collected)


class Measuring:
    """Has measured what linked tests execute, their fixtures included, for the watcher that knows them."""

    def __init__(self, watcher: Watcher, files: Sequence[str]) -> None:
        from pytest_prevention.sources.tracing import Tracing

        config = watcher.config
        self.collected = watcher.collected
        self.tracing = Tracing(config.rootpath, files, theirs=bool(config.getoption("cov_context", None)))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        if item.nodeid in self.collected.guards:
            self.tracing.start(item.nodeid)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self) -> Generator[None, None, None]:
        try:
            yield
        finally:
            self.tracing.stop()

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtestloop(self) -> Generator[None, object, object]:
        """Within the wrapper of pytest-cov, which closes its data."""
        try:
            return (yield)
        finally:
            self.collected.executed, gaps = self.tracing.executed()
            self.collected.unmeasured = [astuple(gap) for gap in gaps]


class Controller:
    """Stands where the session is reported: takes in what the watchers saw, has it judged, and speaks."""

    def __init__(self, config: pytest.Config, asked: Asked) -> None:
        from pytest_prevention.recording import Recorder

        self.config = config
        self.asked = asked
        self.recorder = Recorder()
        self.seen: list[Collected] = []
        self.gaps: list[Unavailable] = []
        self.output: list[tuple[str, str]] = []
        self.closing = ""
        self.project: Project | None = None
        self.session: pytest.Session | None = None
        self.finished = False
        self.code: pytest.ExitCode | None = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Read everything first: a policy that cannot be used must not cost a whole test run."""
        from pytest_prevention.exceptions import PreventionError

        self.session = session
        try:
            if self.asked.facts or (self.config.rootpath / "incidents").is_dir():
                self.project = self._read()
        except PreventionError as error:
            raise pytest.UsageError(_problems(error)) from None
        if self.config.getoption("dist", "no") == "no" or self.config.option.collectonly:
            watcher = Watcher(self.config, *self._looked_at())
            self.seen.append(watcher.collected)
            self.config.pluginmanager.register(watcher, "prevention-watcher")

    def _read(self) -> Project:
        from pytest_prevention.session import check_suffix, read_project

        project = read_project(
            self.config.rootpath,
            policy_file=self.asked.policy,
            as_of=self.asked.as_of,
            collection=_collection(self.config),
        )
        if self.asked.report_file:
            check_suffix(self.asked.report_file, project.reporters)
        return project

    def _path(self, text: str) -> Any:
        return self.config.invocation_params.dir / text

    def _looked_at(self) -> tuple[list[tuple[str, str]], list[str], list[str]]:
        """What a watcher is to know, in plain data: see there."""
        if self.project is None:
            return [], list(self.asked.incidents), []
        files = self.project.fixed_files() if self.asked.facts else ()
        return self.project.named(), list(self.asked.incidents), list(files)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        node.workerinput["prevention"] = self._looked_at()

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        from pytest_prevention.recording import Collected

        data = getattr(node, "workeroutput", {}).get("prevention")
        if data:
            self.seen.append(Collected(*data))
        else:
            self._gap("a worker process died and took what it had collected with it", "find what ends the process")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "call" and report.outcome == "passed" and not hasattr(report, "prevention_marks"):
            return  # two of three reports of every run: they say nothing, and are to cost nothing
        self.recorder.see(
            report.nodeid,
            str(report.when),
            report.outcome,
            seconds=report.duration if report.when == "call" else 0.0,
            expected_to_fail=hasattr(report, "wasxfail"),
            detail="" if report.passed else _detail(report),
            marks=getattr(report, "prevention_marks", ()),
        )

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self._gap(f"{report.nodeid or 'the suite'} could not be collected", "repair its import")

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        by = "pytest.exit()" if isinstance(excinfo.value, pytest.exit.Exception) else "an interruption"
        self._gap(f"the run was ended early by {by}", "let the run come to its end")

    def _gap(self, reason: str, remedy: str, *, by_design: bool = False) -> None:
        from pytest_prevention.model import Unavailable

        self.gaps.append(Unavailable(reason, remedy, by_design))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, None, None]:
        if self.project is not None and self.asked.facts:
            self._guarded(session, self.project)
        yield
        if self.closing and self._reporter is not None:
            self._reporter.write_line(self.closing, bold=True, red=session.exitstatus not in FINE)

    @property
    def _reporter(self) -> Any:
        return self.config.pluginmanager.get_plugin("terminalreporter")

    @property
    def _colour(self) -> bool:
        return self._reporter is not None and bool(self._reporter.hasmarkup)

    def _guarded(self, session: pytest.Session, project: Project) -> None:
        """Our own failure must not let a gate pass: what the user can mend is exit code 4, a crash of ours 3."""
        from pytest_prevention.exceptions import PreventionError

        try:
            self._finish(session, project)
        except PreventionError as error:
            self.code = pytest.ExitCode.USAGE_ERROR
            self.closing = _problems(error)
        except Exception:
            self.code = pytest.ExitCode.INTERNAL_ERROR
            self.closing = f"pytest-prevention crashed, nothing was judged; please report:\n{traceback.format_exc()}"
        self.finished = True
        self._set_code(session)

    def _set_code(self, session: pytest.Session) -> None:
        """A crash of ours is told whatever else happened; the rest only turns what would be a pass."""
        if self.code is pytest.ExitCode.INTERNAL_ERROR or (self.code is not None and session.exitstatus in FINE):
            session.exitstatus = self.code

    def pytest_unconfigure(self) -> None:
        """The last word: other plugins may have set the exit code after us, or ended the session before our turn."""
        if self.session is None:
            return
        if self.asked.judge and not self.finished and self.session.exitstatus in FINE:
            self.code = pytest.ExitCode.TESTS_FAILED
            if self._reporter is not None:
                self._reporter.write_line("the prevention gate could not judge: the session ended before its time")
        self._set_code(self.session)

    def _finish(self, session: pytest.Session, project: Project) -> None:
        looking = [name for name in LOOKING if self.config.getoption(name, None)]
        if looking:
            self.closing = "prevention: nothing is judged where pytest only looks and runs no test"
            return
        project = project.with_run(self._run(session)).with_coverage().with_alert_trials()
        if self.asked.prove:
            project = self._proven(project)
        verdict = project.verdict() if self.asked.judge else None
        report = project.report(verdict)
        if verdict is not None:
            from pytest_prevention.reporters import closing, findings_text

            self.output.append(("prevention gate", findings_text(verdict, colour=self._colour)))
            if verdict.state != "kept":
                self.code = pytest.ExitCode.TESTS_FAILED
            tests = f"{session.testsfailed} test{'' if session.testsfailed == 1 else 's'} failed"
            judged = f"{tests}; the prevention gate {JUDGEMENT[verdict.state]}: {closing(verdict)}"
            self.closing = "\n".join(filter(None, (self.closing, judged)))
        if self.asked.report:
            from pytest_prevention.reporters import report_text

            self.output.append(("prevention report", report_text(report, colour=self._colour)))
        if self.asked.report_file:
            project.write_report(self._path(self.asked.report_file), report)
        if self.asked.evidence:
            project.write_evidence(self._path(self.asked.evidence))

    def _proven(self, project: Project) -> Project:
        """The same with what proofs say of the guards that passed; one that passes without the fix fails the run."""
        from pytest_prevention.model import Answer
        from pytest_prevention.proofs import guards_of_run, prove_guards, with_proofs
        from pytest_prevention.reporters.proofs import proofs_text

        proofs = prove_guards(project, guards_of_run(project), progress=self._progress)
        self._progress("")
        self.output.append(("prevention proofs", proofs_text(proofs)))
        idle = [proof for proof in proofs if proof.answer is Answer.NOT_PROVEN]
        if idle:
            self.code = pytest.ExitCode.TESTS_FAILED
            self.closing = f"{len(idle)} of {len(proofs)} guards pass without the fix of their incident"
        return with_proofs(project, proofs)

    def _progress(self, text: str) -> None:
        """To whoever waits at a terminal, in place of what was told before."""
        if self._reporter is not None and self._reporter.isatty:
            from pytest_prevention.reporters.safe import safe

            self._reporter.rewrite(safe(text), erase=True)

    def _run(self, session: pytest.Session) -> Run:
        from pytest_prevention.recording import SELECTIONS, combined, selection_gaps

        collected = combined(self.seen)
        arguments = [*self.config.invocation_params.args, *shlex.split(os.environ.get("PYTEST_ADDOPTS", ""))]
        chosen = [name for name in SELECTIONS if self.config.getoption(name, None)]
        gaps = list(selection_gaps(chosen, arguments, by_path=self._by_path(), deselected=collected.deselected))
        if session.shouldfail:
            self._gap(f"the run was ended early: {session.shouldfail}", "repair what failed", by_design=True)
        return self.recorder.run(collected, [*gaps, *self.gaps], self.config.invocation_params.args)

    def _by_path(self) -> bool:
        """Whether the arguments leave out a part of the test tree: a file, a node id, a folder below it."""
        config = self.config
        if config.args_source is pytest.Config.ArgsSource.TESTPATHS:
            return False
        from pytest_prevention.sources.scan.tree import starts

        given = [self._path(argument).resolve() for argument in config.args]
        tree = [(config.rootpath / name).resolve() for name in starts(config.rootpath, _collection(config)) or ["."]]
        return not all(any(path.is_relative_to(one) for one in given) for path in tree)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        for title, text in self.output:
            terminalreporter.section(title)
            terminalreporter.write_line(text)
        chosen = [word for one in self.seen for word in one.guards.values() if word != "deselected"]
        for incident in () if chosen else self.asked.incidents:
            from pytest_prevention.reporters.safe import safe

            hint = self.project.how_to_guard(incident) if self.project else "there is no incidents/ folder here"
            terminalreporter.write_line(safe(f"prevention: no collected test guards against {incident}; {hint}"))


def _collection(config: pytest.Config) -> CollectionRules:
    """What pytest takes for tests, by its own word."""
    from pytest_prevention.sources.pytest_config import CollectionRules

    return CollectionRules(
        testpaths=tuple(config.getini("testpaths")),
        python_files=tuple(config.getini("python_files")),
        python_classes=tuple(config.getini("python_classes")),
        python_functions=tuple(config.getini("python_functions")),
        norecursedirs=tuple(config.getini("norecursedirs")),
    )


def _detail(report: pytest.TestReport | pytest.CollectReport) -> str:
    """One line on why a test did not pass: the skip or xfail reason, or what was raised."""
    if reason := getattr(report, "wasxfail", ""):
        return str(reason).splitlines()[0]
    if isinstance(report.longrepr, tuple):
        return report.longrepr[2].removeprefix("Skipped: ").partition("\n")[0]
    crash = getattr(report.longrepr, "reprcrash", None)
    return str(crash.message if crash else report.longrepr or "").strip().partition("\n")[0]


def _problems(error: PreventionError) -> str:
    from pytest_prevention.reporters.problems import problems_text

    return problems_text(error.problems)
