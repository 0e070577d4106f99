"""The demo repositories: their description, their history, and how they come to a user's disk."""

import difflib
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

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
    """The tests that came with a fix fail on the source as it was before, and no others do."""
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


def _commit(new: list[str], changes: dict[str, str] | None = None) -> Commit:
    return Commit(author="Mia", date=datetime(2025, 1, 1, tzinfo=UTC), message="-", new=new, changes=changes or {})
