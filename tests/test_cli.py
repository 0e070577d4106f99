"""The ``prevention`` command: its exit codes, its output, and what it says of bad input."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO

import pytest

from pytest_prevention import __version__, cli, session
from pytest_prevention.cli import main
from pytest_prevention.sources import demo

EXAMPLE = Path(__file__).parents[1] / "examples/minimal/repo"
BACKLOG = "incidents/prevention-backlog.md"
RECORD = "incidents/INC-001-rounding.md"
POLICY = "prevention-policy.yaml"
AS_OF = ("--as-of", "2025-02-01")
ROW = "| {n} | INC-001  | {action} | {category} | P1 | Done | 2025-02-03 | 2025-01-21 |\n"

Out = pytest.CaptureFixture[str]


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the minimal example, which is in order; the current directory."""
    root = tmp_path / "repository"
    shutil.copytree(EXAMPLE, root, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    monkeypatch.chdir(root)
    return root


def call(*arguments: str | Path) -> int:
    """The exit code, whether it is returned or, by argparse, raised."""
    try:
        return main([str(argument) for argument in arguments])
    except SystemExit as stop:
        assert isinstance(stop.code, int)
        return stop.code


def command(
    *arguments: str, root: Path, stdout: int | IO[bytes] = subprocess.PIPE, environment: Mapping[str, str]
) -> subprocess.CompletedProcess[bytes]:
    """The command as people start it: a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "pytest_prevention", *arguments],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1]), **environment},
        stdout=stdout,
        stderr=subprocess.PIPE,
        check=False,
    )


def append(root: Path, name: str, text: str) -> None:
    with (root / name).open("a", encoding="utf-8") as stream:
        stream.write(text)


def broken(root: Path) -> None:
    """Take the only guard away: a finding."""
    (root / "test_invoices.py").unlink()


# Exit codes


@pytest.mark.parametrize("arguments", [["check"], ["report"], ["fmt"], ["policy"], ["explain", "PRV201"]], ids=" ".join)
@pytest.mark.usefixtures("repository")
def test_all_in_order(arguments: list[str], capsys: Out) -> None:
    assert call(*arguments) == 0
    out, err = capsys.readouterr()
    assert out.endswith("\n")
    assert not err


def test_findings(repository: Path, capsys: Out) -> None:
    """``check`` says 1 for a broken gate; ``report`` only tells."""
    broken(repository)
    assert call("check", *AS_OF) == 1
    out = capsys.readouterr().out
    assert "PRV201" in out
    assert f"{BACKLOG}:5" in out
    assert call("report", *AS_OF) == 0


def interrupted(*_arguments: object, **_options: object) -> None:
    raise KeyboardInterrupt


def crashing(*_arguments: object, **_options: object) -> None:
    raise ZeroDivisionError("ours")


COMMANDS = [(["check"], "read_project"), (["report"], "read_project"), (["fmt"], "format_backlog")]
COMMANDS += [(["policy"], "read_policy"), (["explain", "PRV201"], "explanation")]


@pytest.mark.parametrize(("arguments", "inside"), COMMANDS)
@pytest.mark.usefixtures("repository")
def test_ctrl_c(arguments: list[str], inside: str, monkeypatch: pytest.MonkeyPatch, capsys: Out) -> None:
    monkeypatch.setattr(session, inside, interrupted)
    assert call(*arguments) == 2
    assert capsys.readouterr() == ("", "prevention: interrupted\n")


@pytest.mark.parametrize(("arguments", "inside"), COMMANDS)
@pytest.mark.usefixtures("repository")
def test_a_crash_of_ours(arguments: list[str], inside: str, monkeypatch: pytest.MonkeyPatch, capsys: Out) -> None:
    """It is code 3, never a pass, and what to report is there."""
    monkeypatch.setattr(session, inside, crashing)
    assert call(*arguments) == 3
    err = capsys.readouterr().err
    assert "please report" in err
    assert "ZeroDivisionError: ours" in err


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["chekc"],
        ["check", "--surprise"],
        ["check", "extra"],
        ["check", "--as-of"],
        ["explain"],
        ["demo"],
        ["check", "--format", "xml"],
        ["report", "--format", ""],
        ["check", "--as-of", "tomorrow"],
        ["check", "--as-of", "2024-13-01"],
        ["check", "--as-of", ""],
        ["check", "--since", "2024-01-01"],
        ["report", "--since"],
        ["report", "--since", ""],
        ["report", "--since", "yesterday"],
        ["report", "--since", "2025-02-30"],
        ["report", "--as-of", "2025-02-01", "--since", "2025-02-01"],
        ["check", "--policy", "missing.yaml"],
        ["policy", "--policy", "missing.yaml"],
        ["fmt", "--root", "missing"],
        ["check", "--root", "missing"],
        ["check", "--root", BACKLOG],
        ["check", "--output", "missing/report.txt"],
        ["check", "--output", "incidents"],
        ["explain", "PRV999"],
        ["explain", ""],
        ["demo", "incidents"],
    ],
    ids=" ".join,
)
@pytest.mark.usefixtures("repository")
def test_usage_errors(arguments: list[str], capsys: Out) -> None:
    """Code 4, what was wrong, nothing on standard output."""
    assert call(*arguments) == 4
    out, err = capsys.readouterr()
    assert not out
    assert "prevention" in err
    assert "Traceback" not in err


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["check", "--help"]], ids=" ".join)
def test_help(arguments: list[str], capsys: Out) -> None:
    assert call(*arguments) == 0
    out = capsys.readouterr().out
    assert __version__ in out or "usage: prevention" in out


# Options


@pytest.mark.parametrize("name", ["check", "report"])
def test_formats_and_output(repository: Path, name: str, capsys: Out) -> None:
    """Each format is what it says, and a file holds what the terminal would have shown."""
    for kind, sign in (("txt", "Gate kept"), ("json", '"version": 1'), ("md", "**")):
        assert call(name, "--format", kind, *AS_OF) == 0
        shown = capsys.readouterr().out
        assert sign in shown
        assert call(name, "--format", kind, "--output", f"out.{kind}", *AS_OF) == 0
        assert not capsys.readouterr().out
        assert (repository / f"out.{kind}").read_text(encoding="utf-8").rstrip("\n") == shown.rstrip("\n")
        if kind == "json":
            json.loads(shown)


def test_a_report_in_a_file_does_not_hide_the_verdict(repository: Path) -> None:
    broken(repository)
    for kind in ("txt", "json", "md"):
        assert call("check", "--format", kind, "--output", "out", *AS_OF) == 1


def test_the_root_is_found_upwards_or_given(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Out
) -> None:
    """From a folder inside, and from anywhere with ``--root``, the same is said."""
    assert call("check", *AS_OF) == 0
    said = capsys.readouterr().out
    (repository / "src" / "deep").mkdir(parents=True)
    monkeypatch.chdir(repository / "src" / "deep")
    assert call("check", *AS_OF) == 0
    assert capsys.readouterr().out == said
    monkeypatch.chdir(tmp_path)
    assert call("check", "--root", "repository", *AS_OF) == 0
    assert capsys.readouterr().out == said


def test_another_policy(repository: Path, tmp_path: Path) -> None:
    """``--policy`` is used instead of the one at the root."""
    broken(repository)
    (repository / POLICY).write_text("fail_on: error\n")
    (repository / "lax.yaml").write_text("fail_on: never\n")
    assert call("check", *AS_OF) == 1
    assert call("check", "--policy", "lax.yaml", *AS_OF) == 0


@pytest.mark.usefixtures("repository")
def test_since_narrows_the_figures_and_not_the_gate(capsys: Out) -> None:
    """The header and the JSON say which time is looked at."""
    reports = {}
    for since in ([], ["--since", "2025-01-31"]):
        assert call("report", *AS_OF, *since, "--format", "json") == 0
        reports[bool(since)] = json.loads(capsys.readouterr().out)
    assert (reports[False]["since"], reports[True]["since"]) == (None, "2025-01-31")
    counts = [report["indicators"]["lagging"]["incident_count"]["total"] for report in reports.values()]
    assert counts[0] > counts[1] == 0
    assert reports[False]["verdict"] == reports[True]["verdict"]
    assert call("report", *AS_OF, "--since", "2025-01-31") == 0
    assert "on 2025-01-31 or later" in " ".join(capsys.readouterr().out.split())
    assert call("report", *AS_OF, "--since", "2025-01-31", "--format", "md") == 0
    assert "on 2025-01-31 or later" in capsys.readouterr().out


def test_as_of_decides_what_is_late(repository: Path) -> None:
    """An open action is overdue the day after it was due, by the day that is given."""
    text = (repository / BACKLOG).read_text(encoding="utf-8")
    (repository / BACKLOG).write_text(text.replace("Done   | 2025-02-03 | 2025-01-21", "Todo   | 2025-02-03 | —"))
    (repository / POLICY).write_text("rules: {PRV701: {severity: error}, PRV702: {severity: none}}\n")
    assert call("check", "--as-of", "2025-02-03") == 0
    assert call("check", "--as-of", "2025-02-05") == 1


# Other commands


@pytest.mark.parametrize("word", ["PRV201", "prv201", "test-action-unlinked", "Test-Action-Unlinked"])
def test_explain(word: str, capsys: Out) -> None:
    """By code or name, in any case: the rule's page."""
    assert call("explain", word) == 0
    out = capsys.readouterr().out
    assert out.startswith("# PRV201 test-action-unlinked")
    assert len(out.splitlines()) > 10


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("test-action-unlinkt", "did you mean PRV201 test-action-unlinked?"),
        ("PRV2011", "did you mean PRV201"),
        ("zzz", "rule codes look like PRV201"),
        ("\x1b[31m", "rule codes"),
    ],
)
def test_explain_what_is_no_rule(word: str, hint: str, capsys: Out) -> None:
    assert call("explain", word) == 4
    err = capsys.readouterr().err
    assert hint in err
    assert "\x1b" not in err


@pytest.mark.parametrize(
    "text", ["", 'extends: ["preset:strict"]\nfail_on: warning\nrules: {PRV7: {severity: note}}\n']
)
def test_the_effective_policy_is_a_policy(repository: Path, text: str, capsys: Out) -> None:
    """Fed back it gives the same values, and it names where each came from."""
    if text:
        (repository / POLICY).write_text(text)
    assert call("policy") == 0
    shown = capsys.readouterr().out
    assert not text or f"{POLICY}:2" in shown
    (repository / "again.yaml").write_text(shown, encoding="utf-8")
    before, after = session.read_policy(repository), session.read_policy(repository, repository / "again.yaml")
    assert before.tree == after.tree
    assert before.tree["fail_on"] == ("warning" if text else "error")


def test_fmt(repository: Path, capsys: Out) -> None:
    """``--check`` says 1 and writes nothing, ``fmt`` writes, and then there is nothing left to do."""
    text = (repository / BACKLOG).read_text(encoding="utf-8").replace("2025-02-03", "3 Feb 2025")
    (repository / BACKLOG).write_text(text, encoding="utf-8")
    assert call("fmt", "--check") == 1
    assert "to make" in capsys.readouterr().out
    assert (repository / BACKLOG).read_text(encoding="utf-8") == text
    assert call("fmt") == 0
    assert "made" in capsys.readouterr().out
    assert "2025-02-03" in (repository / BACKLOG).read_text(encoding="utf-8")
    assert call("fmt", "--check") == 0
    assert capsys.readouterr().out == "nothing to change\n"


def test_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Out) -> None:
    """It makes the folder and says what to do next; an existing one is not touched."""
    monkeypatch.chdir(tmp_path)
    assert call("demo", "shop") == 0
    assert "cd shop && pytest --prevention" in capsys.readouterr().out
    assert (tmp_path / "shop" / BACKLOG).is_file()
    assert call("check", "--root", "shop") == 1
    capsys.readouterr()
    assert call("demo", "shop") == 4
    assert "shop" in capsys.readouterr().err


def test_a_demo_that_does_not_fail_as_told_is_a_crash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Out
) -> None:
    """``demo --run`` passes on nothing but the gate's own failure."""
    monkeypatch.setattr(demo, "unpack", lambda _name, folder: folder.mkdir())
    assert call("demo", "--run", tmp_path / "empty") == 3
    assert "was to fail with exit code 1, not 4" in capsys.readouterr().err


# Terminals, pipes, encodings


@pytest.mark.parametrize("arguments", [["explain", "PRV201"], ["check", "--format", "json"]], ids=" ".join)
def test_a_reader_that_leaves(repository: Path, arguments: list[str]) -> None:
    """``prevention report | head -1``: no traceback, no pass; whether the output fits the pipe or not."""
    for n in range(2, 100):
        append(repository, BACKLOG, ROW.format(n=n, action="Another", category="Process"))
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as stream:
        done = command(*arguments, root=repository, stdout=stream, environment={"PYTHONUNBUFFERED": ""})
    assert done.stderr == b""
    assert done.returncode == 2


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full device here")
@pytest.mark.parametrize("arguments", [["explain", "PRV201"], ["check", "--format", "json"]], ids=" ".join)
def test_a_full_disk_behind_standard_output(repository: Path, arguments: list[str]) -> None:
    """One line that says so, and no pass."""
    with Path("/dev/full").open("wb") as stream:
        done = command(*arguments, root=repository, stdout=stream, environment={"PYTHONUNBUFFERED": ""})
    assert done.stderr.startswith(b"prevention: standard output: cannot be written: No space left on device\n")
    assert b"Traceback" not in done.stderr
    assert done.returncode == 4


class Terminal:
    """A standard output that is a terminal."""

    def __init__(self, encoding: str = "utf-8") -> None:
        self.encoding = encoding
        self.text = ""

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        text.encode(self.encoding)
        self.text += text
        return len(text)

    def flush(self) -> None:
        pass


@pytest.mark.parametrize("name", ["check", "report"])
def test_colour_is_for_terminals(repository: Path, name: str, monkeypatch: pytest.MonkeyPatch, capsys: Out) -> None:
    """Not in a pipe, not in a file, not with NO_COLOR."""
    broken(repository)
    monkeypatch.delenv("NO_COLOR", raising=False)
    call(name, *AS_OF)
    assert "\x1b" not in capsys.readouterr().out
    for variables, coloured in (({}, True), ({"NO_COLOR": "1"}, False)):
        terminal = Terminal()
        with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(terminal):
            for key, value in variables.items():
                patch.setenv(key, value)
            call(name, *AS_OF)
            call(name, "--output", repository / "out.txt", *AS_OF)
        assert ("\x1b[" in terminal.text) == coloured
        assert "\x1b" not in (repository / "out.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["check", "report"])
def test_a_terminal_that_cannot_show_it(repository: Path, name: str) -> None:
    """What an ASCII terminal cannot show is escaped."""
    append(repository, BACKLOG, ROW.format(n=2, action="Prüfung — ✅", category="Test"))
    done = command(name, *AS_OF, root=repository, environment={"PYTHONIOENCODING": "ascii"})
    assert done.stdout
    assert done.stdout.isascii()
    assert done.stderr == b""
    assert done.returncode in (0, 1)


def test_the_same_bytes_wherever_it_runs(repository: Path) -> None:
    """Time zone, locale and hash seed change nothing."""
    broken(repository)
    variants = [
        {"TZ": "Pacific/Auckland", "LC_ALL": "C", "PYTHONHASHSEED": "1", "PYTHONUTF8": "1"},
        {"TZ": "America/Los_Angeles", "LC_ALL": "tr_TR.UTF-8", "PYTHONHASHSEED": "2", "PYTHONUTF8": "1"},
    ]
    one, two = (
        command("check", "--format", "json", *AS_OF, root=repository, environment=variant) for variant in variants
    )
    assert one.returncode == two.returncode == 1
    assert one.stdout == two.stdout
    assert one.stderr == two.stderr == b""


# Bad input: code, the place named in the message, and never a traceback


def no_incidents(root: Path) -> None:
    shutil.rmtree(root / "incidents")


def no_backlog(root: Path) -> None:
    (root / BACKLOG).unlink()


def empty_backlog(root: Path) -> None:
    (root / BACKLOG).write_text("")


def empty_incident(root: Path) -> None:
    (root / RECORD).write_text("")


def directory_for_incident(root: Path) -> None:
    (root / RECORD).unlink()
    (root / RECORD).mkdir()


def directory_for_backlog(root: Path) -> None:
    (root / BACKLOG).unlink()
    (root / BACKLOG).mkdir()


def directory_for_policy(root: Path) -> None:
    (root / POLICY).mkdir()


def latin_backlog(root: Path) -> None:
    data = (root / BACKLOG).read_bytes()
    (root / BACKLOG).write_bytes(data + b"\n\xe9\n")


def backlog_from_outside(root: Path) -> None:
    (root / BACKLOG).rename(root.parent / "backlog.md")
    (root / BACKLOG).symlink_to("../../backlog.md")


def policy(text: str) -> Callable[[Path], None]:
    def write(root: Path) -> None:
        (root / POLICY).write_text(text)

    return write


def front_matter(line: str) -> Callable[[Path], None]:
    def write(root: Path) -> None:
        text = (root / RECORD).read_text(encoding="utf-8")
        (root / RECORD).write_text(text.replace("severity: SEV3", line), encoding="utf-8")

    return write


def cyclic_extends(root: Path) -> None:
    (root / POLICY).write_text("extends: [other.yaml]\n")
    (root / "other.yaml").write_text(f"extends: [{POLICY}]\n")


BOMB = "a: &a [x, x]\n" + "".join(
    f"{new}: &{new} [*{old}, *{old}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)

BAD = [
    (no_incidents, 4, "incidents"),
    (no_backlog, 4, BACKLOG),
    (empty_backlog, 1, RECORD),
    (empty_incident, 1, f"{RECORD} is empty"),
    (directory_for_incident, 1, RECORD),
    (directory_for_backlog, 4, f"{BACKLOG}: is a directory"),
    (directory_for_policy, 4, f"{POLICY}: is a directory"),
    (latin_backlog, 4, f"{BACKLOG}:7:1: is not UTF-8"),
    (backlog_from_outside, 4, f"{BACKLOG}: is a symbolic link out of the repository"),
    (cyclic_extends, 4, POLICY),
    (policy(BOMB), 4, f"{POLICY}:1:"),
    (policy("[" * 50_000), 4, f"{POLICY}:1:"),
    (policy("rules: " + "[" * 50_000), 4, f"{POLICY}:1:"),
    (policy("coverage: {minimum: .nan}\n"), 4, f"{POLICY}:1:"),
    (policy("rules:\n  PRV201: {severity: off}\n"), 4, f"{POLICY}:2:"),
    (policy("rules:\n  PRV201: {severity: no}\n"), 4, f"{POLICY}:2:"),
    (policy("fail_on: error\nfail_on: never\n"), 4, f"{POLICY}:2:"),
    (policy("- a\n- b\n"), 4, f"{POLICY}:1"),
    (policy("fail_on: \x00\n"), 4, f"{POLICY}:1"),
    (policy("extends: ['a\\0b', \"c\\0d\"]\n"), 4, f"{POLICY}"),
    (policy("extends: [../../../../etc/passwd]\n"), 4, "passwd"),
    (policy("surprise: !!python/object/apply:os.system [exit]\n"), 4, f"{POLICY}:1:"),
    (front_matter("severity: [" + "[" * 50_000), 1, f"{RECORD}:4"),
    (front_matter("severity: .nan"), 1, f"{RECORD}:4"),
    (front_matter("severity: off"), 1, f"{RECORD}:4"),
    (front_matter("severity: SEV3\nseverity: SEV1"), 1, f"{RECORD}:5"),
    (front_matter("severity: &a [*a]"), 1, f"{RECORD}:4"),
]


@pytest.mark.parametrize(("spoil", "code", "told"), BAD, ids=lambda value: getattr(value, "__name__", None))
def test_bad_input_is_told(repository: Path, spoil: Callable[[Path], None], code: int, told: str, capsys: Out) -> None:
    """One run, the file and the line, an exit code that is no pass, and never a traceback."""
    spoil(repository)
    assert call("check", *AS_OF) == code
    out, err = capsys.readouterr()
    assert told in " ".join((out + err).split())
    assert "Traceback" not in out + err
    assert all(len(line) < 1000 for line in (out + err).splitlines())


@pytest.mark.parametrize("name", ["check", "report"])
@pytest.mark.parametrize("kind", ["txt", "md", "json"])
def test_what_a_title_smuggles_in_is_harmless(repository: Path, name: str, kind: str, capsys: Out) -> None:
    """Terminal controls, text that runs backwards and commands of CI systems are shown, not obeyed."""
    text = (repository / RECORD).read_text(encoding="utf-8")
    evil = '"\\e[31mred\\a \\u202egnp.exe \\u0085 ::error file=x::gotcha ##[error]gotcha"'
    (repository / RECORD).write_text(text.replace("Invoices were one cent short", evil, 1), encoding="utf-8")
    append(repository, BACKLOG, ROW.format(n=2, action="::error::x \x1b[2J\u202e", category="Test"))
    call(name, "--format", kind, *AS_OF)
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    for bad in ("\x1b", "\a", "\u202e", "\u0085"):
        assert bad not in out + err
    assert not any(line.lstrip().startswith(("::", "##[")) for line in (out + err).splitlines())


def test_five_megabytes_of_backlog(repository: Path, capsys: Out) -> None:
    """Long is not wrong: the one row in it is judged."""
    append(repository, BACKLOG, "\n" + ("Lorem ipsum dolor sit amet. " * 40 + "\n\n") * 4600)
    assert (repository / BACKLOG).stat().st_size > 5_000_000
    assert call("check", *AS_OF) == 0
    assert "Gate kept" in capsys.readouterr().out


def test_everything_wrong_is_told_in_one_run(repository: Path, capsys: Out) -> None:
    """Incidents and backlog that cannot be read are both named."""
    latin_backlog(repository)
    (repository / RECORD).unlink()
    (repository / RECORD).symlink_to("../../nowhere.md")
    assert call("check") == 4
    err = capsys.readouterr().err
    assert BACKLOG in err


def test_every_code_is_spoken_for() -> None:
    assert [cli.KEPT, cli.FINDINGS, cli.INTERRUPTED, cli.CRASH, cli.USAGE, cli.NOT_JUDGED] == [0, 1, 2, 3, 4, 5]
