"""Evidence files: what several runs showed, judged together and without running anything."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from pytest_prevention import resources
from pytest_prevention.cli import main
from pytest_prevention.exceptions import PreventionError
from pytest_prevention.model import (
    NOT_MEASURED,
    Lines,
    Link,
    Links,
    Location,
    Outcome,
    Record,
    Run,
    Unavailable,
    worst,
)
from pytest_prevention.model.link import Origin
from pytest_prevention.sources import evidence
from tests.plugin.conftest import HEADER, INCIDENT

ROW = "| {n} | INC-{n:03d} | Add a test | Test | P1 | Done | 2024-02-01 | 2024-01-20 | |\n"
GUARD = 'import pytest\n\n@pytest.mark.incident("INC-{n:03d}")\ndef test_guard():\n    assert sum([1, 1]) == {sum}\n'
LATE = """
def test_late(request):
    request.node.add_marker("incident")
    request.node.own_markers[-1] = __import__("pytest").mark.incident("INC-001").mark
    assert sum([1, 1]) == 2
"""


def git(root: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True)


def laid_out(root: Path) -> Path:
    """Two incidents, a guard for each in a file of its own, and a test that makes itself a guard while it runs."""
    (root / "incidents").mkdir()
    for n in (1, 2):
        (root / f"incidents/INC-{n:03d}.md").write_text(INCIDENT.format(id=f"INC-{n:03d}", title="Empty order"))
        (root / f"test_{n}.py").write_text(GUARD.format(n=n, sum=2))
    (root / "test_1.py").write_text(GUARD.format(n=1, sum=2) + LATE)
    (root / "incidents/prevention-backlog.md").write_text(HEADER + ROW.format(n=1) + ROW.format(n=2))
    (root / ".gitignore").write_text("*.json\n__pycache__\n")
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "first")
    return root


def run_tests(root: Path, name: str, *arguments: str) -> dict[str, Any]:
    """Run pytest there; the evidence file that it writes."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--prevention-evidence",
        name,
        *arguments,
    ]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert (root / name).is_file(), done.stdout + done.stderr
    found: dict[str, Any] = json.loads((root / name).read_text())
    return found


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with the evidence of two shards beside its tests."""
    root = laid_out(tmp_path_factory.mktemp("shards"))
    run_tests(root, "a.json", "test_1.py")
    run_tests(root, "b.json", "test_2.py")
    return root


@pytest.fixture
def here(shards: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(shards)
    return shards


Out = pytest.CaptureFixture[str]


def check(*files: str | Path) -> int:
    return main(["check", *(word for file in files for word in ("--evidence", str(file)))])


def changed(root: Path, name: str, to: Path, **keys: Any) -> Path:
    """A copy of one evidence file with other values."""
    data = json.loads((root / name).read_text())
    to.write_text(json.dumps({**data, **keys}))
    return to


def with_outcome(root: Path, name: str, to: Path, outcome: Outcome) -> Path:
    guards = json.loads((root / name).read_text())["guards"]
    return changed(root, name, to, guards=[{**guard, "outcome": outcome.value} for guard in guards])


@pytest.mark.parametrize("name", ["a.json", "b.json"])
def test_the_file_is_as_its_schema_says(here: Path, name: str) -> None:
    Draft7Validator(json.loads(resources.text("schema", "evidence.schema.json"))).validate(
        json.loads((here / name).read_text())
    )


@pytest.mark.usefixtures("here")
def test_all_shards_together_are_judged(capsys: Out) -> None:
    """Every guard was seen passing: kept, in whatever order the files come."""
    assert check("a.json", "b.json") == 0
    first = capsys.readouterr().out
    assert "Gate kept" in first
    assert "ran in none" not in first
    assert check("b.json", "a.json") == 0
    assert capsys.readouterr().out == first


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("name", "missing"), [("a.json", "test_2.py::test_guard"), ("b.json", "test_1.py::test_guard")]
)
def test_a_missing_shard_is_not_judged(capsys: Out, name: str, missing: str) -> None:
    """Exit code 5, and the guard that ran in no shard is named."""
    assert check(name) == 5
    out = capsys.readouterr().out
    assert "ran in none of the evidence handed in" in " ".join(out.split())
    assert main(["check", "--evidence", name, "--format", "json"]) == 5
    assert missing in capsys.readouterr().out.partition('"incidents"')[0]


@pytest.mark.parametrize("outcome", [one for one in Outcome if one.ran])
def test_the_worst_over_all_shards_counts(here: Path, tmp_path: Path, outcome: Outcome) -> None:
    """A guard that passed in one shard and not in another is no passing guard."""
    again = with_outcome(here, "a.json", tmp_path / "again.json", outcome)
    assert check("a.json", "b.json", again) == (0 if outcome.passing else 1)


@pytest.mark.parametrize("outcome", [one for one in Outcome if not one.ran])
def test_having_run_in_one_shard_is_enough(here: Path, tmp_path: Path, outcome: Outcome) -> None:
    again = with_outcome(here, "a.json", tmp_path / "again.json", outcome)
    assert check("a.json", "b.json", again) == 0


def test_a_failing_guard_in_evidence_breaks_the_gate(here: Path, tmp_path: Path, capsys: Out) -> None:
    failing = with_outcome(here, "b.json", tmp_path / "failing.json", Outcome.FAILED)
    assert check("a.json", failing) == 1
    out = capsys.readouterr().out
    assert "PRV301" in out
    assert "test_2.py::test_guard" in out


def test_a_failing_guard_is_found_though_a_shard_is_missing(here: Path, tmp_path: Path) -> None:
    """What is known to be wrong outranks what is not known."""
    assert check(with_outcome(here, "b.json", tmp_path / "failing.json", Outcome.FAILED)) == 1


@pytest.mark.parametrize("commit", ["0" * 40, ""])
def test_evidence_of_another_commit_is_refused(here: Path, tmp_path: Path, capsys: Out, commit: str) -> None:
    """Exit code 4; file and both commits are told."""
    stranger = changed(here, "b.json", tmp_path / "stranger.json", commit=commit)
    head = json.loads((here / "a.json").read_text())["commit"]
    assert check("a.json", stranger) == 4
    err = capsys.readouterr().err
    assert str(stranger) in err
    assert f"was recorded at commit {commit[:12] or 'unknown'}" in err
    assert head[:12] in err


def test_a_link_made_while_a_test_ran_survives_the_file(here: Path) -> None:
    run = evidence.read(here / "a.json")
    assert [(link.nodeid, link.incident) for link in run.links if link.origin == "dynamic"] == [
        ("test_1.py::test_late", "INC-001")
    ]
    assert run.records["test_1.py::test_late"].outcome is Outcome.PASSED


def test_what_the_file_says_of_each_link(here: Path) -> None:
    """Declared by the scan, collected and run in this shard: three different things."""
    links = {link["nodeid"]: link for link in json.loads((here / "a.json").read_text())["links"]}
    said = {nodeid: (link["declared"], link["collected"], link["ran"]) for nodeid, link in links.items()}
    assert said == {
        "test_1.py::test_guard": (True, True, True),
        "test_1.py::test_late": (False, True, True),
        "test_2.py::test_guard": (True, False, False),
    }


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is not an evidence file"),
        ("{", ":1:2:"),
        ('{"version": 1,\n "dirty": nope}', ":2:11:"),
        ("[]", "must be"),
        ("null", "must be"),
        ('{"version": NaN}', "NaN is not a number of JSON"),
        ('{"version": -Infinity}', "-Infinity is not a number of JSON"),
        ('{"version": 2}', "version"),
        ("[" * 50_000, "is not an evidence file"),
        ("\ud800", "is not"),
    ],
    ids=["empty", "open", "word", "list", "null", "nan", "infinity", "version", "deep", "surrogate"],
)
def test_what_is_no_evidence_is_refused(here: Path, tmp_path: Path, capsys: Out, text: str, told: str) -> None:
    """Exit code 4 with the file and the place in it; never a traceback, never a pass."""
    bad = tmp_path / "bad.json"
    bad.write_bytes(text.encode("utf-8", "surrogatepass"))
    assert check("a.json", "b.json", bad) == 4
    err = capsys.readouterr().err
    assert str(bad) in err
    assert told in err
    assert "Traceback" not in err


WRONG: dict[str, Any] = {
    "an unknown key": {"surprise": 1},
    "a word for a flag": {"dirty": "no"},
    "a guard without outcome": {"guards": [{"nodeid": "a", "seconds": 1, "detail": ""}]},
    "an unknown outcome": {"guards": [{"nodeid": "a", "seconds": 1, "detail": "", "outcome": "great"}]},
    "negative seconds": {"guards": [{"nodeid": "a", "seconds": -1, "detail": "", "outcome": "passed"}]},
    "a link that is a word": {"links": ["INC-001"]},
    "a range of lines": {"executed": {"a": {"shop.py": "1-999999999"}}},
    "no lines": {"executed": {"a": {"shop.py": ""}}},
    "a line that no file has": {"executed": {"a": {"shop.py": "12345678"}}},
    "lines that end in a new line": {"executed": {"a": {"shop.py": "1\n"}}},
    "a reason without remedy": {"not_measured": {"reason": "no coverage.py", "by_design": True}},
}


@pytest.mark.parametrize("name", WRONG)
def test_what_the_schema_refuses_is_told(here: Path, tmp_path: Path, capsys: Out, name: str) -> None:
    bad = changed(here, "b.json", tmp_path / "bad.json", **WRONG[name])
    assert check("a.json", bad) == 4
    err = capsys.readouterr().err
    assert str(bad) in err
    assert "Traceback" not in err


def test_a_number_that_is_too_large_for_a_float_is_no_number(here: Path, tmp_path: Path, capsys: Out) -> None:
    """1e999 is infinity to Python; in a report it would be no JSON."""
    text = (here / "b.json").read_text()
    seconds = json.loads(text)["guards"][0]["seconds"]
    (tmp_path / "bad.json").write_text(text.replace(f'"seconds": {seconds}', '"seconds": 1e999'))
    assert check("a.json", tmp_path / "bad.json") == 4
    assert "1e999 is too large a number" in capsys.readouterr().err


def test_no_file_and_a_directory(here: Path, tmp_path: Path, capsys: Out) -> None:
    assert check(tmp_path / "missing.json") == 4
    assert f"{tmp_path / 'missing.json'}: does not exist" in capsys.readouterr().err
    assert check(tmp_path) == 4
    assert f"{tmp_path}: is a directory" in capsys.readouterr().err


def test_too_large_a_file(tmp_path: Path) -> None:
    with (tmp_path / "large.json").open("wb") as stream:
        stream.truncate(65 * 1024 * 1024)
    with pytest.raises(PreventionError, match="is larger than"):
        evidence.read(tmp_path / "large.json")


def test_only_the_controller_writes_and_whole(tmp_path: Path) -> None:
    """With a worker there is one file with everything in it, and nothing else is left behind."""
    root = laid_out(tmp_path)
    data = run_tests(root, "all.json", "-n1")
    assert {guard["nodeid"]: guard["outcome"] for guard in data["guards"]} == {
        "test_1.py::test_guard": "passed",
        "test_1.py::test_late": "passed",
        "test_2.py::test_guard": "passed",
    }
    assert data["complete"]
    assert not data["dirty"]
    assert [path.name for path in root.iterdir() if "json" in path.name] == ["all.json"]


def test_a_change_since_the_commit_is_written_down(tmp_path: Path) -> None:
    root = laid_out(tmp_path)
    (root / "test_2.py").write_text(GUARD.format(n=2, sum=3))
    data = run_tests(root, "all.json")
    assert data["dirty"]
    assert [guard["outcome"] for guard in data["guards"]] == ["passed", "passed", "failed"]


# Laws, over generated runs.

NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8)
GAPS = st.builds(Unavailable, NAMES, NAMES, st.booleans())


PATHS = st.sampled_from(["shop/orders.py", "shop/ü.py"])
LINES = st.frozensets(st.integers(1, 9_999_999), min_size=1, max_size=5)
EXECUTED: st.SearchStrategy[Mapping[str, Lines] | Unavailable] = GAPS | st.dictionaries(
    st.sampled_from(["a::x", "b::ü\n"]), st.dictionaries(PATHS, LINES, max_size=2)
)


ORIGINS: st.SearchStrategy[Origin] = st.sampled_from(["mark", "dynamic"])


@st.composite
def runs(draw: st.DrawFn) -> Run:
    guards = draw(st.sets(st.sampled_from(["a::x", "a::y[1]", "a::y[2]", "b::ü\n", "c"])))
    seconds = st.floats(0, 1e6)
    records = {
        nodeid: Record(nodeid, draw(st.sampled_from(Outcome)), draw(seconds), draw(NAMES)) for nodeid in sorted(guards)
    }
    links = (
        [
            Link(
                draw(NAMES),
                nodeid,
                Location(draw(NAMES), draw(st.integers(0, 99))),
                origin,
                draw(st.none() | st.just(3)),
            )
            for nodeid, origin in draw(st.lists(st.tuples(st.sampled_from(sorted(records)), ORIGINS), max_size=4))
        ]
        if records
        else []
    )
    return Run(
        records=records,
        links=tuple(links),
        gaps=tuple(draw(st.lists(GAPS, max_size=2))),
        commit="c0ffee",
        dirty=draw(st.booleans()),
        arguments=tuple(draw(st.lists(NAMES, max_size=2))),
        executed=draw(EXECUTED),
    )


unhurried = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)


@unhurried
@given(runs())
def test_what_is_written_is_read_again(tmp_path: Path, run: Run) -> None:
    path = tmp_path / "run.json"
    path.write_text(evidence.render(run, Links(), Links(run.links)), encoding="utf-8")
    assert evidence.read(path) == run


@unhurried
@given(st.binary(max_size=40) | st.text(st.sampled_from('{}[]",:0e-.tn \n'), max_size=40).map(str.encode))
def test_any_bytes_are_read_or_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "run.json"
    path.write_bytes(data)
    with pytest.raises(PreventionError):
        evidence.read(path)


def names(parts: list[Run]) -> Iterator[str]:
    return (f"{number}.json" for number in range(len(parts)))


@given(st.lists(runs(), min_size=1, max_size=4), st.randoms())
def test_shards_are_combined_in_any_order(parts: list[Run], random: Any) -> None:
    """The worst outcome of each guard, every link, and dirty if any was."""
    shuffled = list(parts)
    random.shuffle(shuffled)
    one, two = (evidence.combined(some, list(names(some)), "c0ffee") for some in (parts, shuffled))
    for nodeid in {nodeid for part in parts for nodeid in part.records}:
        outcomes = [part.records[nodeid].outcome for part in parts if nodeid in part.records]
        assert all(worst(one.records[nodeid].outcome, outcome) is one.records[nodeid].outcome for outcome in outcomes)
        assert one.records[nodeid].outcome in outcomes
        assert two.records[nodeid].outcome is one.records[nodeid].outcome
    assert set(one.links) == set(two.links) == {link for part in parts for link in part.links}
    assert one.dirty == two.dirty == any(part.dirty for part in parts)
    assert one.complete == two.complete == all(part.complete for part in parts)


@given(st.lists(runs(), min_size=1, max_size=4), st.randoms())
def test_what_any_shard_measured_is_known(parts: list[Run], random: Any) -> None:
    """The lines of all of them; a reason only where none measured, and then one that nobody chose if there is one."""
    shuffled = list(parts)
    random.shuffle(shuffled)
    one, two = (evidence.combined(some, list(names(some)), "c0ffee").executed for some in (parts, shuffled))
    assert one == two
    measured = [part.executed for part in parts if isinstance(part.executed, Mapping)]
    if isinstance(one, Unavailable):
        reasons = [part.executed for part in parts if isinstance(part.executed, Unavailable)]
        assert len(reasons) == len(parts)
        assert one in reasons
        assert one.by_design == all(reason.by_design for reason in reasons)
        return
    assert measured
    triples = {(nodeid, path, line) for part in measured for nodeid, path, line in flat(part)}
    assert set(flat(one)) == triples
    assert one.keys() == {nodeid for part in measured for nodeid in part}


def flat(executed: Mapping[str, Lines]) -> Iterator[tuple[str, str, int]]:
    return (
        (nodeid, path, line) for nodeid, files in executed.items() for path, lines in files.items() for line in lines
    )


def test_a_file_without_lines_is_read_as_before(here: Path, tmp_path: Path) -> None:
    """Evidence that was written before anything was measured stays evidence."""
    data = json.loads((here / "a.json").read_text())
    del data["executed"]
    (tmp_path / "old.json").write_text(json.dumps(data))
    assert evidence.read(tmp_path / "old.json").executed == NOT_MEASURED
