"""What the history of source files says: which commits count where, under which names, and what stood when."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pytest_prevention.model import History, Incidents, Unavailable
from pytest_prevention.model.history import Snapshot
from pytest_prevention.sources.git_history import read_history
from tests.histories import DAY, Files, commits, fixes, named, policy, read, told, writing
from tests.repositories import TIME, git

TEXT = "".join(f"line {number}\n" for number in range(20))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "repository"


def paths(history: History) -> set[str]:
    return {path for path, trail in history.trails.items() if trail.commits}


# What counts.


def test_source_files_count_and_others_do_not(folder: Path) -> None:
    """The policy says what is source, and what of it is a test, documentation, an example, generated or vendored."""
    apart = {
        "tests/test_a.py": "tests",
        "a/test_b.py": "tests",
        "conftest.py": "tests",
        "docs/conf.py": "docs",
        "examples/a.py": "examples",
        "a/generated/b.py": "generated",
        "a_pb2.py": "generated",
        "a/vendor/b.py": "excluded",
    }
    with writing(folder) as to:
        to.commit({"a.py": "", "src/b.rs": "", "README.md": "", "data.csv": "", **dict.fromkeys(apart, "")})
    history = read(folder)
    assert paths(history) == set(history.now.lines) == {"a.py", "src/b.rs"}
    assert history.left_out == {"docs": 1, "examples": 1, "excluded": 1, "generated": 2, "tests": 3}


def test_what_the_policy_calls_source_is_source(folder: Path) -> None:
    with writing(folder) as to:
        to.commit({"a.py": "", "b.f90": "", "c/d.f90": "", "tests/e.f90": ""})
    assert paths(read(folder, source=["*.f90", "tests/**"], tests=["c/**"])) == {"b.f90", "tests/e.f90"}


def test_attributes_of_the_tree_set_files_apart(folder: Path) -> None:
    """Of the root and of folders, the nearer one first; unset, absent and false ones set nothing apart."""
    with writing(folder) as to:
        to.commit(
            {
                ".gitattributes": "gen/** linguist-generated\nthird/* linguist-vendored=true\n"
                "*.json linguist-generated\n"
                "kept.py linguist-generated=false\nother.py -linguist-vendored text\n[attr]made linguist-generated\n"
                "macro.py made\n",
                "gen/sub/.gitattributes": "mine.py -linguist-generated\nagain.py !linguist-generated\n",
                **dict.fromkeys(("gen/a.py", "gen/sub/mine.py", "gen/sub/again.py", "third/b.py", "a.json"), ""),
                **dict.fromkeys(("kept.py", "other.py", "macro.py", "plain.py"), ""),
            }
        )
    history = read(folder)
    assert paths(history) == {"gen/sub/mine.py", "gen/sub/again.py", "kept.py", "other.py", "plain.py"}
    assert history.left_out == {"linguist-generated": 2, "linguist-vendored": 1}


def test_attributes_are_those_of_the_commit(folder: Path) -> None:
    """Not of the work tree, and of the commit that is asked for, not of the newest one."""
    with writing(folder) as to:
        old = to.commit({"a.py": "", "c.py": "", ".gitattributes": "a.py linguist-generated\n"})
        to.commit({"b.py": "", ".gitattributes": "b.py linguist-generated\n"})
    (folder / ".gitattributes").write_text("*.py linguist-generated\n")
    assert paths(read(folder)) == {"a.py", "c.py"}
    past = read_history(folder, policy(), Incidents(), revision=old)
    assert isinstance(past, History)
    assert paths(past) == {"c.py"}


@pytest.mark.parametrize("line", ["{}", "  {}  ", "{} # reformatted", "{}\r"])
def test_commits_to_ignore_do_not_count(folder: Path, line: str) -> None:
    """Those that the repository keeps out of blame; their renames are followed all the same."""
    with writing(folder) as to:
        first = to.commit({"a.py": TEXT})
        mass = to.commit({"a.py": None, "b.py": TEXT + "more\n"}, "fix all quotes")
        text = f"# mass changes\n\n{line.format(mass.upper())}\n{first[:12]}\n"
        to.commit({".git-blame-ignore-revs": text})
        last = to.commit({"b.py": TEXT})
    assert commits(read(folder), "b.py") == [last, first]


def test_a_commit_of_more_than_a_hundred_source_files_does_not_count(folder: Path) -> None:
    """A hundred do, and files of other kinds are not reckoned."""
    others = {f"tests/test_{number}.py": "" for number in range(20)}
    with writing(folder) as to:
        hundred = to.commit({**others, **{f"{number}.py": "" for number in range(100)}})
        to.commit({f"{number}.py": "x" for number in range(101)})
    history = read(folder)
    assert commits(history, "7.py") == [hundred]
    assert history.commits == 2


def test_a_mass_move_is_followed_though_it_does_not_count(folder: Path) -> None:
    before = {f"{number}.py": f"{number}\n{TEXT}" for number in range(101)}
    moved: Files = {**dict.fromkeys(before), **{f"src/{path}": text for path, text in before.items()}}
    with writing(folder) as to:
        to.commit(before)
        fix = to.commit({"7.py": f"7\n{TEXT}fixed\n"}, "fix")
        to.commit({**moved, "src/7.py": f"7\n{TEXT}fixed\n"})
    assert commits(read(folder), "src/7.py") == [fix]


def test_commits_without_source_files_are_only_counted(folder: Path) -> None:
    """Empty ones too, and those without a message; the trail of a file has the others."""
    with writing(folder) as to:
        first = to.commit({"a.py": ""}, "")
        to.commit({"README.md": "x"}, "fix")
        to.commit({}, "fix")
        to.commit({}, "")
        last = to.commit({"a.py": "x"}, " \n\n")
    history = read(folder)
    assert commits(history, "a.py") == [last, first]
    assert not fixes(history, "a.py")
    assert history.commits == 5


def test_each_root_commit_counts(folder: Path) -> None:
    """A history may begin more than once."""
    with writing(folder) as to:
        one = to.commit({"a.py": "1"})
        other = to.commit({"b.py": "1"}, parents=())
        to.commit({"b.py": "1"}, parents=(one, other))
    history = read(folder)
    assert (commits(history, "a.py"), commits(history, "b.py")) == ([one], [other])


def test_mode_and_type_changes_count_and_what_is_no_file_has_no_lines(folder: Path) -> None:
    with writing(folder) as to:
        to.commit({"a.py": TEXT, "b.py": TEXT})
    git(folder, "checkout", "-q", "-f", "main")
    (folder / "a.py").chmod(0o755)
    (folder / "b.py").unlink()
    (folder / "b.py").symlink_to("a.py")
    git(folder, "commit", "-qam", "modes", at=TIME + 5 * DAY)
    history = read(folder)
    assert history.now.lines == {"a.py": 20}
    assert [len(commits(history, path)) for path in ("a.py", "b.py")] == [2, 2]


# Merges.


def test_a_merge_counts_nothing_twice(folder: Path) -> None:
    """Its branch has been counted; what it changed itself, against all of its parents, counts once."""
    with writing(folder) as to:
        base = to.commit({"a.py": TEXT, "b.py": TEXT, "c.py": TEXT})
        side = to.commit({"a.py": TEXT + "side\n"})
        main = to.commit({"b.py": TEXT + "main\n"}, parents=(base,))
        clean = to.commit({"a.py": TEXT + "side\n"}, "fix merge", parents=(main, side))
        more = to.commit({"a.py": "1\n" + TEXT}, parents=(side,))
        evil = to.commit({"a.py": "2\n" + TEXT, "c.py": "evil"}, "fix conflict", parents=(clean, more))
    history = read(folder)
    assert commits(history, "a.py") == [evil, more, side, base]
    assert commits(history, "b.py") == [main, base]
    assert commits(history, "c.py") == [evil, base]
    assert not fixes(history, "a.py")


def test_an_octopus_counts_once_what_none_of_its_parents_has(folder: Path) -> None:
    with writing(folder) as to:
        base = to.commit({"a.py": "1", "b.py": "1"})
        arms = [to.commit({f"arm{number}.py": "1"}, parents=(base,)) for number in range(4)]
        merged = {f"arm{number}.py": "1" for number in range(1, 4)}
        octopus = to.commit({**merged, "b.py": "2"}, parents=tuple(arms))
    history = read(folder)
    assert commits(history, "b.py") == [octopus, base]
    assert [commits(history, f"arm{number}.py") for number in range(4)] == [[arm] for arm in arms]


@pytest.fixture
def branched(folder: Path) -> dict[str, str]:
    """A merge of a branch of three commits: two say fix, one of them and the third touch a.py."""
    with writing(folder) as to:
        ids = {"base": to.commit({"a.py": TEXT, "b.py": TEXT, "c.py": TEXT})}
        ids["one"] = to.commit({"a.py": TEXT + "1\n"}, "fix the first half")
        ids["two"] = to.commit({"a.py": TEXT + "2\n"}, "second half")
        ids["three"] = to.commit({"b.py": TEXT + "3\n"}, "fix lint")
        ids["main"] = to.commit({"c.py": TEXT + "4\n"}, "fix on main", parents=(ids["base"],))
        files = {"a.py": TEXT + "2\n", "b.py": TEXT + "3\n"}
        ids["merge"] = to.commit(files, "Merge fix", parents=(ids["main"], ids["three"]))
        to.commit({"c.py": "5\n"}, "after")
    return ids


def test_a_merge_that_an_incident_names_is_one_fix_of_all_that_it_brought(
    folder: Path, branched: dict[str, str]
) -> None:
    """Its branch is not counted again by its words, the main line goes on as it was."""
    plain, history = read(folder), read(folder, named(branched["merge"][:10]))
    assert [commit.id for commit in fixes(plain, "a.py")] == [branched["one"]]
    for path in ("a.py", "b.py"):
        (fix,) = fixes(history, path)
        assert (fix.id, fix.incidents, fix.subject) == (branched["merge"], ("INC-001",), "Merge fix")
        assert commits(history, path) == [branched["merge"], *commits(plain, path)]
    assert [commit.id for commit in fixes(history, "c.py")] == [branched["main"]]


def test_a_commit_of_a_branch_is_a_fix_beside_its_merge_where_an_incident_names_it(
    folder: Path, branched: dict[str, str]
) -> None:
    history = read(folder, named(branched["merge"], branched["two"].upper()))
    assert [commit.id for commit in fixes(history, "a.py")] == [branched["merge"], branched["two"]]


def test_a_merge_may_name_its_incident_itself(folder: Path) -> None:
    with writing(folder) as to:
        base = to.commit({"a.py": "1"})
        side = to.commit({"a.py": "2"}, "fix it")
        merge = to.commit({"a.py": "2"}, "Merge\n\nIncident: INC-001", parents=(base, side))
    assert [commit.id for commit in fixes(read(folder, named()), "a.py")] == [merge]


def test_a_named_merge_that_does_not_count_leaves_its_branch_what_it_says(folder: Path) -> None:
    """It touches more than a hundred source files, or is to be ignored."""
    files = {f"{number}.py": "" for number in range(101)}
    with writing(folder) as to:
        base = to.commit({"a.py": "1"})
        fix = to.commit({"a.py": "2"}, "fix it")
        side = to.commit(files)
        merge = to.commit({"a.py": "2", **files}, parents=(base, side))
    history = read(folder, named(merge))
    assert [commit.id for commit in fixes(history, "a.py")] == [fix]
    assert not commits(history, "7.py")


# Renames.


def test_a_file_is_followed_through_its_names(folder: Path) -> None:
    """Also where it changed on the way; earlier names come newest first and each commit knows its own."""
    with writing(folder) as to:
        ids = [to.commit({"a.py": TEXT}), to.commit({"a.py": TEXT + "a\n"})]
        ids += [to.commit({"a.py": None, "b.py": TEXT + "b\n"}), to.commit({"b.py": TEXT})]
        ids += [to.commit({"b.py": None, "sub/c.py": TEXT}), to.commit({"sub/c.py": "c" + TEXT})]
    trail = read(folder).trail("sub/c.py")
    assert [commit.id for commit in trail.commits] == ids[::-1]
    assert trail.earlier_names() == ("b.py", "a.py")
    names = [trail.name_at(index, "sub/c.py") for index in range(6)]
    assert names == ["sub/c.py", "sub/c.py", "b.py", "b.py", "a.py", "a.py"]


def test_a_name_means_at_each_moment_the_file_that_had_it(folder: Path) -> None:
    """Renamed away and made anew: two files, one after the other; before it was there, a name means nothing."""
    with writing(folder) as to:
        first = to.commit({"a.py": TEXT})
        move = to.commit({"a.py": None, "b.py": TEXT})
        again = to.commit({"a.py": "something\nelse\n"})
        last = to.commit({"a.py": "something\nnew\n", "b.py": "b" + TEXT})
    history = read(folder)
    assert commits(history, "a.py") == [last, again]
    assert commits(history, "b.py") == [last, move, first]
    early, late = TIME + DAY, TIME + 2 * DAY
    assert history.trail("a.py", early) is history.trail("b.py", late) is history.trail("b.py")
    assert history.trail("a.py", TIME + 3 * DAY) is history.trail("a.py")
    assert not history.trail("b.py", early).commits
    assert not history.trail("nothing.py", early).commits


def test_a_swap_through_a_third_name_is_followed(folder: Path) -> None:
    one, two = TEXT, TEXT.replace("line", "row")
    with writing(folder) as to:
        a, b = to.commit({"a.py": one}), to.commit({"b.py": two})
        moves = [to.commit({"a.py": None, "c.py": one}), to.commit({"b.py": None, "a.py": two})]
        moves += [to.commit({"c.py": None, "b.py": one})]
    history = read(folder)
    assert commits(history, "a.py") == [moves[1], b]
    assert commits(history, "b.py") == [moves[2], moves[0], a]
    assert history.trail("b.py").earlier_names() == ("c.py", "a.py")


def test_a_swap_in_one_commit_is_a_change_of_both(folder: Path) -> None:
    """Git sees no rename where both names stay."""
    with writing(folder) as to:
        first = to.commit({"a.py": TEXT, "b.py": "b\n"})
        swap = to.commit({"a.py": "b\n", "b.py": TEXT})
    history = read(folder)
    assert commits(history, "a.py") == commits(history, "b.py") == [swap, first]


def test_names_may_rotate_in_one_commit(folder: Path) -> None:
    """a goes to b and b to c: each file keeps its commits, and the move counts once for each."""
    one, two = TEXT, TEXT.replace("line", "row")
    with writing(folder) as to:
        a, b = to.commit({"a.py": one}), to.commit({"b.py": two})
        move = to.commit({"a.py": None, "b.py": None, "x/b.py": one, "x/c.py": two})
    history = read(folder)
    assert commits(history, "x/b.py") == [move, a]
    assert commits(history, "x/c.py") == [move, b]


def test_a_copy_begins_anew(folder: Path) -> None:
    with writing(folder) as to:
        first = to.commit({"a.py": TEXT})
        copy = to.commit({"b.py": TEXT})
    history = read(folder)
    assert (commits(history, "a.py"), commits(history, "b.py")) == ([first], [copy])


def test_what_comes_out_of_the_tests_begins_anew(folder: Path) -> None:
    """And what goes into them ends: only source files are followed."""
    with writing(folder) as to:
        first = to.commit({"tests/helper.py": TEXT, "b.py": TEXT.replace("line", "row")})
        move = to.commit({"tests/helper.py": None, "helper.py": TEXT})
        away = to.commit({"b.py": None, "tests/b.py": TEXT.replace("line", "row")})
    history = read(folder)
    assert commits(history, "helper.py") == [move]
    assert history.trail("helper.py").earlier_names() == ()
    assert commits(history, "b.py") == [away, first]


def test_upper_and_lower_case_are_different_names(folder: Path) -> None:
    with writing(folder) as to:
        first = to.commit({"a.py": TEXT})
        move = to.commit({"a.py": None, "A.py": TEXT})
    history = read(folder)
    assert commits(history, "A.py") == [move, first]
    assert history.trail("A.py").earlier_names() == ("a.py",)


def test_a_rename_on_a_branch_is_followed_behind_the_merge(folder: Path) -> None:
    with writing(folder) as to:
        first = to.commit({"a.py": TEXT})
        move = to.commit({"a.py": None, "b.py": TEXT})
        main = to.commit({"c.py": "c"}, parents=(first,))
        to.commit({"a.py": None, "b.py": TEXT}, parents=(main, move))
        last = to.commit({"b.py": "b" + TEXT})
    assert commits(read(folder), "b.py") == [last, move, first]


def test_a_rename_that_a_merge_makes_itself_begins_anew(folder: Path) -> None:
    """Known limit: git would compare the contents of all merges for it. The old name keeps what was."""
    with writing(folder) as to:
        first = to.commit({"a.py": TEXT})
        side = to.commit({"c.py": "c"})
        main = to.commit({"d.py": "d"}, parents=(first,))
        merge = to.commit({"a.py": None, "b.py": TEXT, "c.py": "c"}, parents=(main, side))
    history = read(folder)
    assert commits(history, "b.py") == [merge]
    assert commits(history, "a.py") == [merge, first]


# Times: the window, the main line, snapshots.


def test_the_window_ends_at_its_last_day(folder: Path) -> None:
    """It is counted from the commit that is asked for, and what is as old as the window is in it."""
    with writing(folder) as to:
        to.commit({"a.py": "1"}, day=0)
        inside = to.commit({"a.py": "2"}, day=1)
        last = to.commit({"a.py": "3"}, day=91)
    history = read(folder, window_days=90)
    assert commits(history, "a.py") == [last, inside]
    assert (history.commits, history.window_days) == (2, 90)
    assert len(commits(read(folder, window_days=91), "a.py")) == 3


def test_commits_land_with_the_merge_that_brings_them(folder: Path) -> None:
    """When they were made is another date."""
    with writing(folder) as to:
        base = to.commit({"a.py": "1"}, day=1)
        side = to.commit({"b.py": "1"}, day=2)
        late = to.commit({"b.py": "2"}, day=3)
        main = to.commit({"a.py": "2"}, day=50, parents=(base,))
        merge = to.commit({"b.py": "1"}, day=60, parents=(main, side))
        to.commit({"b.py": "2"}, day=90, parents=(merge, late))
    history = read(folder)
    days = {
        commit.id: ((commit.at - TIME) / DAY, (commit.landed - TIME) / DAY)
        for path in ("a.py", "b.py")
        for commit in history.trail(path).commits
    }
    assert days == {base: (1, 1), side: (2, 60), late: (3, 90), main: (50, 50)}


def test_a_main_line_merged_into_its_branches_lands_as_itself(folder: Path) -> None:
    with writing(folder) as to:
        base = to.commit({"a.py": "1"}, day=1)
        main = to.commit({"a.py": "2"}, day=2)
        side = to.commit({"b.py": "1"}, day=3, parents=(base,))
        update = to.commit({"a.py": "2"}, day=4, parents=(side, main))
        more = to.commit({"a.py": "3"}, day=5, parents=(main,))
        to.commit({"b.py": "1"}, day=6, parents=(more, update))
    landed = [commit.landed for commit in read(folder).trail("a.py").commits]
    assert landed == [TIME + day * DAY for day in (5, 2, 1)]


def test_the_main_line_goes_on_where_clocks_went_wrong(folder: Path) -> None:
    """Git lists the newest first, so a parent dated after its child on the main line comes by way of a side branch."""
    with writing(folder) as to:
        first = to.commit({"a.py": "1"}, day=1)
        young = to.commit({"a.py": "2"}, day=80)
        side = to.commit({"b.py": "1"}, day=90)
        behind = to.commit({"a.py": "3"}, day=50, parents=(young,))
        head = to.commit({"a.py": "4", "b.py": "1"}, day=100, parents=(behind, side))
    trail = read(folder).trail("a.py")
    assert {commit.id: (commit.landed - TIME) // DAY for commit in trail.commits} == {
        head: 100,
        behind: 50,
        young: 100,  # known only when the branch that led to it was
        first: 1,
    }


def test_nothing_is_made_after_it_landed(folder: Path) -> None:
    """A clock that was ahead, on the main line and on a branch."""
    with writing(folder) as to:
        ahead = to.commit({"a.py": "1"}, day=5000)
        side = to.commit({"a.py": "2"}, day=6000)
        to.commit({"a.py": "2"}, day=300, parents=(ahead, side))
    assert [(commit.at, commit.landed) for commit in read(folder).trail("a.py").commits] == [
        (TIME + 300 * DAY, TIME + 300 * DAY)
    ] * 2


@pytest.mark.parametrize("on_branch", [False, True])
def test_a_clock_far_behind_hides_nothing(folder: Path, on_branch: bool) -> None:
    """Git goes no further at a commit of 1970, though its parents are of the window."""
    with writing(folder) as to:
        base = to.commit({"a.py": "0"}, day=-2000)
        old = to.commit({"a.py": "1"}, "fix", day=1)
        wrong = to.commit({"a.py": "2"}, day=-TIME / DAY)
        last = to.commit({"a.py": "3"}, day=9)
        if on_branch:
            to.commit({"a.py": "3"}, day=10, parents=(to.commit({}, day=9, parents=(base,)), last))
    history = read(folder)
    assert commits(history, "a.py") == [last, old]
    assert wrong not in commits(history, "a.py")
    assert history.commits == (4 if on_branch else 2)


def test_snapshots_of_now_and_of_half_a_year_before(folder: Path) -> None:
    """The commit that the main line had then, with the paths and lengths of then; a branch does not lead there."""
    with writing(folder) as to:
        base = to.commit({"a.py": "1\n", "old.py": "1\n2\n"}, day=0)
        side = to.commit({"b.py": "1\n"}, day=10)
        then = to.commit({"a.py": "1\n2\n3\n"}, day=18, parents=(base,))
        main = to.commit({"old.py": None}, day=19)
        head = to.commit({"b.py": "1\n"}, day=200, parents=(main, side))
    history = read(folder)
    assert history.now == Snapshot(head, TIME + 200 * DAY, {"a.py": 3, "b.py": 1})
    assert history.then == Snapshot(then, TIME + 18 * DAY, {"a.py": 3, "old.py": 2})


def test_then_may_lie_before_the_window(folder: Path) -> None:
    with writing(folder) as to:
        old = to.commit({"a.py": "1\n"}, day=0)
        to.commit({"a.py": "2\n"}, day=2000)
    history = read(folder)
    assert history.then == Snapshot(old, TIME + (2000 - 182) * DAY, {"a.py": 1})


def test_a_young_history_has_no_then(folder: Path) -> None:
    with writing(folder) as to:
        to.commit({"a.py": ""}, day=0)
        to.commit({"a.py": "1"}, day=181.9)
    assert read(folder).then == Unavailable("the history is younger than 182 days")


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (b"", 0),
        (b"\n", 1),
        (b"a", 1),
        (b"a\n", 1),
        (b"a\nb", 2),
        (b"a\r\nb\r\n", 2),
        (b"a\rb", 1),
        (b"\0\n\xff\0", 2),
        (b"\n" * 200_000, 200_000),
        (b"a" * 200_000, 1),
    ],
)
def test_lines(folder: Path, content: bytes, lines: int) -> None:
    """As many as line ends, and one more where the last line has none; whatever the bytes are."""
    with writing(folder) as to:
        to.commit({"a.py": content, "b.py": b"1\n2\n", "c.py": content})
    assert read(folder).now.lines == {"a.py": lines, "b.py": 2, "c.py": lines}


def test_an_old_answer_comes_again(folder: Path) -> None:
    """As of a commit or of a date: what was read when that commit was the newest, exactly."""
    with writing(folder) as to:
        first = to.commit({"a.py": TEXT, "b.py": "1"}, "fix one", day=0)
        to.commit({"a.py": None, "c.py": TEXT}, "fix two", day=100)
        past = to.commit({"c.py": "c" + TEXT}, "fix three", day=300)
    before = read(folder)
    git(folder, "checkout", "-q", "-f", "main")
    (folder / "b.py").write_text("later")
    git(folder, "commit", "-qam", f"fix\n\nThis reverts commit {past}.", at=TIME + 400 * DAY)
    assert read(folder) != before
    moment = datetime.fromtimestamp(TIME + 399 * DAY, UTC)
    assert read_history(folder, policy(), Incidents(), as_of=moment) == before
    assert read_history(folder, policy(), Incidents(), revision=past[:8]) == before
    (early,) = fixes(before, "b.py")
    assert early.id == first


# Who and where.


def test_authors_are_numbered_by_their_addresses(folder: Path) -> None:
    """As the commits have them; no name or address comes along."""
    with writing(folder) as to:
        for content, author in enumerate(("a@e.org", "b@e.org", "a@e.org", "", "x y")):
            to.commit({"a.py": str(content)}, author=author)
    history = read(folder)
    assert [commit.author for commit in history.trail("a.py").commits] == [0, 1, 2, 3, 2]
    assert "@" not in repr(history)


def test_a_project_in_a_folder_of_the_repository(folder: Path) -> None:
    """Its paths begin there; attributes and commits to ignore are those of the whole, and so is what is too many."""
    with writing(folder) as to:
        first = to.commit({"shop/a.py": TEXT, "shop/b.py": "", "shopping/a.py": "", "a.py": "", "shop/tests/a.py": ""})
        bulk = to.commit({"shop/a.py": TEXT + "1\n", **{f"{number}.py": "" for number in range(200)}})
        ignored = to.commit({"shop/a.py": TEXT}, "fix")
        to.commit({".git-blame-ignore-revs": ignored, ".gitattributes": "b.py linguist-generated\n"})
        move = to.commit({"shop/a.py": None, "shop/c.py": TEXT})
        fix = to.commit({"elsewhere.py": TEXT + "1\n", "shop/c.py": TEXT + "2\n"}, "fix")
        away = to.commit({"shop/c.py": None, "d.py": TEXT + "2\n"})
        last = to.commit({"d.py": None, "shop/d.py": TEXT + "2\n"})
    (folder / "shop").mkdir()
    history = read(folder / "shop")
    assert history.now.lines == {"d.py": 21}
    assert history.left_out == {"linguist-generated": 1, "tests": 1}
    assert commits(history, "d.py") == [last, away, fix, move, first]
    assert history.trail("d.py").earlier_names() == ("../d.py", "c.py", "a.py")
    assert bulk not in commits(history, "d.py")


@pytest.mark.parametrize("root", ["services/shop", "services", ""])
def test_what_moved_into_the_root_keeps_its_history(folder: Path, root: str) -> None:
    """From whichever folder it is looked at: the same commits, and the same fixes."""
    with writing(folder) as to:
        first = to.commit({"shop/cards.py": TEXT, "services/till/pay.py": "1\n2\n3\n"}, day=0)
        fix = to.commit({"shop/cards.py": TEXT + "1\n", "shop/other.py": ""}, "fix", day=100)
        move = to.commit({"shop/cards.py": None, "services/shop/shop/pay.py": TEXT + "1\n"}, day=200)
        last = to.commit({"services/shop/shop/pay.py": TEXT, "services/till/pay.py": ""}, "fix", day=300)
    (folder / root).mkdir(parents=True, exist_ok=True)
    path = "services/shop/shop/pay.py".removeprefix(root).lstrip("/")
    history = read(folder / root)
    assert commits(history, path) == [last, move, fix, first]
    assert [commit.id for commit in fixes(history, path)] == [last, fix]
    (name,) = history.trail(path).earlier_names()
    assert (folder / root / name).resolve() == folder / "shop/cards.py"
    inside = {"services/shop/shop/pay.py", "services/till/pay.py", "shop/other.py", "shop/cards.py"}
    assert history.trails.keys() | history.before.keys() == {
        each.removeprefix(root).lstrip("/") for each in inside if each.startswith(root)
    }


def test_a_name_outside_the_root_is_none_inside(folder: Path) -> None:
    """The same path, once from the top and once from the root, is two files."""
    with writing(folder) as to:
        outside = to.commit({"a.py": TEXT, ".gitattributes": "/b.py linguist-generated\n"})
        inside = to.commit({"shop/a.py": "1\n", "shop/b.py": "2\n", "b.py": "3\n"})
        to.commit({"a.py": "fixed\n"}, "fix")
        to.commit({"a.py": None, "c.py": "fixed\n"})
    (folder / "shop").mkdir()
    history = read(folder / "shop")
    assert outside not in commits(history, "a.py")
    assert commits(history, "a.py") == commits(history, "b.py") == [inside]
    assert not history.before


def test_policy_is_asked_of_a_file_outside_by_its_path_from_the_top(folder: Path) -> None:
    """As it was when the project lay there: its tests are no source, and its source is."""
    with writing(folder) as to:
        first = to.commit({"src/a.py": TEXT, "lib/b.py": TEXT.replace("line", "row")})
        move = to.commit({"src/a.py": None, "shop/src/a.py": TEXT})
        back = to.commit({"lib/b.py": None, "shop/src/b.py": TEXT.replace("line", "row")})
    (folder / "shop").mkdir()
    history = read(folder / "shop", source=["src/**"])
    assert commits(history, "src/a.py") == [move, first]
    assert commits(history, "src/b.py") == [back]


def test_a_project_below_its_own_name(folder: Path) -> None:
    """Only the way to the root is taken off, once."""
    with writing(folder) as to:
        to.commit({"a/a/b.py": "1\n", "b.py": "2\n2\n"})
    (folder / "a").mkdir()
    assert read(folder / "a").now.lines == {"a/b.py": 1}


# Where nothing can be told.


def test_no_repository_and_no_commit(tmp_path: Path) -> None:
    """Told, with what helps."""
    for reason in ("not a git repository", "no commit yet"):
        found = told(tmp_path)
        assert isinstance(found, Unavailable)
        assert reason in found.reason
        assert found.remedy
        git(tmp_path, "init", "-q")


def test_a_root_without_source_files_is_told(folder: Path) -> None:
    """Nothing to judge is not the same as nothing wrong: it was not there yet, or policy calls nothing source."""
    with writing(folder) as to:
        early = to.commit({"a.py": "", "tests/test_a.py": ""})
        to.commit({"shop/a.py": ""})
    (folder / "shop").mkdir()
    found = [
        read_history(folder / "shop", policy(), Incidents(), revision=early),
        told(folder, source=[]),
        told(folder, tests=["**"]),
    ]
    assert isinstance(read(folder / "shop"), History)
    for each in found:
        assert each == Unavailable("there is no source file here", "see what paths.source calls one: prevention policy")


def test_a_revision_that_is_no_commit_is_told(folder: Path) -> None:
    with writing(folder) as to:
        to.commit({"a.py": ""})
    found = read_history(folder, policy(), Incidents(), revision="nothing")
    assert isinstance(found, Unavailable)
    assert "'nothing' names no commit here" in found.reason
    found = read_history(folder, policy(), Incidents(), as_of=datetime(1990, 1, 1, tzinfo=UTC))
    assert isinstance(found, Unavailable)
    assert "no commit is as old as 1990-01-01" in found.reason
