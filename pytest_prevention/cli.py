"""``prevention``: what needs no test run.

Exit codes: 0 kept, 1 findings, 2 interrupted, 3 crash, 4 usage, 5 could not judge.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_prevention import __version__
from pytest_prevention.exceptions import MissingSource, PreventionError
from pytest_prevention.garbage import uncollected
from pytest_prevention.model import State

if TYPE_CHECKING:
    from pytest_prevention.model import Verdict
    from pytest_prevention.session import Project

KEPT, FINDINGS, INTERRUPTED, CRASH, USAGE, NOT_JUDGED = range(6)
EXIT = {State.KEPT: KEPT, State.BROKEN: FINDINGS, State.NOT_CHECKED: NOT_JUDGED}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code. Nothing that goes wrong comes out as 0."""
    options = _parser().parse_args(arguments)
    try:
        with uncollected():  # nearly all that is read lives until the end
            code: int = options.run(options)
    except PreventionError as error:
        from pytest_prevention.reporters.problems import problems_text

        sys.stderr.write(problems_text(error.problems) + "\n")
        return USAGE
    except MissingSource as missing:
        from pytest_prevention.reporters.safe import safe

        why = missing.unavailable
        sys.stderr.write(f"could not judge: {safe('; '.join(filter(None, (why.reason, why.remedy))))}\n")
        return NOT_JUDGED
    except KeyboardInterrupt:
        sys.stderr.write("prevention: interrupted\n")
        return INTERRUPTED
    except BrokenPipeError:
        return INTERRUPTED  # the reader has gone; say nothing more to it
    except Exception:
        sys.stderr.write(f"prevention crashed; please report this:\n{traceback.format_exc()}")
        return CRASH
    return code


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> None:  # type: ignore[override]
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"{self.prog}: {message}\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="prevention", description="Does every incident end in a prevention that works?")
    parser.add_argument("--version", action="version", version=f"pytest-prevention {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND", parser_class=_Parser)

    place = _Parser(add_help=False)
    place.add_argument("--root", type=Path, metavar="DIR", help="the repository (default: found from here upwards)")
    place.add_argument("--policy", type=Path, metavar="FILE", help="policy to use instead of prevention-policy.yaml")
    writing = _Parser(add_help=False)
    writing.add_argument("--format", metavar="NAME", help="terminal, json, markdown (default: by --output)")
    writing.add_argument("--output", type=Path, metavar="FILE", help="write there instead of to the terminal")
    output = _Parser(add_help=False, parents=[writing])
    output.add_argument("--as-of", metavar="DATE", help="judge as of this date (default: commit time of HEAD)")
    shards: dict[str, Any] = {"type": Path, "action": "append", "default": [], "metavar": "FILE"}
    output.add_argument("--evidence", **shards, help="what a test run showed; repeat for its shards")

    def command(name: str, run: object, text: str, *parents: _Parser) -> _Parser:
        made = commands.add_parser(name, help=text, description=text, parents=list(parents))
        made.set_defaults(run=run, usage=made.error)
        return made

    command("check", _check, "judge incidents, backlog and links without running tests", place, output)
    report = command("report", _report, "indicators, open actions and what to do next", place, output)
    report.add_argument("--since", metavar="DATE", help="indicators of what began on this day or later")
    explain = command("explain", _explain, "what a rule asks for, why, and how to satisfy it")
    explain.add_argument("code", metavar="CODE", help="PRV201, test-action-unlinked, ...")
    fmt = command("fmt", _fmt, "ISO dates, canonical words and aligned tables in the backlog", place)
    fmt.add_argument("--check", action="store_true", help="write nothing; exit 1 if something would change")
    hotspots = command("hotspots", _hotspots, "which modules break repeatedly, by git history", place, writing)
    hotspots.add_argument("--as-of", metavar="REV|DATE", help="as told at that commit, or at the end of that day (UTC)")
    hotspots.add_argument("--top", type=_number, metavar="N", help="show so many modules (default: 20, in json all)")
    hotspots.add_argument("--backtest", action="store_true", help="and how well the probabilities held")
    trend = command("trend", _trend, "the indicators at the ends of months, from the records in git", place, writing)
    trend.add_argument("--as-of", metavar="DATE", help="the last moment looked at (default: commit time of HEAD)")
    trend.add_argument("--months", type=_number, metavar="N", help="go back so many months (default: 12)")
    prove = command("prove", _prove, "does each guard fail without the fix of its incident?", place, writing)
    prove.add_argument("incidents", nargs="*", metavar="INCIDENT", help="INC-001 ...; default: all")
    prove.add_argument("--all", action="store_true", help="all incidents; with --check all receipts, not a sample")
    since = "only guards whose test, record or fix is newer than where HEAD left it: origin/main"
    prove.add_argument("--changed-since", metavar="REV", help=since)
    prove.add_argument("--jobs", type=_number, default=1, metavar="N", help="prove so many fixes at once (default: 1)")
    prove.add_argument(
        "--check", action="store_true", help="prove again what incidents/proofs.json claims, or a sample"
    )
    shown = command("evidence", _evidence, "which lines of an incident's fix its guards execute", place, writing)
    shown.add_argument("incident", metavar="INCIDENT", help="INC-001")
    shown.add_argument("--evidence", **shards, help="what a test run showed (default: its guards are run now)")
    retrofit = command("retrofit", _retrofit, "which functions of a module need tests most urgently", place)
    retrofit.add_argument("module", type=Path, metavar="MODULE", help="a Python file")
    retrofit.add_argument("--write", action="store_true", help="write a new test file with a skipped stub for each")
    command("policy", _policy, "the effective policy, with the file and line of every value", place)
    demo = command("demo", _demo, "make a small real repository to try all this in")
    demo.add_argument("directory", type=Path, metavar="DIR", help="where; must not exist yet")
    demo.add_argument("--run", dest="run_it", action="store_true", help="and run its tests and the gate there")
    return parser


def _root(options: argparse.Namespace) -> Path:
    from pytest_prevention.session import find_root

    return options.root.resolve() if options.root else find_root(Path.cwd())


def _project(options: argparse.Namespace) -> Project:
    from pytest_prevention.session import check_format, read_project

    project = read_project(_root(options), policy_file=options.policy, as_of=options.as_of)
    options.format = check_format(_wanted_format(options), project.reporters)
    return (
        (project.with_evidence(options.evidence) if options.evidence else project).with_coverage().with_alert_trials()
    )


def _wanted_format(options: argparse.Namespace) -> str:
    """The format named, else that of the file's suffix, else what people read."""
    if options.format is None:
        suffix: str = options.output.suffix.removeprefix(".").lower() if options.output else ""
        return suffix or "txt"
    from pytest_prevention.session import FORMATS

    return next((short for short, word in FORMATS.items() if word == options.format), str(options.format))


def _check(options: argparse.Namespace) -> int:
    from pytest_prevention.reporters import findings_text

    project = _project(options)
    verdict = project.verdict()
    _tell(options, project, verdict, lambda colour: findings_text(verdict, colour=colour))
    return EXIT[verdict.state]


def _report(options: argparse.Namespace) -> int:
    from pytest_prevention.reporters import report_text

    project = _project(options)
    asked = project if options.since is None else project.since(options.since)
    verdict = project.verdict()  # the gate looks at all time
    _tell(options, asked, verdict, lambda colour: report_text(asked.report(verdict), colour=colour))
    return KEPT


def _tell(options: argparse.Namespace, project: Project, verdict: Verdict, text: Callable[[bool], str]) -> None:
    """In the format asked for; ``text`` is what people read at a terminal."""
    if options.format == "txt":
        _write(options, text(_colour(options)))
    else:
        _write(options, project.reporters[options.format](project.report(verdict)))


def _colour(options: argparse.Namespace) -> bool:
    return sys.stdout.isatty() and not options.output and not os.environ.get("NO_COLOR")


def _write(options: argparse.Namespace, text: str) -> None:
    if options.output:
        from pytest_prevention.sources.files import write_text

        write_text(options.output, text, options.output.parent)
    else:
        _print(text)


def _print(text: str) -> None:
    """To the terminal, whatever its encoding can show; BrokenPipeError where nobody reads any more."""
    encoding = sys.stdout.encoding or "utf-8"
    try:
        sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding).removesuffix("\n") + "\n")
        sys.stdout.flush()
    except OSError as error:
        # what is still in the buffer would fail again when Python ends, and change the exit code
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            raise
        from pytest_prevention.sources.files import unusable

        raise unusable("standard output", f"cannot be written: {error.strerror}", "make room for it") from None


def _explain(options: argparse.Namespace) -> int:
    from pytest_prevention.reporters.safe import safe
    from pytest_prevention.session import explanation

    _print("\n".join(map(safe, explanation(options.code).splitlines())))
    return KEPT


def _fmt(options: argparse.Namespace) -> int:
    from pytest_prevention.reporters.problems import format_text
    from pytest_prevention.session import format_backlog

    done = format_backlog(_root(options), options.policy, write=not options.check)
    _print(format_text(done.changes, done.left, written=not options.check))
    return FINDINGS if options.check and done.changes else KEPT


def _hotspots(options: argparse.Namespace) -> int:
    from pytest_prevention.lookback import hotspot_report
    from pytest_prevention.reporters.hotspots import HOTSPOT_REPORTERS
    from pytest_prevention.session import check_format

    reporter = HOTSPOT_REPORTERS[check_format(_wanted_format(options), HOTSPOT_REPORTERS)]
    report = hotspot_report(
        _root(options), policy_file=options.policy, as_of=options.as_of, top=options.top, detailed=options.backtest
    )
    _write(options, reporter(report))
    return KEPT


def _trend(options: argparse.Namespace) -> int:
    from pytest_prevention.reporters.trend import TREND_REPORTERS
    from pytest_prevention.session import check_format
    from pytest_prevention.trend import MONTHS, trend_report

    reporter = TREND_REPORTERS[check_format(_wanted_format(options), TREND_REPORTERS)]
    months = options.months or MONTHS
    report = trend_report(_root(options), policy_file=options.policy, as_of=options.as_of, months=months)
    _write(options, reporter(report))
    return KEPT


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of 1 or more")
    return int(text)


def _prove(options: argparse.Namespace) -> int:
    from pytest_prevention import proofs
    from pytest_prevention.model.proof import Answer
    from pytest_prevention.reporters.proofs import PROOF_REPORTERS
    from pytest_prevention.session import check_format

    if options.all and options.incidents:
        options.usage("give incidents or --all, not both")
    if options.check and options.changed_since:
        options.usage("give --check or --changed-since, not both")
    reporter = PROOF_REPORTERS[check_format(_wanted_format(options), PROOF_REPORTERS)]
    common = {"policy_file": options.policy, "jobs": options.jobs, "progress": _progress}
    try:
        if options.check:
            made = proofs.check(_root(options), options.incidents, everything=options.all, **common)
        else:
            made = proofs.prove(_root(options), options.incidents, changed_since=options.changed_since, **common)
    finally:
        _progress("")
    _write(options, reporter(made))
    answers = {proof.answer for proof in made}
    if Answer.NOT_PROVEN in answers or any(proof.contradicts for proof in made):
        return FINDINGS
    nothing = not made and not options.changed_since
    return NOT_JUDGED if Answer.INCONCLUSIVE in answers or nothing else KEPT


def _progress(text: str) -> None:
    """To people who wait at a terminal, in place of what was told before; nothing in the log of CI."""
    from pytest_prevention.reporters.safe import safe

    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{safe(text)}")
        sys.stderr.flush()


def _evidence(options: argparse.Namespace) -> int:
    from pytest_prevention.evidence import evidence_of
    from pytest_prevention.reporters.evidence import EVIDENCE_REPORTERS
    from pytest_prevention.session import check_format

    reporter = EVIDENCE_REPORTERS[check_format(_wanted_format(options), EVIDENCE_REPORTERS)]
    report = evidence_of(_root(options), options.incident, options.evidence, policy_file=options.policy)
    _write(options, reporter(report))
    return KEPT


def _retrofit(options: argparse.Namespace) -> int:
    from pytest_prevention.lookback import work_list
    from pytest_prevention.reporters.retrofit import stubs_text, work_list_text
    from pytest_prevention.reporters.safe import safe
    from pytest_prevention.sources.retrofit.target import write_stubs

    root = _root(options)
    work = work_list(root, options.module, options.policy)
    _print(work_list_text(work))
    if options.write and work.functions:
        _print(f"\nwritten: {safe(write_stubs(root, work.module, stubs_text(work)))}")
    return KEPT


def _policy(options: argparse.Namespace) -> int:
    from pytest_prevention.reporters.policy_text import effective
    from pytest_prevention.session import read_policy

    _print(effective(read_policy(_root(options), options.policy)))
    return KEPT


def _demo(options: argparse.Namespace) -> int:
    from pytest_prevention.sources.demo import unpack

    unpack("shop", options.directory)
    if not options.run_it:
        _print(f"Made {options.directory}. Next: cd {options.directory} && pytest --prevention")
        return KEPT
    command = [sys.executable, "-m", "pytest", "--prevention", "--prevention-report"]
    environment = {key: value for key, value in os.environ.items() if key != "PYTEST_ADDOPTS"}
    code = subprocess.run(command, cwd=options.directory, env=environment, check=False).returncode
    if code != FINDINGS:
        sys.stderr.write(f"prevention: the demo's gate was to fail with exit code 1, not {code}\n")
        return CRASH
    _print(
        f"\nThe gate failed, as it was to. In {options.directory}: do what the finding says, then pytest --prevention"
    )
    return KEPT
