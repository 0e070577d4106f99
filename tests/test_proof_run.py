"""The run of a proof: real small projects, run by real other processes."""

from __future__ import annotations

import os
import resource
import site
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from threading import Timer

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_prevention.model.link import covers
from pytest_prevention.model.proof import Ran
from pytest_prevention.sources.proof import child, process
from pytest_prevention.sources.proof import run as harness
from pytest_prevention.sources.proof.run import run
from tests.proof_runs import LIMIT_SECONDS, PASSING, A, calls, is_gone, made, nothing_left, one, ran  # noqa: F401

OUTCOMES = """
import os, pytest

def test_pass(): pass
def test_fail(): assert 1 == 2, "off by one"
def test_raise(): raise KeyError("x")
def test_mute():
    class Mute(Exception):
        def __str__(self): raise RuntimeError
    raise Mute
def test_silent():
    with pytest.raises(ValueError): pass
def test_exit(): raise SystemExit(3)
def test_no_fixture(nothere): pass
@pytest.fixture
def broken(): raise OSError("disk\\nfull")
def test_broken(broken): pass
@pytest.fixture
def untidy():
    yield
    raise OSError("late")
def test_untidy(untidy): pass
def test_skip(): pytest.skip("not here")
@pytest.mark.skip(reason="never")
def test_marked(): pass
@pytest.mark.xfail(reason="known")
def test_xfail(): assert 0
@pytest.mark.xfail
def test_xpass(): pass
@pytest.mark.xfail(strict=True)
def test_strict(): pass
@pytest.mark.xfail(raises=ValueError)
def test_other(): raise KeyError
@pytest.mark.incident("INC-001")
def test_incident(): pass
def test_fork():
    if os.fork() == 0:
        return  # the copy goes on, through all of pytest
    os.wait()
def test_fakes(monkeypatch):
    def nothing(*a, **k): raise AssertionError("a fake")
    monkeypatch.setattr("builtins.open", nothing)
    monkeypatch.setattr("os.write", nothing)
    monkeypatch.setattr("time.time", nothing)
    monkeypatch.setattr("json.loads", nothing)
    assert 0, "really"
"""


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    return ran(made(tmp_path_factory.mktemp("outcomes"), {A: OUTCOMES}))


@pytest.mark.parametrize(
    ("name", "phase", "outcome", "kind", "message"),
    [
        ("test_pass", "call", "passed", "", ""),
        ("test_fail", "call", "failed", "AssertionError", "off by one"),
        ("test_raise", "call", "failed", "KeyError", "'x'"),
        ("test_silent", "call", "failed", "Failed", "DID NOT RAISE ValueError"),
        ("test_exit", "call", "failed", "SystemExit", "3"),
        ("test_no_fixture", "setup", "failed", "FixtureLookupError", "fixture 'nothere' not found"),
        ("test_broken", "setup", "failed", "OSError", "disk"),
        ("test_untidy", "call", "passed", "", ""),
        ("test_untidy", "teardown", "failed", "OSError", "late"),
        ("test_skip", "call", "skipped", "Skipped", "not here"),
        ("test_marked", "setup", "skipped", "Skipped", "never"),
        ("test_xfail", "call", "xfailed", "AssertionError", "assert 0"),
        ("test_xpass", "call", "xpassed", "", ""),
        ("test_strict", "call", "xpassed", "", "[XPASS(strict)]"),
        ("test_other", "call", "failed", "KeyError", ""),
        ("test_incident", "call", "passed", "", ""),
        ("test_fakes", "call", "failed", "AssertionError", "really"),
    ],
)
def test_outcomes(outcomes: Ran, name: str, phase: str, outcome: str, kind: str, message: str) -> None:
    """Each phase is recorded with its outcome, the type of the exception and its first line."""
    seen = one(outcomes, f"::{name}", phase)
    assert (seen.outcome, seen.kind, seen.message.partition("\n")[0]) == (outcome, kind, message)
    assert seen.nodeid == f"{A}::{name}"
    assert seen.seconds >= 0


def test_outcomes_of_all(outcomes: Ran) -> None:
    """The run finished though tests failed, nothing of the output is kept, and an exception without words is one."""
    assert (outcomes.end, outcomes.excerpt) == ("finished", "")
    assert one(outcomes, "test_mute").kind == "Mute"
    assert 0 < outcomes.seconds < LIMIT_SECONDS


def test_copies_of_the_process_are_silent(outcomes: Ran) -> None:
    """A test that forks is recorded once, and so is what follows it."""
    assert one(outcomes, "test_fork").outcome == "passed"
    assert one(outcomes, "test_fakes", "teardown").outcome == "passed"


def test_guards_are_prefixes(tmp_path: Path) -> None:
    """A guard means its parameters and its class; an unknown one, in a file that is there or not, stops no other."""
    tree = made(
        tmp_path / "tree",
        {
            A: "import pytest\n@pytest.mark.parametrize('n', ['a', 'b::c'])\ndef test_x(n): assert n == 'a'\n"
            "def test_xy(): pass\nclass TestC:\n    def test_m(self): pass\n    def test_n(self): pass\n",
            "tests/test_b.py": PASSING,
        },
    )
    result = ran(tree, f"{A}::test_x", f"{A}::test_gone", "tests/test_gone.py", "tests/test_b.py::test_gone")
    assert {seen.nodeid: seen.outcome for seen in result.seen if seen.phase == "call"} == {
        f"{A}::test_x[a]": "passed",
        f"{A}::test_x[b::c]": "failed",
    }
    assert result.end == "finished"
    assert set(calls(ran(tree, f"{A}::test_x[a]", f"{A}::TestC"))) == {"test_x[a]", "test_m", "test_n"}


_PARTS = st.lists(st.sampled_from(["a", "b", "::", "[", "]", "/", ".py"]), max_size=6).map("".join)


@given(prefix=_PARTS, rest=_PARTS, other=_PARTS)
def test_covers_is_the_same_everywhere(prefix: str, rest: str, other: str) -> None:
    """The child's copy of the rule is the rule."""
    for nodeid in (prefix + rest, other):
        assert child.covers(prefix, nodeid) == covers(prefix, nodeid)


def test_few_other_tests_run_beside_the_guards(tmp_path: Path) -> None:
    """So many of each file, whatever their order and whatever else stands there; none where none are asked for."""
    names = [f"test_{letter}" for letter in "abcdefghij"]
    tests = [f"def {name}(): pass\n" for name in names]
    files = {A: "".join(tests), "tests/test_b.py": "".join(tests[::-1]) + "def test_more(): pass\n"}
    tree = made(tmp_path / "tree", files)
    result = run(tree, list(files), [f"{A}::test_a", f"{A}::test_b"], limit_seconds=LIMIT_SECONDS, others=3)
    ran_of = {file: {one.nodeid for one in result.seen if one.nodeid.startswith(file)} for file in files}
    assert {f"{A}::test_a", f"{A}::test_b"} < ran_of[A]
    assert (len(ran_of[A]), len(ran_of["tests/test_b.py"])) == (5, 3)
    assert set(calls(run(tree, [A], [f"{A}::test_a"], limit_seconds=LIMIT_SECONDS, others=0))) == {"test_a"}


NODEIDS = st.sets(
    st.builds(
        "{}::{}{}".format, st.sampled_from("AB"), st.sampled_from("fgh"), st.sampled_from(["", "[1]", "[2]", "[3]"])
    )
)


@given(nodeids=NODEIDS, count=st.integers(0, 6), data=st.data())
def test_two_trees_with_much_the_same_tests_choose_much_the_same(
    nodeids: set[str], count: int, data: st.DataObject
) -> None:
    """As many as there are of each file, up to the number; every function before a second case of any.

    A test that is not there in the other tree leaves the choice of all others.
    """
    chosen = child.canaries(sorted(nodeids), count)
    for file in "AB":
        there, taken = ({one for one in some if one[0] == file} for some in (nodeids, chosen))
        assert taken <= there and len(taken) == min(count, len(there))
        functions = {one.partition("[")[0] for one in there}
        assert len({one.partition("[")[0] for one in taken}) == min(count, len(functions))
    if nodeids:
        gone = data.draw(st.sampled_from(sorted(nodeids)))
        assert chosen - {gone} <= child.canaries(nodeids - {gone}, count)


def test_deselected_guards_are_told(tmp_path: Path) -> None:
    """By an option of the project, by pytest's own, by a conftest that says nothing; what is no guard is not told."""
    tests = "import pytest\n@pytest.mark.slow\ndef test_slow(): pass\ndef test_named(): pass\ndef test_hidden(): pass\n"
    tests += "def test_it(): pass\n@pytest.mark.slow\ndef test_other(): pass\n"
    ini = f"[pytest]\naddopts = -m 'not slow' --deselect {A}::test_named\nmarkers = slow\n"
    conftest = "def pytest_collection_modifyitems(items): items[:] = [i for i in items if i.name != 'test_hidden']\n"
    tree = made(tmp_path / "tree", {A: tests, "pytest.ini": ini, "conftest.py": conftest})
    guards = [f"{A}::test_{name}" for name in ("slow", "named", "hidden", "it", "gone")]
    result = ran(tree, *guards)
    assert calls(result) == dict.fromkeys(("test_slow", "test_named", "test_hidden"), "deselected") | {
        "test_it": "passed"
    }


@pytest.mark.parametrize(
    "file",
    ["../outside/test_o.py", "tests/link.py", "tests", "tests/test_gone.py", "", "a\0b", "x" * 5000, "tests/loop.py"],
)
def test_files_outside_are_not_run(tmp_path: Path, file: str) -> None:
    """What is no test file inside the tree starts nothing, and never the whole suite."""
    outside = made(tmp_path / "outside", {"test_o.py": "open('ran', 'w')\n" + PASSING})
    tree = made(tmp_path / "tree", {A: "open('ran', 'w')\n" + PASSING})
    (tree / "tests/link.py").symlink_to(outside / "test_o.py")
    (tree / "tests/loop.py").symlink_to("loop.py")
    assert run(tree, [file], [file], limit_seconds=LIMIT_SECONDS) == Ran()
    assert not list(tmp_path.rglob("ran"))


def test_odd_names_of_files(tmp_path: Path) -> None:
    """A name that looks like an option or a list of arguments is a file; one that pytest cannot take stops none."""
    names = ["-k.py", "@test_x.py"]
    others = ["test_[x].py", "test_::x.py"]
    tree = made(tmp_path / "tree", dict.fromkeys([*names, *others], PASSING))
    result = run(tree, [*names, *others], [*names, *others], limit_seconds=LIMIT_SECONDS)
    assert {seen.nodeid: seen.outcome for seen in result.seen if seen.phase == "call"} == {
        f"{name}::test_it": "passed" for name in names
    }


def test_collection_errors(tmp_path: Path) -> None:
    """A file that cannot be collected is told under its own name, by the error behind pytest's; the others run."""
    tree = made(
        tmp_path / "tree",
        {
            A: PASSING,
            "tests/test_b.py": "from os import nothere\n",
            "tests/test_c.py": "def broken(:\n",
            "tests/test_d.py": "1 / 0\n",
            "tests/test_e.py": "import pytest\npytest.importorskip('nothere')\n",
            "tests/test_f.py": "import pytest\n@pytest.mark.parametrize('z', [1])\ndef test_f(): pass\n",
        },
    )
    result = ran(tree, A, *(f"tests/test_{letter}.py" for letter in "bcdef"))
    collected = {seen.nodeid[-9:]: (seen.outcome, seen.kind) for seen in result.seen if seen.phase == "collect"}
    assert collected == {
        "test_b.py": ("failed", "ImportError"),
        "test_c.py": ("failed", "SyntaxError"),
        "test_d.py": ("failed", "ZeroDivisionError"),
        "test_e.py": ("skipped", "Skipped"),
        "test_f.py": ("failed", "Failed"),
    }
    assert one(result, "test_it").outcome == "passed"
    assert result.end == "finished"


def test_hanging(tmp_path: Path) -> None:
    """A run that hangs is ended with all that it started, and keeps what it had recorded, origins too."""
    tree = made(
        tmp_path / "tree",
        {
            "shop/__init__.py": "",
            "shop/orders.py": "",
            A: "import shop.orders, subprocess, sys, time\ndef test_fine(): pass\ndef test_hang():\n"
            "    other = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
            "    print(other.pid, file=open('pid', 'w'), flush=True)\n    time.sleep(600)\n",
        },
    )
    result = ran(tree, limit_seconds=3, watch=("shop/orders.py",))
    assert (result.end, result.hung) == ("finished", (f"{A}::test_hang",))
    assert calls(result) == {"test_fine": "passed"}
    assert one(result, "test_hang", "setup").outcome == "passed"
    assert result.origins == {"shop/orders.py": str(tree / "shop/orders.py")}
    assert is_gone(int((tree / "pid").read_text()))


SLEEPS = """
import pytest, time
def test_first(): pass
def test_hang(): time.sleep(600)
def test_between(): assert 0
@pytest.fixture
def hanging():
    yield
    time.sleep(600)
def test_late(hanging): pass
def test_last(): pass
"""


def test_the_rest_is_run_without_the_test_that_hangs(tmp_path: Path) -> None:
    """Each test that hangs is set aside, the others have their say, and the run has finished."""
    result = ran(made(tmp_path / "tree", {A: SLEEPS}), limit_seconds=4)
    assert (result.end, result.excerpt) == ("finished", "")
    assert result.hung == (f"{A}::test_hang", f"{A}::test_late")
    assert calls(result) == dict.fromkeys(("test_first", "test_late", "test_last"), "passed") | {
        "test_between": "failed"
    }
    assert result.memory_bytes is None


def test_only_a_few_rounds_are_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then what is left is unknown, and what was seen stays."""
    monkeypatch.setattr(harness, "ROUNDS", 1)
    result = ran(made(tmp_path / "tree", {A: SLEEPS}), limit_seconds=4)
    assert (result.end, result.hung) == ("timeout", (f"{A}::test_hang",))
    assert calls(result) == {"test_first": "passed"}


def test_patience_is_that_of_all_processes_together(tmp_path: Path) -> None:
    """Where the first test that hangs took all of it, no second process is started."""
    result = run(made(tmp_path / "tree", {A: SLEEPS}), [A], [A], limit_seconds=60, patience_seconds=4)
    assert (result.end, result.hung) == ("timeout", (f"{A}::test_hang",))
    assert calls(result) == {"test_first": "passed"}


def test_what_is_set_aside_is_not_run(tmp_path: Path) -> None:
    """The other tests of its file are."""
    aside = {f"{A}::test_hang", f"{A}::test_late"}
    result = run(made(tmp_path / "tree", {A: SLEEPS}), [A], [A], limit_seconds=LIMIT_SECONDS, aside=aside)
    assert (result.end, result.hung) == ("finished", ())
    assert calls(result) == {"test_first": "passed", "test_between": "failed", "test_last": "passed"}


def test_tests_that_are_merely_many_do_not_hang(tmp_path: Path) -> None:
    """Who runs when the time is over has not hung: it is begun again, with time of its own."""
    tests = "import time\n" + "".join(f"def test_{number}(): time.sleep(1)\n" for number in range(5))
    result = ran(made(tmp_path / "tree", {A: tests}), limit_seconds=4)
    assert (result.end, result.hung) == ("finished", ())
    assert calls(result) == {f"test_{number}": "passed" for number in range(5)}
    assert len(result.seen) == 3 * 5


def test_a_file_that_hangs_while_it_is_collected(tmp_path: Path) -> None:
    """No test did, so there is none to set aside: the run is out of time, once."""
    tests = "import time\nopen('begun', 'a').write('x')\ntime.sleep(600)\n" + PASSING
    tree = made(tmp_path / "tree", {A: tests})
    result = ran(tree, limit_seconds=3)
    assert (result.end, result.hung, result.seen) == ("timeout", (), ())
    assert (tree / "begun").read_text() == "x"


def test_leftovers_of_a_finished_run(tmp_path: Path) -> None:
    """A process that a test started and forgot neither holds up the run nor survives it."""
    tree = made(
        tmp_path / "tree",
        {
            A: "import subprocess, sys\ndef test_it():\n"
            "    other = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
            "    other.returncode = 0\n    open('pid', 'w').write(str(other.pid))\n"
        },
    )
    result = ran(tree)
    assert (result.end, calls(result)) == ("finished", {"test_it": "passed"})
    assert is_gone(int((tree / "pid").read_text()))


def test_interrupted(tmp_path: Path) -> None:
    """Ctrl-C ends the run, kills what it started and removes its folder."""
    tree = made(
        tmp_path / "tree",
        {A: "import os, time\ndef test_it():\n    open('pid', 'w').write(str(os.getpid()))\n    time.sleep(600)\n"},
    )
    program = (
        "import sys, tempfile; from pathlib import Path; from pytest_prevention.sources.proof.run import run\n"
        f"tempfile.tempdir = {tempfile.tempdir!r}\n"
        f"try: run(Path({str(tree)!r}), [{A!r}], [{A!r}], limit_seconds=60)\n"
        "except KeyboardInterrupt: sys.exit(7)\n"
    )
    prover = subprocess.Popen([sys.executable, "-c", program], cwd=Path(harness.__file__).parents[3])
    timer = Timer(LIMIT_SECONDS, prover.kill)
    timer.start()
    try:
        while not ((tree / "pid").is_file() and (tree / "pid").read_text()) and prover.poll() is None:
            time.sleep(0.02)
        prover.send_signal(2)
        assert prover.wait() == 7
    finally:
        timer.cancel()
        prover.kill()
    assert is_gone(int((tree / "pid").read_text()))


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("os._exit(0)", "test_a.py"),
        ("os._exit(4)", "test_a.py"),
        ("os.abort()", "Aborted"),
        ("os.kill(os.getpid(), 9)", "test_a.py"),
        ("import pytest; pytest.exit('enough', returncode=0)", "enough"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
    ],
)
def test_crashed(tmp_path: Path, body: str, told: str) -> None:
    """A run that does not come to its end is crashed whatever its exit code; what it had and said last is kept."""
    tree = made(tmp_path / "tree", {A: f"import os\ndef test_fine(): pass\ndef test_it():\n    {body}\n"})
    result = ran(tree)
    assert (result.end, calls(result)) == ("crashed", {"test_fine": "passed"})
    assert told in result.excerpt


def test_no_pytest(tmp_path: Path) -> None:
    """An interpreter that cannot run pytest crashes, and says why: it does not fail the guard."""
    tree = made(tmp_path / "tree", {A: PASSING, "pytest.py": "raise ImportError('no pytest here')\n"})
    result = ran(tree)
    assert (result.end, result.seen) == ("crashed", ())
    assert "no pytest here" in result.excerpt


def test_exit_while_collecting(tmp_path: Path) -> None:
    """A file that ends the interpreter when imported makes pytest fail inside: crashed, and no guard has failed."""
    result = ran(made(tmp_path / "tree", {A: "raise SystemExit(0)\n" + PASSING}))
    assert (result.end, result.seen) == ("crashed", ())
    assert "SystemExit" in result.excerpt


def test_usage_error(tmp_path: Path) -> None:
    """Options that pytest does not know are a usage error, with what it said."""
    tree = made(tmp_path / "tree", {A: PASSING, "pytest.ini": "[pytest]\naddopts = --of-an-absent-plugin\n"})
    result = ran(tree)
    assert (result.end, result.seen) == ("usage", ())
    assert "--of-an-absent-plugin" in result.excerpt


ADDOPTS = """
[pytest]
prevention = true
addopts = -x -n 2 --cov=shop --cov-fail-under=100 --reruns 2 --strict-markers --strict-config -W error --pdb
    --stepwise --last-failed --last-failed-no-failures=none
    --prevention --prevention-report-file=report.md -m "not slow"
markers = slow
"""


def test_addopts_are_kept_and_neutralised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The project's options stay; those that would make two runs differ, and our own gate, are off where present."""
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    monkeypatch.setenv("PYTEST_ADDOPTS", "--nonsense")
    tests = (
        "import pytest\ndef test_one(): assert 0\ndef test_two(): pass\n"
        "def test_again(n=[]):\n    n.append(1)\n    assert len(n) > 1\n"
        "@pytest.mark.flaky(reruns=2)\ndef test_flaky(n=[]):\n    n.append(1)\n    assert len(n) > 1\n"
        "@pytest.mark.slow\ndef test_slow(): pass\n@pytest.mark.incident('INC-001')\ndef test_inc(): pass\n"
    )
    tree = made(tmp_path / "tree", {A: tests, "shop/__init__.py": "", "pytest.ini": ADDOPTS})
    expected = {"test_one": "failed", "test_two": "passed", "test_inc": "passed"}
    expected |= {"test_again": "failed", "test_flaky": "passed", "test_slow": "deselected"}
    result = ran(tree)
    assert (result.end, calls(result)) == ("finished", expected)
    assert one(result, "test_flaky").outcome == "passed"
    assert not (tree / "report.md").exists()
    assert not list(tree.glob(".coverage*"))


def test_an_absent_plugin_is_no_error(tmp_path: Path) -> None:
    """Nothing is switched off that is not there, nor what the project switched off itself."""
    ini = "[pytest]\naddopts = -p no:cacheprovider --strict-config\n"
    assert calls(ran(made(tmp_path / "tree", {A: PASSING, "pytest.ini": ini}))) == {"test_it": "passed"}


ENVIRONMENT = """
import os, pathlib, site, subprocess, tempfile
def test_secrets():
    found = {name for name in os.environ if name.startswith(("MY_", "GIT_", "XDG_", "PYTEST_XDIST"))}
    assert found == {"MY_COLOUR", "GIT_CEILING_DIRECTORIES"}
    assert os.environ["VIRTUAL_ENV"] == "venv" and os.environ["PATH"]
    assert site.getuserbase() == BASE
def test_places(tmp_path):
    home = pathlib.Path.home()
    assert not list(home.iterdir())
    (home / ".gitconfig").write_text("mine")
    assert str(home) != REAL and home.parent == pathlib.Path(tempfile.gettempdir()).parent
    assert home.parent in tmp_path.parents
    locked = home / "locked"
    locked.mkdir()
    (locked / "file").touch()
    locked.chmod(0)
def test_no_repository():
    for place in (".", tempfile.gettempdir()):
        assert subprocess.run(["git", "rev-parse"], cwd=place, capture_output=True).returncode
"""


def test_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Secrets and git's variables are gone, the rest stays; home and temporary files are private, far from git."""
    for name in ("MY_API_TOKEN", "MY_SECRET", "MY_PASSWORD", "MY_KEY_ID", "my_credentials".upper()):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("MY_URL", "postgres://me:pw@host/db")
    monkeypatch.setenv("MY_COLOUR", "red")
    monkeypatch.setenv("GIT_DIR", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw0")
    monkeypatch.setenv("VIRTUAL_ENV", "venv")
    subprocess.run(["git", "init", "-q", tmp_path], check=True, env={"PATH": os.environ["PATH"]})
    result = ran(
        made(tmp_path / "tree", {A: f"REAL = {str(Path.home())!r}; BASE = {site.getuserbase()!r}" + ENVIRONMENT})
    )
    assert [seen for seen in result.seen if seen.outcome != "passed"] == []
    assert len(calls(result)) == 3


def test_nothing_is_compiled_into_the_tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next run in the same tree must read the source: no bytecode is left."""
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    tree = made(tmp_path / "tree", {"shop/__init__.py": "VALUE = 1\n", A: "import shop\n" + PASSING})
    assert calls(ran(tree)) == {"test_it": "passed"}
    assert not list(tree.rglob("*.pyc"))


def test_conftest_that_wanders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A conftest that changes directory, writes at home and prints without end harms neither records nor home."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    conftest = (
        "import os, sys\nos.chdir('/')\nsys.__stdout__.write('noise\\n' * 2_000_000)\n"
        "open(os.path.expanduser('~/mine'), 'w').close()\n"
    )
    tree = made(tmp_path / "tree", {"conftest.py": conftest, A: "def test_it(): assert 0\n"})
    result = ran(tree, f"{A}::test_it")
    assert (result.end, calls(result)) == ("finished", {"test_it": "failed"})
    assert not list(home.iterdir())


def test_flood_before_a_crash(tmp_path: Path) -> None:
    """Of endless output only the end is kept."""
    flood = (
        "import os\ndef test_it(capfd):\n    with capfd.disabled():\n        os.write(1, b'x' * 9_000_000 + b' last')\n"
    )
    result = ran(made(tmp_path / "tree", {A: flood + "        os._exit(0)\n"}))
    assert result.end == "crashed"
    assert result.excerpt.endswith("last")
    assert len(result.excerpt) <= process.OUTPUT_BYTES


@pytest.mark.parametrize("junk", ["[1\\n", "7\\n", '["seen", 1]\\n', '["finish"]\\n', "\\xff\\n"])
def test_records_that_cannot_be_read(tmp_path: Path, junk: str) -> None:
    """After a line that a full disk cut short, or a test wrote, nothing is believed: the run counts as crashed."""
    tests = (
        "import pathlib, prevention_proof_child as child\ndef test_fine(): pass\ndef test_it():\n"
        "    with open(pathlib.Path(child.__file__).parents[1] / 'records', 'ab') as records:\n"
        f"        records.write(b'{junk}')\n"
    )
    result = ran(made(tmp_path / "tree", {A: tests}))
    assert (result.end, calls(result)) == ("crashed", {"test_fine": "passed"})


def test_records_that_are_taken_away(tmp_path: Path) -> None:
    """A test that removes all of the run's private folder removes none of what was seen."""
    tests = (
        "import pathlib, prevention_proof_child as child, shutil\ndef test_fine(): pass\n"
        "def test_it():\n    shutil.rmtree(pathlib.Path(child.__file__).parents[1])\n    assert 0\n"
    )
    result = ran(made(tmp_path / "tree", {A: tests}))
    assert calls(result) == {"test_fine": "passed", "test_it": "failed"}


def test_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Endless memory and endless files are errors inside the test, not of the machine."""
    monkeypatch.setattr(harness, "FILE_BYTES", 1 << 20)
    tests = (
        "import resource\ndef test_m(): bytearray(2 << 30)\n"
        "def test_f(tmp_path): (tmp_path / 'f').write_bytes(bytes(2 << 20))\n"
        "def test_c(): assert resource.getrlimit(resource.RLIMIT_CORE)[0] == 0\n"
    )
    tree = made(tmp_path / "tree", {A: tests})
    cores = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (cores[1], cores[1]))
    try:
        result = run(tree, [A], [A], limit_seconds=LIMIT_SECONDS, memory_bytes=1 << 30)
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, cores)
    assert one(result, "test_c").outcome == "passed"
    assert one(result, "test_m").kind == "MemoryError"
    assert one(result, "test_f").kind == "OSError"


def test_memory_is_measured(tmp_path: Path) -> None:
    """Of addresses, as the limit is; nobody knows it of a run that started other processes, which may need more."""
    alone = ran(made(tmp_path / "alone", {A: "def test_it(): bytearray(300 << 20)\n"}))
    assert alone.memory_bytes is not None
    assert 300 << 20 < alone.memory_bytes < harness.MEMORY_BYTES
    others = "import subprocess\ndef test_it(): subprocess.run(['true'])\n"
    assert ran(made(tmp_path / "others", {A: others})).memory_bytes is None


@pytest.mark.parametrize(
    ("taken", "limit"), [(None, 8), (1 << 20, 2), (1 << 30, 4), (3 << 29, 6), (2 << 30, 8), (5 << 30, 8)]
)
def test_the_limit_of_memory_is_that_of_the_control(taken: int | None, limit: int) -> None:
    """Four times what it took, in GiB; where that is little, or unknown, what any run may take."""
    assert harness.memory_limit(Ran(memory_bytes=taken)) == limit << 30
