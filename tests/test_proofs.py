"""``prevention prove`` from the command line, on small real repositories."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from math import inf
from pathlib import Path

import pytest

from pytest_prevention.cli import main
from pytest_prevention.model.proof import Ran, Seen
from pytest_prevention.sources import demo
from tests.repositories import git

BUG = "def mean(prices):\n    return sum(prices) / len(prices)\n"
FIX = "def mean(prices):\n    if not prices:\n        return 0\n    return sum(prices) / len(prices)\n"
TESTS = """\
import pytest
from shop.orders import mean


@pytest.mark.incident("INC-001")
def test_the_mean_of_nothing():
    assert mean([]) == 0


@pytest.mark.incident("INC-002")
def test_the_mean_of_one():
    assert mean([2]) == 2


def test_the_mean_of_two():
    assert mean([2, 4]) == 3
"""
NEW_MODULE = "def shown(name):\n    return name.title()\n"
TESTS_OF_IT = """\
import pytest
from shop.names import shown


@pytest.mark.incident("INC-003")
def test_a_name_is_shown_with_a_capital():
    assert shown("mug") == "Mug"
"""
TESTS_ALONE = """\
import pytest


@pytest.mark.incident("INC-004")
def test_without_a_known_fix():
    pass


@pytest.mark.incident("INC-005")
def test_of_a_fix_that_changed_only_tests():
    pass
"""
RECORD = """\
---
id: {id}
title: Something broke
severity: SEV2
status: resolved
started_at: 2024-01-15T10:00:00Z
detected_at: 2024-01-15T10:20:00Z
mitigated_at: 2024-01-15T11:05:00Z
fixed_at: 2024-01-16T09:20:00Z
postmortem_at: 2024-01-17
fix_commits: [{fix}]
---
# {id}: Something broke
"""


def commit(top: Path, files: Mapping[str, str]) -> str:
    """One commit of these files below ``app/``; its id."""
    for path, text in files.items():
        file = top / "app" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    git(top, "add", "-A")
    git(top, "commit", "-qm", "next")
    return git(top, "rev-parse", "HEAD")


@pytest.fixture
def app(built: Path) -> Path:
    """Without the receipts of the test before."""
    (built / "incidents" / "proofs.json").unlink(missing_ok=True)
    return built


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project in a sub folder of its repository: five incidents, each with one guard."""
    top = tmp_path_factory.mktemp("repository")
    git(top, "init", "-q", "-b", "main")
    commit(top, {"shop/__init__.py": "", "shop/orders.py": BUG})
    fixed = commit(top, {"shop/orders.py": FIX, "tests/test_orders.py": TESTS})
    new = commit(top, {"shop/names.py": NEW_MODULE, "tests/test_names.py": TESTS_OF_IT})
    tests = commit(top, {"tests/test_alone.py": TESTS_ALONE})
    fixes = {"INC-001": fixed, "INC-002": fixed, "INC-003": new, "INC-004": "", "INC-005": tests}
    commit(
        top,
        {f"incidents/{name}.md": RECORD.format(id=name, fix=f'"{fix}"' if fix else "") for name, fix in fixes.items()}
        | {
            "incidents/prevention-backlog.md": "| # | Incident | Action | Category | Priority | Status | Due | Done |\n"
            "|---|---|---|---|---|---|---|---|\n"
        },
    )
    return top / "app"


def prove(root: Path, *arguments: str) -> int:
    return main(["prove", "--root", str(root), *arguments])


def proofs(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    data = json.loads(capsys.readouterr().out)
    assert data.keys() == {"version", "proofs"}
    found: list[dict[str, object]] = data["proofs"]
    return found


def state(top: Path) -> tuple[str, ...]:
    """All of a repository that a proof must leave alone; ``git status`` would refresh the index itself."""
    index = (top / ".git" / "index").read_bytes().hex()
    config = (top / ".git" / "config").read_text(encoding="utf-8")
    tree = sorted(str(path) for path in top.rglob("*") if ".git" not in path.relative_to(top).parts)
    texts = [Path(path).read_text(encoding="utf-8") for path in tree if Path(path).is_file()]
    objects = sorted(str(path) for path in (top / ".git" / "objects").rglob("*"))
    return index, config, git(top, "for-each-ref"), git(top, "stash", "list", "--format=%H"), *tree, *texts, *objects


def test_a_proof_leaves_nothing_behind(
    app: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a sub folder: work tree, index, refs, stash, config and temporaries are as before, but for the receipt."""
    top = tmp_path / "copy"
    shutil.copytree(app.parent, top)
    orders = top / "app" / "shop" / "orders.py"
    orders.write_text("stashed = 1\n", encoding="utf-8")
    git(top, "stash", "-q")
    orders.write_text("this is no Python\n", encoding="utf-8")
    (top / "app" / "staged.txt").write_text("staged\n", encoding="utf-8")
    git(top, "add", "app/staged.txt")
    (top / "app" / "new.txt").write_text("untracked\n", encoding="utf-8")
    room = tmp_path / "tmp"
    room.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(room))
    before = state(top)
    assert prove(top / "app", "INC-001", "--format", "json") == 0
    receipts = top / "app" / "incidents" / "proofs.json"
    assert "test_the_mean_of_nothing" in receipts.read_text(encoding="utf-8")
    receipts.unlink()
    (proof,) = proofs(capsys)
    assert proof.pop("seconds")
    assert str(proof.pop("excerpt")).startswith("ZeroDivisionError: ")
    assert proof == {
        "incident": "INC-001",
        "guard": "tests/test_orders.py::test_the_mean_of_nothing",
        "verdict": "proven",
        "method": "at-the-fix",
        "grade": "exception",
        "reason": None,
        "carried_from": None,
        "receipt": None,
    }
    assert state(top) == before
    assert list(room.iterdir()) == []


def test_a_guard_that_passes_without_the_fix_fails_the_command(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It guards nothing: exit code 1, even beside what nobody can tell."""
    assert prove(app, "INC-004", "INC-002") == 1
    text = capsys.readouterr().out
    assert "not proven  INC-002  tests/test_orders.py::test_the_mean_of_one\n" in text
    assert "INC-001" not in text, "only those that were named"
    assert "\nProofs: 1 not proven, 1 inconclusive.\n" in text
    assert text.endswith("incidents/proofs.json: commit it.\n")


def test_a_guard_of_a_new_name_is_weakly_proven(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The module came with the fix: on a stand-in for it the test runs into what is missing, which shows no more."""
    assert prove(app, "INC-003", "--format", "json") == 0
    (proof,) = proofs(capsys)
    assert (proof["verdict"], proof["method"], proof["grade"]) == ("proven-weak", "old-tree-stubs", "api-absent")


def test_a_fix_that_nobody_can_take_back_is_inconclusive(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No fix commit is named, or it changed tests only; each says so, in the order of the incidents."""
    assert prove(app, "INC-005", "INC-004", "--format", "json") == 5
    told = [(proof["incident"], proof["verdict"], proof["reason"]) for proof in proofs(capsys)]
    assert told == [
        ("INC-004", "inconclusive", "history-missing"),
        ("INC-005", "inconclusive", "no-source-change"),
    ]


def test_an_unknown_incident_is_a_usage_error(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All of them are named, and nothing is proven meanwhile."""
    assert prove(app, "INC-001", "INC-098", "INC-099") == 4
    told = capsys.readouterr()
    assert told.out == ""
    assert "INC-098" in told.err
    assert "INC-099" in told.err


def test_without_git_nothing_can_be_judged(app: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The project is readable, its history is not there."""
    shutil.copytree(app, tmp_path / "app")
    assert prove(tmp_path / "app") == 5
    assert "git" in capsys.readouterr().err


def test_no_guard_is_no_proof(app: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An incident without linked tests must not look kept."""
    top = tmp_path / "copy"
    shutil.copytree(app.parent, top)
    (top / "app" / "tests" / "test_alone.py").unlink()
    assert prove(top / "app", "INC-004") == 5
    assert capsys.readouterr().out == "No linked test was to be proven.\n"


def test_what_was_changed_after_the_fix_is_proven_today(
    app: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The guard was rewritten since: the proof of then would not hold, so the fix is taken back from today's tree."""
    top = tmp_path / "copy"
    shutil.copytree(app.parent, top)
    commit(top, {"tests/test_orders.py": TESTS.replace("assert mean([])", "assert mean(())")})
    assert prove(top / "app", "INC-001", "--format", "json") == 0
    (proof,) = proofs(capsys)
    assert (proof["verdict"], proof["method"]) == ("proven", "strict-reverse")


REWRITTEN = "def average(prices):\n    return sum(prices) / len(prices) if prices else 0\n\n\nmean = average\n"
TESTS_OF_TODAY = """\
import pytest
from shop.orders import mean

SOME = [2]


@pytest.mark.incident("INC-001")
def test_the_mean_of_nothing():
    assert mean(SOME) == 2


@pytest.mark.incident("INC-001")
def test_a_newer_one():
    assert mean(SOME) == 2
"""


def test_a_test_that_asks_something_else_today_is_not_blamed_by_the_old_code(
    app: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It kept its name only; one that is newer than the fix was written for this incident, and is."""
    top = tmp_path / "top"
    shutil.copytree(app.parent, top)
    commit(top, {"shop/orders.py": REWRITTEN, "tests/test_orders.py": TESTS_OF_TODAY})
    assert prove(top / "app", "INC-001", "--format", "json") == 1
    told = [(one["guard"], one["verdict"], one["method"], one["reason"]) for one in proofs(capsys)]
    assert told == [
        ("tests/test_orders.py::test_a_newer_one", "not-proven", "old-tree", "passes-without-fix"),
        ("tests/test_orders.py::test_the_mean_of_nothing", "inconclusive", None, "test-changed"),
    ]


def test_what_hangs_with_the_fix_is_waited_for_once(
    app: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A test beside the guard is left out of all later runs of that fix; when patience is over, no more are made."""
    guard, other = "tests/test_orders.py::test_the_mean_of_one", "tests/test_orders.py::test_the_mean_of_two"
    asked: list[tuple[float, set[str]]] = []
    passed = Ran((Seen(guard, "call", "passed"),))

    def run(*_: object, aside: set[str], patience_seconds: float, **__: object) -> Ran:
        asked.append((patience_seconds, {*aside}))
        return replace(passed, hung=() if aside else (other,), seconds=100.0)

    monkeypatch.setattr("pytest_prevention.trials.run", run)
    assert prove(app, "INC-002") == 5  # nothing of the fix was loaded: each technique is tried
    assert asked[:3] == [(240.0, set()), (inf, {other}), (140.0, {other})]
    assert all(aside == {other} for _, aside in asked[1:])

    (app / "incidents" / "proofs.json").unlink()
    asked.clear()
    capsys.readouterr()
    passed = Ran(end="timeout")
    assert prove(app, "INC-002", "--format", "json") == 5
    assert [patience for patience, _ in asked] == [240.0, 140.0, 40.0]
    (proof,) = proofs(capsys)
    assert proof["reason"] == "timeout-in-control"


CLASS = "tests/test_price_list.py::TestPricesThatCouldMeanTwoThings"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo; it has receipts of its own."""
    target = tmp_path_factory.mktemp("demo") / "shop"
    demo.unpack("shop", target)
    return target


def test_the_receipts_of_the_demo_are_true(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Proven again, every guard does what its receipt says, word for word."""
    assert prove(shop, "--check", "--jobs", "2", "--format", "json") == 1
    found = proofs(capsys)
    assert [proof["verdict"] for proof in found] == [proof["receipt"] for proof in found]
    written = json.loads((shop / "incidents/proofs.json").read_text(encoding="utf-8"))["proofs"]
    stale = f"{CLASS}::test_so_is_anything_else"
    same = ("guard", "verdict", "method", "grade", "excerpt")
    assert [[proof[key] or "" for key in same] for proof in found] == [
        [receipt[key] for key in same] for receipt in written if receipt["guard"] != stale
    ]


def test_the_demo_shows_every_verdict(shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Which guard fails, passes, and is red for the wrong reason; afterwards no proof is stale, and no more breaks."""
    root = shutil.copytree(shop, tmp_path / "shop")
    assert prove(root, "--jobs", "2", "--format", "json") == 1
    assert {(one["guard"], one["verdict"], one["grade"], bool(one["carried_from"])) for one in proofs(capsys)} == {
        ("tests/test_api.py::test_an_empty_body_is_the_customers_mistake", "proven", "exception", True),
        ("tests/test_orders.py::test_an_order_without_items_is_refused", "inconclusive", None, False),
        ("tests/test_pricing.py::test_price_of_one_mug", "proven", "assertion", True),
        ("tests/test_pricing.py::test_a_voucher_takes_off_no_more_than_the_price", "proven-weak", "api-absent", True),
        (f"{CLASS}::test_a_thousands_mark_is_refused", "proven", "assertion", True),
        (f"{CLASS}::test_so_is_anything_else", "proven", "assertion", False),
        (f"{CLASS}::test_a_clear_price_is_read", "not-proven", None, False),
        ("tests/test_price_list.py::test_one_bad_line_refuses_the_whole_list", "proven", "assertion", True),
    }
    assert main(["check", "--root", str(root), "--format", "json"]) == 1
    findings = json.loads(capsys.readouterr().out)["verdict"]["findings"]
    assert [one["code"] for one in findings if one["severity"] == "error"] == ["PRV201"]
    assert [one["code"] for one in findings if one["code"].startswith("PRV31")] == ["PRV313"]


def test_progress_leaves_nothing_on_the_line_of_the_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """At a terminal each incident is told in place, and the line is empty again when the answer comes."""
    root = tmp_path / "shop"
    demo.unpack("shop", root)
    (root / "incidents" / "proofs.json").unlink()
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setattr("pytest_prevention.trials.run", lambda *_, **__: Ran())
    assert main(["prove", "--root", str(root), "INC-002"]) == 5
    assert capsys.readouterr().err == "\r\x1b[Kproving INC-002: 2 tests (1 of 1)\r\x1b[K"


def verdicts(capsys: pytest.CaptureFixture[str]) -> dict[object, object]:
    return {proof["guard"]: proof["verdict"] for proof in proofs(capsys)}


@pytest.fixture
def branch(app: Path, tmp_path: Path) -> Path:
    """A copy to go on with; its branch main stays where it is."""
    top = tmp_path / "copy"
    shutil.copytree(app.parent, top)
    git(top, "checkout", "-qb", "work")
    return top / "app"


def test_nothing_changed_is_nothing_to_prove(branch: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody asked for a proof that is missing: a pull request that touches no guard passes."""
    assert prove(branch, "--changed-since", "main") == 0
    assert capsys.readouterr().out == "No linked test was to be proven.\n"


GUARD = "tests/test_orders.py::test_the_mean_of_"


@pytest.mark.parametrize(
    ("path", "old", "new", "guards"),
    [
        ("tests/test_orders.py", "assert mean([])", "assert mean(())", {GUARD + "nothing", GUARD + "one"}),
        ("incidents/INC-001.md", "SEV2", "SEV1", {GUARD + "nothing"}),
        ("incidents/prevention-backlog.md", "|---|", "| 1 | INC-002 | x | Test | P4 | Todo | — | — |", {GUARD + "one"}),
    ],
    ids=["test", "record", "row"],
)
def test_what_a_branch_touches_is_proven(
    path: str, old: str, new: str, guards: set[str], branch: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The test file, the record or the row of an incident."""
    text = (branch / path).read_text(encoding="utf-8")
    changed = text + new + "\n" if path.endswith("backlog.md") else text.replace(old, new)
    commit(branch.parent, {path: changed})
    prove(branch, "--changed-since", "main", "--format", "json")
    assert verdicts(capsys).keys() == guards


def test_a_fix_of_the_branch_is_proven(branch: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Also where the record was there before, and whatever has happened on main meanwhile."""
    path = "incidents/INC-004.md"
    record = (branch / path).read_text(encoding="utf-8")
    coming = "abcdef0123"
    commit(branch.parent, {path: record.replace("fix_commits: []", f'fix_commits: ["{coming}"]')})
    git(branch.parent, "branch", "-f", "main", "HEAD")
    git(branch.parent, "checkout", "-q", "main")
    commit(
        branch.parent, {"incidents/INC-001.md": (branch / "incidents/INC-001.md").read_text(encoding="utf-8") + "x\n"}
    )
    git(branch.parent, "checkout", "-qB", "work", "HEAD~1")
    fix = commit(branch.parent, {"shop/orders.py": FIX + "\n\ndef more():\n    return 1\n"})
    loose = branch / path
    loose.write_text(loose.read_text(encoding="utf-8").replace(coming, fix), encoding="utf-8")
    prove(branch, "--changed-since", "main", "--format", "json")
    assert verdicts(capsys).keys() == {"tests/test_alone.py::test_without_a_known_fix"}


def test_an_unknown_revision_is_told(branch: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A typo must not look like "nothing changed"."""
    assert prove(branch, "--changed-since", "origin/mian") == 4
    assert "origin/mian" in capsys.readouterr().err


def test_several_jobs_give_the_same_answers(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In the same order."""
    answers = []
    for jobs in "1", "3":
        assert prove(app, "--jobs", jobs, "--format", "json") == 1
        answers.append([{**proof, "seconds": 0} for proof in proofs(capsys)])
        (app / "incidents" / "proofs.json").unlink()
    assert answers[0] == answers[1]


def test_a_record_can_refuse(branch: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its bug may be one that nobody wants to run again."""
    record = branch / "incidents" / "INC-001.md"
    refusing = "prove: never\nprove_reason: it deletes the disk\nfix_commits"
    record.write_text(record.read_text(encoding="utf-8").replace("fix_commits", refusing), encoding="utf-8")
    assert prove(branch, "INC-001", "--format", "json") == 5
    (proof,) = proofs(capsys)
    assert (proof["reason"], "it deletes the disk" in str(proof["excerpt"])) == ("refused", True)


def untouched(*_: object, **__: object) -> Ran:
    raise AssertionError("a guard was run")


def test_a_receipt_is_carried_while_the_test_is_the_same(
    branch: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Proven once, it is told again at once, in any layout; a changed test is proven anew."""
    assert prove(branch, "INC-001", "--format", "json") == 0
    first = proofs(capsys)
    written = (branch / "incidents" / "proofs.json").read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr("pytest_prevention.trials.run", untouched)
        assert prove(branch, "INC-001", "--format", "json") == 0
        again = proofs(capsys)
        assert [{**one, "seconds": 0, "carried_from": None} for one in again] == [
            {**one, "seconds": 0} for one in first
        ]
        assert all(one["carried_from"] for one in again)
        assert (branch / "incidents" / "proofs.json").read_bytes() == written
    commit(branch.parent, {"tests/test_orders.py": TESTS.replace("mean([])", "mean(())")})
    assert prove(branch, "INC-001", "--format", "json") == 0
    assert [one["carried_from"] for one in proofs(capsys)] == [None]


def test_a_receipt_that_lies_is_found_by_checking(branch: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A mark cannot fake a proof, and what a file says can be proven again."""
    assert prove(branch, "INC-001", "INC-002") == 1
    receipts = branch / "incidents" / "proofs.json"
    honest = receipts.read_text(encoding="utf-8")
    capsys.readouterr()
    assert prove(branch, "INC-001", "--check", "--format", "json") == 0
    assert [(one["verdict"], one["receipt"]) for one in proofs(capsys)] == [("proven", "proven")]
    forged = honest.replace('"verdict": "not-proven"', '"verdict": "proven"')
    assert forged != honest
    receipts.write_text(forged, encoding="utf-8")
    assert prove(branch, "INC-002", "--format", "json") == 0
    assert prove(branch, "--check") == 1
    assert "its receipt in incidents/proofs.json says: proven" in capsys.readouterr().out
    assert receipts.read_text(encoding="utf-8") == forged


def test_checking_without_receipts_checks_nothing(branch: Path) -> None:
    """Which is no pass."""
    assert prove(branch, "--check") == 5


@pytest.mark.parametrize("arguments", [["INC-001", "--all"], ["--check", "--changed-since", "main"]])
def test_options_that_contradict_each_other_are_a_usage_error(app: Path, arguments: list[str]) -> None:
    """Rather than one of them being ignored."""
    with pytest.raises(SystemExit, match="4"):
        prove(app, *arguments)


MARKED = """\
import pytest


@pytest.mark.incident("INC-001")
def {name}():
{body}"""


def test_a_test_that_is_not_committed_is_not_proven(branch: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither the one of HEAD in its place, nor one that HEAD does not have."""
    orders = branch / "tests" / "test_orders.py"
    orders.write_text(TESTS.replace("mean([])", "mean(())"), encoding="utf-8")
    new = branch / "tests" / "test_new.py"
    new.write_text(MARKED.format(name="test_new", body="    assert True\n"), encoding="utf-8")
    assert prove(branch, "INC-001", "--format", "json") == 5
    told = [(one["guard"], one["reason"], one["excerpt"]) for one in proofs(capsys)]
    assert told == [
        ("tests/test_new.py::test_new", "test-missing", "it is not in HEAD: commit it first"),
        (GUARD + "nothing", "test-missing", "it differs from HEAD: commit it first"),
    ]
    assert not (branch / "incidents" / "proofs.json").exists()


def rewritten(branch: Path, files: Mapping[str, str], fix: Mapping[str, str], test: str) -> None:
    """The bug, its fix and a guard of INC-001, each in a commit of its own."""
    commit(branch.parent, files)
    done = commit(branch.parent, fix)
    guard = MARKED.format(name="test_it", body=test)
    record = RECORD.format(id="INC-001", fix=f'"{done}"')
    commit(branch.parent, {"tests/test_orders.py": "", "tests/test_it.py": guard, "incidents/INC-001.md": record})


@pytest.mark.parametrize(
    ("before", "after", "call"),
    [
        ("def total(x):  # no currency yet\n    return x\n", "def total(x, currency=0):\n    return x\n", "currency=1"),
        ("def total(x):\n    return x\n", "def total(x, rate=1):\n    return x * rate\n", "1"),
    ],
    ids=["a word in a comment", "one argument more"],
)
def test_a_new_parameter_shows_only_that_it_is_new(
    before: str, after: str, call: str, branch: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever words the old code used, and by whatever way it is passed."""
    test = f"    from shop.total import total\n    assert total(5, {call}) == 5\n"
    rewritten(branch, {"shop/total.py": before}, {"shop/total.py": after}, test)
    assert prove(branch, "INC-001", "--format", "json") == 0
    (proof,) = proofs(capsys)
    assert (proof["verdict"], proof["grade"]) == ("proven-weak", "api-absent")


def test_a_guard_that_loads_nothing_of_the_fix_is_not_blamed(branch: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It may reach it in a process that loads the installed package."""
    rewritten(branch, {"shop/total.py": "x = 1\n"}, {"shop/total.py": "x = 2\n"}, "    assert 1 + 1 == 2\n")
    assert prove(branch, "INC-001", "--format", "json") == 5
    (proof,) = proofs(capsys)
    assert proof["reason"] == "wrong-code-loaded"


def test_a_repair_in_data_is_not_taken_back_and_its_guard_not_blamed(
    branch: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Half a fix taken back shows nothing against the guard."""
    test = "    import shop.total\n    assert shop.total\n"
    fix = {"shop/total.py": "x = 2\n", "shop/rates.json": '{"rate": 2}\n'}
    rewritten(branch, {"shop/total.py": "x = 1\n", "shop/rates.json": '{"rate": 1}\n'}, fix, test)
    assert prove(branch, "INC-001", "--format", "json") == 5
    (proof,) = proofs(capsys)
    assert (proof["reason"], "shop/rates.json" in str(proof["excerpt"])) == ("no-source-change", True)


def test_the_file_of_a_guard_is_never_taken_back(branch: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever policy calls it."""
    (branch / "pytest.ini").write_text("[pytest]\npython_files = check_*.py\n", encoding="utf-8")
    wrong, right = (
        MARKED.format(name="test_it", body=f"    from shop import x\n    assert x.x == {number}\n") for number in (2, 1)
    )
    commit(branch.parent, {"shop/x.py": "x = 1\n", "checks/check_it.py": wrong})
    fix = commit(branch.parent, {"shop/x.py": "x = 1\ny = 1\n", "checks/check_it.py": right})
    commit(branch.parent, {"incidents/INC-001.md": RECORD.format(id="INC-001", fix=f'"{fix}"')})
    assert prove(branch, "INC-001", "--format", "json") == 1
    assert verdicts(capsys) == {"checks/check_it.py::test_it": "not-proven"}


def test_what_cannot_be_taken_back_is_kept_too(branch: Path) -> None:
    """So that a policy that asks for a proof knows that somebody tried."""
    assert prove(branch, "INC-005") == 5
    assert '"no-source-change"' in (branch / "incidents" / "proofs.json").read_text(encoding="utf-8")
