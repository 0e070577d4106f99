"""Which commits are fixes: by the incidents that name them, by their trailers, by the words of their subject."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pytest_prevention.model import History, Incidents
from pytest_prevention.sources.fixes import Fixes, Why, subject_of
from pytest_prevention.sources.git_history import read_history
from tests.histories import DAY, Files, commits, fixes, named, policy, read, writing
from tests.repositories import TIME, git

ID = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "repository"


NONE = Incidents()


def why(message: str | bytes, incidents: Incidents = NONE, *, merge: bool = False, **keys: Any) -> Why | None:
    """The answer for the commit ID; keywords are keys of the policy."""
    text = message.encode() if isinstance(message, str) else message
    return Fixes.of(policy(**keys), incidents).why(ID, text, merge=merge)


# Words.


@pytest.mark.parametrize(
    ("subject", "word"),
    [
        ("Fix the sum", "fix"),
        ("FIXED: rounding", "fixed"),
        ("fix(api): rounding", "fix"),
        ("fix!: rounding", "fix"),
        ("rounding (hotfix)", "hotfix"),
        ("Crashes when empty, fix", "crashes"),
        ("\n\n  fix after blank lines", "fix"),
        ("a subject\nof two lines, fix", "fix"),
        ("a subject\r\nof two lines, fix\r\n\r\nbody", "fix"),
    ],
)
def test_a_word_in_the_subject_makes_a_fix(subject: str, word: str) -> None:
    """As a whole word, in whatever case; the first by the alphabet is told."""
    assert why(subject) == Why(word)


@pytest.mark.parametrize(
    "message",
    [
        "",
        "\n",
        "prefix",
        "fixture",
        "fix_path()",
        "refixed",
        "fiх",  # a Cyrillic letter
        "Add sum\n\nfix",
        "Add sum\r\n\r\nfix",
        "Add sum\n \t \nfix",
        "fix typo",
        "Fix the docs",
        "fix CI",
    ],
)
def test_no_word_no_fix(message: str) -> None:
    """Parts of words and bodies say nothing, and a second list of words says that it is none."""
    assert why(message) is None


def test_words_and_phrases_are_the_policys_and_literal() -> None:
    """They replace the built-in ones; what looks like a regular expression is text."""
    keys: dict[str, Any] = {"fix_words": ["behebt", "closes bug", "a.b", "C++"], "not_fix_words": ["nur Doku"]}
    assert why("Behebt die Summe", **keys) == Why("behebt")
    assert why("closes  bug 7", **keys) == Why("closes bug")
    assert why("crash of C++", **keys) == Why("c++")
    assert why("a.b", **keys) == Why("a.b")
    assert [why(text, **keys) for text in ("fix", "axb", "behebt, NUR DOKU", "closes the bug")] == [None] * 4


def test_a_merge_is_no_fix_by_its_words() -> None:
    assert why("Merge branch 'fix'", merge=True) is None


def test_bytes_that_are_no_text_hide_no_word() -> None:
    assert why(b"\xff\xfe fix \xff") == Why("fix")


@pytest.mark.parametrize(
    ("message", "subject"),
    [
        ("", ""),
        ("one", "one"),
        (" one\n two \n\nthree", "one two"),
        ("one\r\n\r\ntwo", "one"),
        ("\n\none\n \ntwo", "one"),
        ("a\tb\n\n", "a b"),
    ],
)
def test_the_subject_is_the_first_paragraph_in_one_line(message: str, subject: str) -> None:
    assert subject_of(message.encode()) == subject


# Incidents.


@pytest.mark.parametrize("commit", [ID, ID.upper(), ID[:7], ID[:12].upper()])
def test_a_commit_that_an_incident_names_is_a_fix(commit: str) -> None:
    """Whatever it says, even a merge; by its whole id or the beginning of it."""
    for message in ("", "docs typo", "This reverts commit 1234567."):
        for merge in (False, True):
            assert why(message, named(commit), merge=merge) == Why("INC-001", ("INC-001",))


def test_a_commit_may_fix_several_incidents() -> None:
    """Named by ids of different lengths and by its trailer; each is told once, in order."""
    incidents = named(ID[:9], _2=(ID,), _3=(ID[:9], "7654321"), _4=("7654321",))
    expected = ("INC-001", "INC-002", "INC-003")
    assert why("fix\n\nIncident: INC-003", incidents) == Why("INC-001, INC-002, INC-003", expected)


def test_another_commit_is_not_named() -> None:
    assert why("docs", named("1123456", ID[1:9])) is None


@pytest.mark.parametrize(
    "message",
    [
        "s\n\nIncident: INC-001",
        "s\n\nincident:INC-001\n\n",
        "s\r\n\r\nbody\r\n\r\nIncident: INC-001\r\n",
        "s\n\nbody\n\nSigned-off-by: A\nINCIDENT: INC-007, INC-001",
        "s\n\nIncident: INC-007\n  Incident : INC-001",
    ],
)
def test_a_trailer_names_an_incident(message: str) -> None:
    assert why(message, named()) == Why("INC-001", ("INC-001",))


@pytest.mark.parametrize(
    "message",
    [
        "s\n\nIncident: INC-007",
        "s\n\nIncident: INC-001\n\nmore",
        "s\n\nan Incident: INC-001",
        "s\n\nIncident INC-001",
        "s\n\nIncident:\nINC-001",
        "s\n\nAnIncident: INC-001",
    ],
)
def test_what_is_no_trailer_of_a_known_incident_says_nothing(message: str) -> None:
    """An id without a record, another place than the last paragraph, another form."""
    assert why(message, named()) is None


def test_trailers_are_the_policys() -> None:
    keys: dict[str, Any] = {"trailers": ["Repairs", "Vorfall"]}
    assert why("s\n\nVorfall: INC-001", named(), **keys)
    assert why("s\n\nrepairs: INC-001", named(), **keys)
    assert why("s\n\nIncident: INC-001", named(), **keys) is None


# Reverts, in a history.


def revert(commit: str) -> str:
    return f'Revert "something"\n\nThis reverts commit {commit}.'


@pytest.mark.parametrize("digits", [7, 12, 40])
def test_a_revert_undoes_a_fix_and_is_none(folder: Path, digits: int) -> None:
    """Both still count as commits, and until the revert landed the fix was one."""
    with writing(folder) as to:
        base = to.commit({"a.py": "1"})
        fix = to.commit({"a.py": "2"}, "fix it")
        undo = to.commit({"a.py": "1"}, 'Revert "fix it"\n\n' + revert(fix[:digits]))
    history = read(folder)
    assert commits(history, "a.py") == [undo, fix, base]
    assert not fixes(history, "a.py")
    _, undone, _ = history.trail("a.py").commits
    assert undone.undone == history.now.at
    assert undone.is_fix(history.now.at - 1)


def test_a_revert_of_a_revert_leaves_the_fix(folder: Path) -> None:
    with writing(folder) as to:
        to.commit({"a.py": "1"})
        fix = to.commit({"a.py": "2"}, "fix it")
        first = to.commit({"a.py": "1"}, revert(fix))
        second = to.commit({"a.py": "2"}, revert(first))
    assert [commit.id for commit in fixes(read(folder), "a.py")] == [fix]
    with writing(folder / "once more") as to:
        to.commit({"a.py": "1"})
        fix = to.commit({"a.py": "2"}, "fix it")
        first = to.commit({"a.py": "1"}, revert(fix))
        second = to.commit({"a.py": "2"}, revert(first))
        to.commit({"a.py": "1"}, revert(second))
    assert not fixes(read(folder / "once more"), "a.py")


def test_one_revert_may_undo_several(folder: Path) -> None:
    with writing(folder) as to:
        to.commit({"a.py": "1"})
        one, two = (to.commit({"a.py": text}, "fix it") for text in ("2", "3"))
        to.commit({"a.py": "1"}, f"Undo\n\nThis reverts commit {one}.\nThis reverts commit {two[:9]}\n")
    assert not fixes(read(folder), "a.py")


def test_a_revert_counts_from_when_it_landed(folder: Path) -> None:
    """Made on a branch, it undoes nothing before the merge."""
    with writing(folder) as to:
        to.commit({"a.py": "1"}, day=1)
        fix = to.commit({"a.py": "2"}, "fix it", day=2)
        undo = to.commit({"a.py": "1"}, revert(fix), day=3)
        main = to.commit({"b.py": "1"}, day=4, parents=(fix,))
        to.commit({"a.py": "1"}, day=50, parents=(main, undo))
    history = read(folder)
    commit = next(commit for commit in history.trail("a.py").commits if commit.id == fix)
    assert commit.undone == TIME + 50 * DAY
    assert commit.is_fix(TIME + 49 * DAY)
    assert not commit.is_fix(TIME + 50 * DAY)


def test_a_fix_that_an_incident_names_can_be_taken_back_too(folder: Path) -> None:
    with writing(folder) as to:
        fix = to.commit({"a.py": "2"}, "tidy")
        to.commit({"a.py": "1"}, revert(fix))
    history = read(folder, named(fix))
    assert not fixes(history, "a.py")
    assert history.trail("a.py").commits[1].incidents == ("INC-001",)


@pytest.mark.parametrize("reverts", [0, 1, 2, 3])
def test_a_revert_of_a_merge_undoes_what_it_brought(folder: Path, reverts: int) -> None:
    """All commits of its branch, those that came by a merge inside it too; a revert of that revert restores them."""
    with writing(folder) as to:
        base = to.commit({"a.py": "1", "c.py": "1"})
        inner = to.commit({"b.py": "2"}, "fix b")
        side = to.commit({"a.py": "2"}, "fix a", parents=(base,))
        both = to.commit({"b.py": "2"}, "Merge", parents=(side, inner))
        main = to.commit({"c.py": "2"}, "fix c", parents=(base,))
        last = to.commit({"a.py": "2", "b.py": "2"}, "Merge pull request", parents=(main, both))
        for number in range(reverts):
            files: Files = {"a.py": "2", "b.py": "2"} if number % 2 else {"a.py": "1", "b.py": None}
            words = f"This reverts commit {last}, reversing\nchanges made to {main}."
            last = to.commit(files, "Revert" + "\n\n" + words)
    history = read(folder)
    stands = reverts % 2 == 0
    assert [commit.id for commit in fixes(history, "a.py")] == [side] * stands
    assert [commit.id for commit in fixes(history, "b.py")] == [inner] * stands
    assert [commit.id for commit in fixes(history, "c.py")] == [main]
    if reverts == 1:
        assert all(commit.undone == history.now.at for commit in history.trail("a.py").commits if commit.id == side)


def test_reverting_a_branch_leaves_what_the_main_line_had_given_it(folder: Path) -> None:
    """The main line was merged into the branch, then the branch into the main line, and that merge was reverted."""
    with writing(folder) as to:
        start = to.commit({"a.py": "0"}, "start")
        branch = to.commit({"b.py": "1"}, "Fix b", parents=(start,))
        main = to.commit({"a.py": "1"}, "Fix a", parents=(start,))
        branch = to.commit({"a.py": "1"}, "Merge main", parents=(branch, main))
        merge = to.commit({"b.py": "1"}, "Merge branch", parents=(main, branch))
        to.commit(
            {"b.py": None},
            f"Revert\n\nThis reverts commit {merge}, reversing\nchanges made to {main}.",
            parents=(merge,),
        )
    assert [commit.id for commit in fixes(read(folder), "a.py")] == [main]
    assert fixes(read(folder), "b.py") == []


def test_reverting_a_merge_of_the_main_line_on_a_branch_undoes_nothing_there(folder: Path) -> None:
    """What the branch did not want stands on the main line."""
    with writing(folder) as to:
        start = to.commit({"a.py": "0"}, "start")
        branch = to.commit({"b.py": "1"}, "b", parents=(start,))
        main = to.commit({"a.py": "1"}, "Fix a", parents=(start,))
        taken = to.commit({"a.py": "1"}, "Merge main", parents=(branch, main))
        branch = to.commit({"a.py": "0"}, revert(taken), parents=(taken,))
        to.commit({"a.py": "1", "b.py": "1"}, "Merge branch", parents=(main, branch))
    assert [commit.id for commit in fixes(read(folder), "a.py")] == [main]


def test_a_revert_that_was_merged_and_reverted_by_its_merge_undoes_nothing(folder: Path) -> None:
    """As GitHub's button does it: each revert is made on a branch, and comes with a merge."""
    with writing(folder) as to:
        base = to.commit({"a.py": "1", "b.py": "1"})
        fix = to.commit({"a.py": "2"}, "fix it")
        merge = to.commit({"a.py": "2"}, "Merge #1", parents=(base, fix))
        undo = to.commit({"a.py": "1"}, revert(merge))
        undone = to.commit({"a.py": "1"}, "Merge #2", parents=(merge, undo))
        redo = to.commit({"a.py": "2"}, revert(undone))
        to.commit({"a.py": "2"}, "Merge #3", parents=(undone, redo))
    between = read_history(folder, policy(), NONE, revision=undone)
    assert isinstance(between, History)
    assert not fixes(between, "a.py")
    assert [commit.id for commit in fixes(read(folder), "a.py")] == [fix]


def test_a_revert_of_more_than_a_hundred_files_undoes_too(folder: Path) -> None:
    """It counts for no file itself."""
    many = {f"{number}.py": "1" for number in range(101)}
    with writing(folder) as to:
        base = to.commit({"a.py": "1"})
        fix = to.commit({"a.py": "2"}, "fix it")
        merge = to.commit(many, "add all", parents=(fix,))
        merge = to.commit({"a.py": "2", **many}, "Merge", parents=(base, merge))
        undo = to.commit({"a.py": "1", **dict.fromkeys(many)}, revert(merge))
    history = read(folder)
    assert commits(history, "a.py") == [fix, base]
    assert not fixes(history, "a.py")
    assert undo == history.now.commit


def test_git_writes_the_words_that_are_looked_for(folder: Path) -> None:
    """``git revert`` itself, of a commit and of a merge that an incident names."""
    with writing(folder) as to:
        base = to.commit({"a.py": "1\n"})
        side = to.commit({"a.py": "2\n"})
        merge = to.commit({"a.py": "2\n"}, "Merge", parents=(base, side))
        fix = to.commit({"b.py": "1\n"}, "fix it")
    git(folder, "checkout", "-q", "-f", "main")
    git(folder, "revert", "--no-edit", "HEAD", at=TIME + 50 * DAY)
    git(folder, "revert", "--no-edit", "-m1", merge, at=TIME + 60 * DAY)
    history = read(folder, named(merge))
    assert not fixes(history, "a.py")
    assert not fixes(history, "b.py")
    assert merge in commits(history, "a.py")
    assert fix in commits(history, "b.py")


def test_a_long_message_is_read(folder: Path) -> None:
    """Of 5 MB, with what looks like a log of git's in it, and the trailer at its end."""
    imitation = f"{ID}\0{ID}\0{TIME}\0a@e.org\0fix\0\0\nM\0b.py\0".replace("\0", "\n")
    with writing(folder) as to:
        first = to.commit({"a.py": "1"})
        long = to.commit({"a.py": "2"}, "tidy\n\n" + imitation * 40_000 + "\n\nIncident: INC-001")
        last = to.commit({"a.py": "3"})
    history = read(folder, named())
    assert commits(history, "a.py") == [last, long, first]
    assert [commit.id for commit in fixes(history, "a.py")] == [long]
    assert set(history.trails) == {"a.py"}
