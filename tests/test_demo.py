"""The demo repositories: their description, their history, and how they come to a user's disk."""

import difflib
import math
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_prevention.exceptions import PreventionError
from pytest_prevention.sources import demo
from pytest_prevention.sources.demo import Commit


def git(repository: Path, *arguments: str) -> str:
    return subprocess.run(["git", "-C", repository, *arguments], check=True, capture_output=True, text=True).stdout


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("demo") / "shop"
    demo.unpack("shop", target)
    return target


def test_the_work_tree_is_the_last_commit(shop: Path) -> None:
    """Nothing is left over, untracked or changed."""
    assert git(shop, "status", "--porcelain") == ""
    assert git(shop, "branch", "--show-current") == "main\n"
    tree = Path(__file__).parent.parent / "examples" / "shop" / "tree"
    files = (path.relative_to(tree).as_posix() for path in tree.rglob("*") if path.is_file())
    assert git(shop, "ls-files").splitlines() == sorted(path for path in files if "__pycache__" not in path)
    assert [path.name for path in shop.parent.iterdir()] == ["shop"]


def test_the_same_demo_has_the_same_hashes_whoever_unpacks_it(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Configuration, templates, hooks, signing and GIT_* variables of the user take no part."""
    home = tmp_path / "home"
    hooks = home / "template" / "hooks"
    hooks.mkdir(parents=True)
    hook = hooks / "post-checkout"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    (home / ".gitconfig").write_text(
        f"[init]\n\ttemplateDir = {hooks.parent}\n\tdefaultBranch = trunk\n"
        f"[core]\n\tautocrlf = true\n\thooksPath = {hooks}\n"
        "[user]\n\tname = Somebody\n[commit]\n\tgpgSign = true\n"
    )
    monkeypatch.setenv("HOME", str(home))
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_AUTHOR_NAME", "GIT_COMMITTER_DATE"):
        monkeypatch.setenv(name, str(tmp_path / "nowhere"))
    target = tmp_path / "shop"
    demo.unpack("shop", target)
    monkeypatch.undo()

    assert git(target, "rev-parse", "main") == git(shop, "rev-parse", "main")
    assert not (target / ".git" / "hooks").exists()
    assert b"\r\n" not in (target / "README.md").read_bytes()


def test_incident_files_name_the_real_commits(shop: Path) -> None:
    """Every fix commit of an incident is in the history, says so in a trailer, and changes both source and tests."""
    for record in sorted((shop / "incidents").glob("INC-*.md")):
        incident = record.name[:7]
        [fix] = re.findall(r"^fix_commits: \[\"([0-9a-f]{40})\"\]$", record.read_text(encoding="utf-8"), re.MULTILINE)
        assert git(shop, "log", "-1", "--format=%(trailers:key=Incident,valueonly,separator=)", fix).strip() == incident
        changed = git(shop, "show", "--format=", "--name-only", fix).splitlines()
        assert {path.split("/")[0] for path in changed} == {"shop", "tests"}
    assert "{commit:" not in git(shop, "grep", "-h", "commit", "--", "incidents")


@pytest.mark.parametrize(
    ("incident", "failing"),
    [
        ("INC-001", ["test_api.py::test_an_empty_body_is_the_customers_mistake"]),
        (
            "INC-002",
            [
                "test_payments.py::test_an_order_that_costs_nothing_is_not_charged",
                "test_pricing.py::test_a_voucher_takes_off_no_more_than_the_price",
                "test_pricing.py::test_price_of_one_mug[both]",
                "test_pricing.py::test_price_of_one_mug[larger than the basket]",
            ],
        ),
        (
            "INC-003",
            [
                "test_payments.py::test_a_late_answer_charges_the_card_once",
                "test_payments.py::test_the_total_is_charged",
            ],
        ),
        (
            "INC-004",
            [
                f"test_price_list.py::TestPricesThatCouldMeanTwoThings::{test}"
                for test in [
                    "test_a_thousands_mark_is_refused[1,299.00]",
                    "test_a_thousands_mark_is_refused[1,299]",
                    "test_a_thousands_mark_is_refused[1.299,00]",
                    "test_a_thousands_mark_is_refused[1.299]",
                    "test_so_is_anything_else[-1]",
                    "test_so_is_anything_else[.50]",
                    "test_so_is_anything_else[1.5]",
                    "test_so_is_anything_else[1.]",
                    "test_so_is_anything_else[1e3]",
                    "test_so_is_anything_else[]",
                    "test_so_is_anything_else[free]",
                ]
            ],
        ),
    ],
)
def test_every_fix_of_the_shop_is_a_fix(shop: Path, tmp_path: Path, incident: str, failing: list[str]) -> None:
    """The tests that came with a fix fail on the source as it was before, all but one, and no others do."""
    [fix] = git(shop, "log", "--format=%h", f"--grep=^Incident: {incident}", "--reverse").split()[:1]
    work = tmp_path / "work"
    git(shop, "worktree", "add", "--detach", str(work), fix)
    git(work, "checkout", f"{fix}~", "--", "shop")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-o", "addopts=", "-W", "ignore", "-rf", "--tb=no"],
        cwd=work,
        env={"PATH": os.environ["PATH"], "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "COLUMNS": "200"},
        capture_output=True,
        text=True,
    )
    assert sorted(re.findall(r"^FAILED tests/(.+?) - ", done.stdout, re.MULTILINE)) == failing, done.stdout
    git(shop, "worktree", "remove", "--force", str(work))


IMPORT_ALL = """
import importlib, pathlib, sys
for state in pathlib.Path(sys.argv[1]).iterdir():
    sys.path[0] = str(state)
    for file in state.glob("shop/*.py"):
        importlib.import_module("shop." + file.stem)
    for name in [name for name in sys.modules if name.split(".")[0] == "shop"]:
        del sys.modules[name]
"""


def test_every_commit_of_the_shop_can_be_imported(shop: Path, tmp_path: Path) -> None:
    """No state of the history names a module or function that is not there yet, or no longer."""
    for commit in git(shop, "rev-list", "main").split():
        (tmp_path / commit).mkdir()
        git(shop, f"--work-tree={tmp_path / commit}", "restore", f"--source={commit}", "--", "shop")
    subprocess.run([sys.executable, "-B", "-c", IMPORT_ALL, tmp_path], check=True)


PLANTED, BUSY = "shop/payments.py", "shop/shipping.py"
HALF_YEAR, YEAR = 182, 365
HALF_LIFE = 180


@dataclass(frozen=True)
class Record:
    """What the history says of one module at one time: the messages of its commits, and its score."""

    commits: list[str]
    fixes: list[str]
    fixes_of_the_year: int
    probability: float


def records(shop: Path, *, days_ago: int = 0) -> dict[str, Record]:
    """Every source file by its path, reckoned by hand as of so many days before the last commit."""
    now = int(git(shop, "log", "-1", "--format=%ct")) - days_ago * 86400
    commit = git(shop, "rev-list", "-1", f"--before={now}", "main").strip()
    paths = git(shop, "ls-tree", "-r", "--name-only", commit, "shop").splitlines()
    return {path: record(shop, commit, path, now) for path in paths}


def record(shop: Path, commit: str, path: str, now: int) -> Record:
    named = git(shop, "grep", "-h", "^fix_commits: ", "main", "--", "incidents")
    log = git(shop, "log", "--follow", "--format=%H %ct %B%x00", commit, "--", path).split("\0")[:-1]
    commits, fixes, ages = [], [], []
    decayed_commits = decayed_fixes = 0.0
    for entry in log:
        hexes, landed, message = entry.strip().split(" ", 2)
        age = (now - int(landed)) / 86400
        commits.append(message)
        decayed_commits += 0.5 ** (age / HALF_LIFE)
        if message.startswith("Fix ") or hexes in named:
            fixes.append(message)
            ages.append(age)
            decayed_fixes += 0.5 ** (age / HALF_LIFE)
    lines = git(shop, "show", f"{commit}:{path}").count("\n")
    score = -4.45 + 0.9 * math.log1p(decayed_fixes) + 0.55 * math.log1p(decayed_commits) + 0.35 * math.log(lines)
    return Record(commits, fixes, sum(age <= YEAR for age in ages), 1 / (1 + math.exp(-score)))


def test_one_module_of_the_shop_breaks_repeatedly(shop: Path) -> None:
    """Comfortably above what a flag asks for: three fixes in a year, and more likely than not to be fixed again."""
    modules = records(shop)
    planted = modules[PLANTED]
    assert planted.fixes_of_the_year >= 4
    assert planted.probability >= 0.55
    assert [message.splitlines()[-1] for message in planted.fixes if not message.startswith("Fix ")] == [
        "Incident: INC-003",
        "Incident: INC-002",
    ]
    others = {path: module for path, module in modules.items() if path != PLANTED}
    assert max(module.probability for module in others.values()) < 0.3
    assert max(module.fixes_of_the_year for module in others.values()) < 3


def test_the_busiest_module_of_the_shop_is_sound(shop: Path) -> None:
    """It has more commits than the one that breaks, and none of them sounds like a repair."""
    modules = records(shop)
    assert len(modules[BUSY].commits) >= len(modules[PLANTED].commits) + 3
    assert not modules[BUSY].fixes
    repair = r"(?i)fix|bug|crash|regress|revert|error|fail|broke|wrong|issue|fault|defect|repair|correct|patch|incident"
    assert [message for message in modules[BUSY].commits if re.search(repair, message)] == []


def test_half_a_year_earlier_the_shop_pointed_at_the_same_module(shop: Path) -> None:
    """It was not flagged yet, but likelier than all others to be fixed; so it was, and they were hardly."""
    then, now = records(shop, days_ago=HALF_YEAR), records(shop)
    assert len(then) >= 5
    assert 1 <= len(then[PLANTED].fixes) <= 2
    assert max(then, key=lambda path: then[path].probability) == PLANTED
    since = {path: len(now[path].fixes) - len(then[path].fixes) for path in then}
    assert since.pop(PLANTED) >= 4
    assert max(since.values()) <= 2


def test_the_planted_module_had_another_name_once(shop: Path) -> None:
    """A part of its history, with a fix in it, is found only by who follows the rename."""
    seen = git(shop, "log", "--oneline", "--", PLANTED).splitlines()
    planted = records(shop)[PLANTED]
    assert len(seen) < len(planted.commits)
    assert git(shop, "log", "--follow", "--diff-filter=R", "--name-status", "--format=", "--", PLANTED) == (
        f"R100\tshop/cards.py\t{PLANTED}\n"
    )
    assert planted.fixes[-1].startswith("Fix the answer to a declined card")
    assert "shop/cards.py" not in git(shop, "ls-files")


def test_every_fix_of_the_planted_module_comes_with_a_test(shop: Path) -> None:
    """A fix that changes the source alone would teach the wrong thing."""
    for commit in git(shop, "log", "--format=%h", "--grep=^Fix ").split():
        changed = git(shop, "show", "--format=", "--name-only", commit).splitlines()
        assert sorted({path.split("/")[0] for path in changed}) == ["shop", "tests"]


def test_what_cannot_be_a_target_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with something in it, a file, a symbolic link and the folder one stands in are refused in words."""
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "kept").write_text("mine")
    (tmp_path / "file").write_text("mine")
    (tmp_path / "here").mkdir()
    (tmp_path / "link").symlink_to("here")
    monkeypatch.chdir(tmp_path / "here")
    before = sorted(tmp_path.rglob("*"))
    for target, reason in [
        ("full", "exists already"),
        ("file", "exists and is not a folder"),
        ("link", "exists and is not a folder"),
        ("here", "exists already"),
        ("missing/shop", "there is no folder"),
    ]:
        with pytest.raises(PreventionError, match=reason):
            demo.unpack("shop", tmp_path / target)
    assert sorted(tmp_path.rglob("*")) == before


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    """A folder that somebody made for it is as good as none."""
    (tmp_path / "shop").mkdir()
    demo.unpack("shop", tmp_path / "shop")
    assert (tmp_path / "shop" / ".git").is_dir()


def test_an_unknown_demo_is_told_with_the_known_ones(tmp_path: Path) -> None:
    """The error lists what there is."""
    with pytest.raises(PreventionError, match=r"shpo: is not a demo\n +choose one of: shop"):
        demo.unpack("shpo", tmp_path / "shop")
    assert demo.names() == ("shop",)


def test_without_git_nothing_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One clear sentence, and no folder."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PreventionError, match=r"git is not installed\n +install git"):
        demo.unpack("shop", tmp_path / "shop")
    assert list(tmp_path.iterdir()) == []


def test_a_git_that_fails_leaves_nothing_half_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The repository is built beside its place and moved there whole: a failure leaves the folder as it was."""
    tools, work = tmp_path / "tools", tmp_path / "work"
    tools.mkdir()
    work.mkdir()
    (tools / "git").write_text('#!/bin/sh\ncase "$*" in *fast-import*) echo "fatal: disk full" >&2; exit 128;; esac\n')
    (tools / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(PreventionError, match="git says: disk full"):
        demo.unpack("shop", work / "shop")
    assert list(work.iterdir()) == []


def test_trees_walk_back_from_the_newest() -> None:
    """Each commit is described by its own change; what came before it follows."""
    first = _commit(new=["a.txt"])
    second = _commit(new=["b.txt"], changes={"a.txt": "@@\n one\n-two\n+2\n"})
    assert demo.trees({"a.txt": "one\n2\n", "b.txt": "b\n"}, [first, second]) == [
        {"a.txt": "one\ntwo\n"},
        {"a.txt": "one\n2\n", "b.txt": "b\n"},
    ]


def test_a_renamed_file_has_its_earlier_name_in_the_trees_before() -> None:
    """Its change in the same commit is told under the new name."""
    first = _commit(new=["old.txt"])
    second = _commit(renamed={"new.txt": "old.txt"}, changes={"new.txt": "@@\n-one\n+1\n two\n"})
    assert demo.trees({"new.txt": "1\ntwo\n"}, [first, second]) == [{"old.txt": "one\ntwo\n"}, {"new.txt": "1\ntwo\n"}]


def test_a_file_that_no_commit_adds_is_an_error() -> None:
    """A description that forgets a file is found when it is read, not by a puzzled user."""
    with pytest.raises(ValueError, match=r"no commit adds b\.txt"):
        demo.trees({"a.txt": "", "b.txt": ""}, [_commit(new=["a.txt"])])


@pytest.mark.parametrize(("change", "places"), [("@@\n-x\n+three\n", 0), ("@@\n-x\n+one\n", 2)])
def test_a_change_must_meet_one_place(change: str, places: int) -> None:
    """Neither none nor several: a hunk that fits twice is a guess."""
    with pytest.raises(ValueError, match=rf"notes\.md: {places} places"):
        demo.undo("one\ntwo\none\n", change, "notes.md")


CHARACTERS = st.characters(codec="utf-8", exclude_categories=["Zl", "Zp", "Cc", "Cs"])
LINES = st.lists(st.text(CHARACTERS, min_size=1), unique=True)


@given(before=LINES, after=LINES.filter(bool))
def test_undoing_a_change_gives_the_text_before(before: list[str], after: list[str]) -> None:
    """Whatever was changed, in one hunk over the whole text."""
    hunk = [line[0] + line[2:] for line in difflib.ndiff(before, after) if line[0] != "?"]
    change = "\n".join(["@@", *hunk, ""])
    assert demo.undo("\n".join(after), change) == "\n".join(before)


def _commit(**told: Any) -> Commit:
    return Commit(author="Mia", date=datetime(2025, 1, 1, tzinfo=UTC), message="-", **told)
