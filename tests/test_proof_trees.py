"""The trees of a proof: what differs between them is the fix's source change, all of it and nothing else."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from pytest_prevention.sources import git_tree
from pytest_prevention.sources.proof import trees as trees_module
from pytest_prevention.sources.proof.fix import Fix
from pytest_prevention.sources.proof.functions import function_wise
from pytest_prevention.sources.proof.merge import merge_reverse
from pytest_prevention.sources.proof.trees import Build, at_the_fix, old_tree, strict_reverse
from tests.repositories import git, stored
from tests.stories import LINES, NEW_TEST, Story, everything, refused, texts

EVERY = pytest.mark.parametrize("technique", [at_the_fix, strict_reverse, merge_reverse, function_wise, old_tree])


@pytest.fixture
def story(tmp_path: Path) -> Story:
    return Story(tmp_path)


# One fix.


@EVERY
def test_only_the_source_of_a_fix_is_taken_back(story: Story, technique: Build) -> None:
    """Its test, the test's data, its docs and what came with other commits stay."""
    story.commit({"pkg/a.py": "a = 1\n", "pkg/b.py": "b = 1\n", "tests/data.json": "1"})
    others = {
        **NEW_TEST,
        "tests/data.json": "2",
        "tests/conftest.py": "x = 1\n",
        "README.md": "fixed",
        "setup.cfg": "1",
    }
    fix = story.commit({"pkg/a.py": "a = 2\n", **others})
    story.commit({"pkg/b.py": "b = 2\n"})
    found = story.fix(fix)
    assert isinstance(found, Fix)
    assert (found.commits, found.sources, found.others) == ((fix,), ("pkg/a.py",), tuple(sorted(others)))
    assert texts(story.built(technique, fix)) == {"pkg/a.py": "a = 1\n"}


def test_the_two_techniques_stand_on_different_trees(story: Story) -> None:
    """At the fix nothing is there of what came later; the strict reverse is today's tree."""
    story.commit({"a.py": LINES})
    fix = story.commit({"a.py": LINES.replace("line_9 = 9", "line_9 = 0")})
    now = "import os\n" + LINES.replace("line_9 = 9", "line_9 = 0").replace("line_25 = 25\n", "")
    story.commit({"a.py": now, "b.py": "b = 1\n"})
    assert texts(story.built(at_the_fix, fix)) == {"a.py": LINES}
    assert texts(story.built(strict_reverse, fix)) == {"a.py": now.replace("line_9 = 0", "line_9 = 9")}
    assert (story.trees / "control2/b.py").exists()
    assert not (story.trees / "control1/b.py").exists()


@EVERY
def test_a_file_that_the_fix_added_goes(story: Story, technique: Build) -> None:
    story.commit({"a.py": "a = 1\n"})
    fix = story.commit({"a.py": "import new\n", "new.py": "x = 1\n", **NEW_TEST})
    assert texts(story.built(technique, fix)) == {"a.py": "a = 1\n", "new.py": None}


@EVERY
def test_a_file_that_the_fix_deleted_comes_back(story: Story, technique: Build) -> None:
    """Also where its folder is gone."""
    story.commit({"a.py": "a = 1\n", "old/deep/b.py": "b = 1\n"})
    fix = story.commit({"old/deep/b.py": None})
    assert texts(story.built(technique, fix)) == {"old/deep/b.py": "b = 1\n"}


@EVERY
def test_a_file_that_the_fix_renamed_has_its_old_name_and_text(story: Story, technique: Build) -> None:
    story.commit({"a.py": LINES})
    fix = story.commit({"a.py": None, "b.py": LINES + "x = 1\n"})
    assert texts(story.built(technique, fix)) == {"a.py": LINES, "b.py": None}


@EVERY
def test_a_source_file_that_became_a_test_comes_back_and_the_test_stays(story: Story, technique: Build) -> None:
    story.commit({"a.py": LINES})
    fix = story.commit({"a.py": None, "tests/test_a.py": LINES})
    assert texts(story.built(technique, fix)) == {"a.py": LINES}


@EVERY
def test_the_mode_is_taken_back(story: Story, technique: Build) -> None:
    story.commit({"a.py": "a = 1\n", "b.py": LINES})
    (story.folder / "a.py").chmod(0o755)
    (story.folder / "b.py").chmod(0o755)
    fix = story.commit()
    story.commit({"c.py": ""})
    built = story.built(technique, fix)
    assert isinstance(built, dict)
    assert {path: written and (bool(written[0] & 0o100), written[1]) for path, written in built.items()} == {
        "a.py": (False, b"a = 1\n"),
        "b.py": (False, LINES.encode()),
    }


def test_a_mode_that_the_fix_did_not_set_stays(story: Story) -> None:
    """And one that it set is taken back with the text around it changed since."""
    story.commit({"a.py": LINES, "b.py": LINES})
    (story.folder / "b.py").chmod(0o755)
    fix = story.commit({"a.py": LINES.replace("9 = 9", "9 = 0")})
    (story.folder / "a.py").chmod(0o755)
    with (story.folder / "b.py").open("a") as file:
        file.write("more = 1\n")
    story.commit()
    built = story.built(strict_reverse, fix)
    assert isinstance(built, dict)
    assert {path: written and (bool(written[0] & 0o100), written[1]) for path, written in built.items()} == {
        "a.py": (True, LINES.encode()),
        "b.py": (False, LINES.encode() + b"more = 1\n"),
    }


def test_a_mode_that_changed_since_does_not_revert(story: Story) -> None:
    story.commit({"a.py": LINES})
    story.commit({"a.py": LINES + "x = 1\n"})
    (story.folder / "a.py").chmod(0o755)
    fix = story.commit({}, "--amend")
    (story.folder / "a.py").chmod(0o644)
    story.commit()
    refused(story.built(strict_reverse, fix), "fix-does-not-revert", "a.py", "mode")


@pytest.mark.parametrize("technique", [at_the_fix, strict_reverse, merge_reverse])
@pytest.mark.parametrize(
    ("before", "after"),
    [(b"a = 1\r\nb = 1\r\n", b"a = 2\r\nb = 1\r\n"), (b"a = 1\r\n", b"a = 1\n"), (b"a = 1", b"a = 2"), (b"", b"a = 1")],
    ids=["CRLF", "line ends", "no line end", "empty"],
)
def test_every_byte_is_taken_back(story: Story, technique: Build, before: bytes, after: bytes) -> None:
    """Whatever attributes of the project say of line ends; b.py has changed since, a.py has not."""
    rest = LINES.encode().replace(b"\n", b"\r\n")
    attributes = {".gitattributes": "* text=auto eol=lf ident whitespace=trailing-space\n"}
    story.commit(attributes)
    git(story.folder, "config", "core.attributesFile", os.devnull)
    (story.folder / ".git/info").mkdir(exist_ok=True)
    (story.folder / ".git/info/attributes").write_text("* -text -ident\n")  # else git would not commit these bytes
    story.commit({"a.py": before, "b.py": rest + before})
    fix = story.commit({"a.py": after, "b.py": rest + after})
    story.commit({"b.py": b"z = 0 \r\n" + rest + after})
    start = b"" if technique is at_the_fix else b"z = 0 \r\n"
    assert texts(story.built(technique, fix)) == {"a.py": before.decode(), "b.py": (start + rest + before).decode()}


@EVERY
def test_links_are_taken_back(story: Story, technique: Build) -> None:
    """A link that the fix made of a file, and one that it made lead elsewhere."""
    story.commit({"a.py": "a = 1\n", "b.py": Path("a.py"), "c.py": "c = 1\n"})
    fix = story.commit({"a.py": Path("c.py"), "b.py": Path("c.py")})
    assert texts(story.built(technique, fix)) == {"a.py": "a = 1\n", "b.py": "a.py"}
    assert (story.trees / "without1/b.py").is_symlink()
    assert not (story.trees / "without1/a.py").is_symlink()


@EVERY
def test_a_link_out_of_the_tree_cannot_be_brought_back(story: Story, technique: Build) -> None:
    story.commit({"a.py": Path("../../outside.py")})
    fix = story.commit({"a.py": "a = 1\n"})
    refused(story.built(technique, fix), "fix-does-not-revert", "a.py", "out of the tree")


@EVERY
def test_a_submodule_cannot_be_brought_back(story: Story, technique: Build) -> None:
    """Its files are not in the repository."""
    story.commit({"b.py": "b = 1\n"})
    git(story.folder, "update-index", "--add", "--cacheinfo", f"160000,{story.head},sub.py")
    git(story.folder, "commit", "-qm", "submodule")
    (story.folder / "sub.py").mkdir()
    git(story.folder, "update-index", "--add", "--cacheinfo", f"160000,{git(story.folder, 'rev-parse', 'HEAD')},sub.py")
    git(story.folder, "commit", "-qm", "fix")
    refused(story.built(technique, story.head), "fix-does-not-revert", "sub.py", "submodule")


# Which commits.


@EVERY
def test_several_fixes_of_the_same_lines_are_taken_back_newest_first(story: Story, technique: Build) -> None:
    """In whatever order, and however short, the incident names them; what others did elsewhere stays."""
    story.commit({"a.py": LINES})
    first = story.commit({"a.py": LINES.replace("9 = 9", "9 = 0")})
    story.commit({"a.py": LINES.replace("9 = 9", "9 = 0") + "x = 1\n"})
    second = story.commit({"a.py": LINES.replace("9 = 9", "9 = None") + "x = 1\n", "b.py": "b = 1\n"})
    third = story.commit({"b.py": "b = 2\n", **NEW_TEST})
    story.commit({"c.py": ""})
    assert texts(story.built(technique, first[:7], third, second.upper(), first)) == {
        "a.py": LINES + "x = 1\n",
        "b.py": None,
    }
    found = story.fix(second, first, third)
    assert isinstance(found, Fix)
    assert found.commits == (third, second, first)


@EVERY
def test_fixes_that_stand_on_each_other_through_another_commit_do_not_revert(story: Story, technique: Build) -> None:
    story.commit({"a.py": "a = 1\n"})
    first = story.commit({"a.py": "a = 2\n"})
    story.commit({"a.py": "a = 3\n"})
    second = story.commit({"a.py": "a = 4\n"})
    refused(story.built(technique, first, second), "fix-does-not-revert", "a.py")


@EVERY
def test_a_fix_and_its_revert_leave_nothing(story: Story, technique: Build) -> None:
    story.commit({"a.py": "a = 1\n"})
    first = story.commit({"a.py": "a = 2\n"})
    second = story.commit({"a.py": "a = 1\n"})
    refused(story.built(technique, first, second), "no-source-change", "each other")


@EVERY
def test_a_merge_is_taken_back_by_its_first_parent(story: Story, technique: Build) -> None:
    """All that the branch brought goes, what the main line had meanwhile stays; to name the branch's commits as well
    changes nothing."""
    story.commit({"a.py": "a = 1\n", "b.py": "b = 1\n"})
    git(story.folder, "checkout", "-qb", "branch")
    on_branch = [story.commit({"a.py": "a = 2\n"}), story.commit({"a.py": "a = 3\n", **NEW_TEST})]
    git(story.folder, "checkout", "-q", "main")
    story.commit({"b.py": "b = 2\n"})
    git(story.folder, "merge", "-q", "--no-ff", "-m", "Merge", "branch")
    merge = story.head
    assert texts(story.built(technique, merge)) == {"a.py": "a = 1\n"}
    both, alone = story.fix(merge, *on_branch), story.fix(merge)
    assert isinstance(both, Fix)
    assert isinstance(alone, Fix)
    assert (both.steps, both.named) == (alone.steps, tuple(sorted([merge, *on_branch])))
    assert texts(story.built(technique, *on_branch)) == {"a.py": "a = 1\n"}


@EVERY
def test_a_squashed_branch_is_one_commit(story: Story, technique: Build) -> None:
    story.commit({"a.py": "a = 1\n"})
    git(story.folder, "checkout", "-qb", "branch")
    on_branch = story.commit({"a.py": "a = 2\n", **NEW_TEST})
    git(story.folder, "checkout", "-q", "main")
    story.commit({"b.py": "b = 1\n"})
    git(story.folder, "merge", "-q", "--squash", "branch")
    squashed = story.commit()
    assert texts(story.built(technique, squashed)) == {"a.py": "a = 1\n"}
    refused(story.fix(on_branch), "fix-not-ancestor", on_branch[:12])


def test_clocks_do_not_order_commits(story: Story) -> None:
    """A fix committed on a machine whose clock is a year ahead is still older than the next."""
    story.commit({"a.py": "a = 1\n"})
    git(story.folder, "rm", "-q", "a.py")
    git(story.folder, "commit", "-qm", "fix", at=1_900_000_000)
    ahead = story.head
    second = story.commit({"a.py": "a = 3\n"})
    found = story.fix(ahead, second)
    assert isinstance(found, Fix)
    assert found.commits == (second, ahead)


@pytest.mark.parametrize("name", ["HEAD", "main", "--all", "HEAD~1", "main^{tree}", "0" * 40, "abc", "", "e69de29"])
def test_what_names_no_commit_is_no_fix(story: Story, name: str) -> None:
    """Not a branch either, since that moves, nor a file's id."""
    story.commit({"a.py": "a = 1\n", "empty": ""})
    story.commit({"a.py": "a = 2\n"})
    refused(story.fix(name), "fix-not-ancestor", repr(name))


def test_an_id_that_several_commits_begin_with_is_no_fix(story: Story) -> None:
    tree = git(story.folder, "mktree")
    made = [git(story.folder, "commit-tree", tree, "-m", str(number)) for number in range(600)]
    short = next(one[:4] for one in made if sum(other[:4] == one[:4] for other in made) > 1)
    story.commit({"a.py": "a = 1\n"})
    refused(story.fix(short), "fix-not-ancestor", short, "several")


def test_no_commit_is_no_fix(story: Story) -> None:
    story.commit({"a.py": "a = 1\n"})
    refused(story.fix(), "history-missing", "names no fix")


def test_a_commit_beside_the_main_line_is_no_ancestor(story: Story) -> None:
    story.commit({"a.py": "a = 1\n"})
    git(story.folder, "checkout", "-qb", "branch")
    beside = story.commit({"a.py": "a = 2\n"})
    git(story.folder, "checkout", "-q", "main")
    fix = story.commit({"a.py": "a = 3\n"})
    refused(story.fix(fix, beside), "fix-not-ancestor", beside[:12])


def test_the_first_commit_has_no_source_before_it(story: Story) -> None:
    refused(story.fix(story.commit({"a.py": "a = 1\n"})), "no-source-change", "first commit")


def test_a_shallow_clone_lacks_history(story: Story) -> None:
    """Both of what is cut off whole and of what is left without parents; the newest fix is whole."""
    story.commit({"a.py": "a = 1\n"})
    gone, edge, whole = (story.commit({"a.py": f"a = {number}\n"}) for number in (2, 3, 4))
    story.folder.rename(story.folder.with_name("origin"))
    git(story.folder.parent, "clone", "-q", "--depth=2", story.folder.with_name("origin").as_uri(), "repository")
    refused(story.fix(gone), "history-missing", "git fetch --unshallow")
    refused(story.fix(edge), "history-missing", "git fetch --unshallow")
    refused(story.fix("0" * 40), "history-missing", "git fetch --unshallow")
    assert texts(story.built(strict_reverse, whole)) == {"a.py": "a = 3\n"}


@EVERY
@pytest.mark.parametrize("suffix", ["py", "sql"])
def test_a_partial_clone_lacks_contents(story: Story, technique: Build, suffix: str) -> None:
    story.commit({f"a.{suffix}": "a = 1\n"})
    fix = story.commit({f"a.{suffix}": "a = 2\n"})
    blob = git(story.folder, "rev-parse", f"HEAD~1:a.{suffix}")
    (story.folder / f".git/objects/{blob[:2]}/{blob[2:]}").unlink()
    (story.folder / ".git/objects/pack/pack-0.promisor").write_text("")
    refused(story.built(technique, fix), "history-missing")


# What is no source change.


@pytest.mark.parametrize("files", [NEW_TEST, {"docs/a.md": "text"}, {"README.md": "text", "setup.cfg": "1"}, {}])
def test_a_fix_without_source_has_nothing_to_take_back(story: Story, files: Mapping[str, str]) -> None:
    story.commit({"a.py": "a = 1\n"})
    refused(story.fix(story.commit(files)), "no-source-change")


@pytest.mark.parametrize("path", ["src/a.c", "src/a.pyx", "src/a.pxd", "src/lib.rs", "a.F90"])
def test_what_is_built_needs_a_build(story: Story, path: str) -> None:
    """Also beside Python: the tests would run the old build."""
    story.commit({"a.py": "a = 1\n"})
    refused(story.fix(story.commit({path: "1"})), "needs-build", path)
    refused(story.fix(story.commit({path: "2", "a.py": "a = 2\n"})), "needs-build", path)


def test_examples_in_other_languages_need_no_build(story: Story) -> None:
    story.commit({"a.py": "a = 1\n"})
    fix = story.commit({"a.py": "a = 2\n", "examples/a.c": "1", "docs/b.rs": "1"})
    assert texts(story.built(strict_reverse, fix)) == {"a.py": "a = 1\n"}


def test_source_is_below_the_root_that_was_asked_for(story: Story) -> None:
    """In a repository of several projects; the trees are the whole repository."""
    story.commit({"shop/a.py": "a = 1\n", "other/b.py": "b = 1\n"})
    fix = story.commit({"shop/a.py": "a = 2\n", "other/b.py": "b = 2\n"})
    found = story.fix(fix, root="shop/")
    assert isinstance(found, Fix)
    assert (found.sources, found.others) == (("a.py",), ())
    assert texts(story.built(at_the_fix, fix, root="shop/")) == {"shop/a.py": "a = 1\n"}
    refused(story.fix(story.commit({"other/b.py": "b = 3\n"}), root="shop/"), "no-source-change")


# What no longer stands word for word.


@pytest.mark.parametrize(
    ("later", "words"),
    [
        ({"a.py": LINES.replace("9 = 9", "9 = 7")}, "changed since"),
        ({"a.py": LINES.replace("9 = 9", "9 = 0").replace("11 = 11", "11 = 12")}, "changed since"),
        ({"a.py": LINES.replace("9 = 9", "9 = 0").replace("11 = 11\n", "11 = 11 \n")}, "changed since"),
        ({"a.py": LINES.replace("9 = 9", "9 = 0").replace("\n", "\r\n")}, "changed since"),
        ({"a.py": 2 * LINES.replace("9 = 9", "9 = 0")}, "twice"),
        ({"a.py": LINES.replace("9 = 9", "9 = 0") + '"\0"\n'}, "changed"),
        ({"a.py": None, "b.py": LINES.replace("9 = 9", "9 = 0")}, "moved"),
        ({"a.py": None}, "removed"),
        ({"a.py": Path("b.py")}, "another kind"),
    ],
    ids=["fixed line", "context", "space", "line ends", "twice", "binary", "renamed", "deleted", "link"],
)
def test_a_fix_that_has_changed_does_not_revert(
    story: Story, later: Mapping[str, str | Path | None], words: str
) -> None:
    story.commit({"a.py": LINES, "c.py": ""})
    fix = story.commit({"a.py": LINES.replace("9 = 9", "9 = 0")})
    story.commit(later)
    refused(story.built(strict_reverse, fix), "fix-does-not-revert", "a.py", words)
    assert texts(story.built(at_the_fix, fix)) == {"a.py": LINES}


def test_one_file_that_does_not_revert_stops_all(story: Story) -> None:
    """A part of a fix taken back breaks more than the fix did."""
    story.commit({"a.py": LINES, "b.py": "b = 1\n"})
    fix = story.commit({"a.py": LINES + "x = 1\n", "b.py": "b = 2\n"})
    story.commit({"b.py": "b = 3\n"})
    refused(story.built(strict_reverse, fix), "fix-does-not-revert", "b.py")
    assert not any((story.trees / "without1").iterdir())


def test_a_file_added_by_the_fix_and_changed_since_does_not_revert(story: Story) -> None:
    story.commit({"a.py": "a = 1\n"})
    fix = story.commit({"b.py": "b = 1\n"})
    story.commit({"b.py": "b = 1\nc = 1\n"})
    refused(story.built(strict_reverse, fix), "fix-does-not-revert", "b.py")


@pytest.mark.parametrize("later", [{"old.py/x": "1"}, {"old.py": "x = 1\n"}])
def test_a_deleted_file_whose_place_is_taken_does_not_come_back(story: Story, later: Mapping[str, str]) -> None:
    story.commit({"a.py": "a = 1\n", "old.py": "b = 1\n"})
    fix = story.commit({"old.py": None})
    story.commit(later)
    refused(story.built(strict_reverse, fix), "fix-does-not-revert", "old.py")


def test_a_deleted_file_does_not_come_back_below_a_link(story: Story) -> None:
    """Where it would be written through the link."""
    story.commit({"a.py": "a = 1\n", "old/b.py": "b = 1\n", "tests/x": "1"})
    fix = story.commit({"old/b.py": None})
    (story.folder / "old").rmdir()
    story.commit({"old": Path("tests")})
    refused(story.built(strict_reverse, fix), "fix-does-not-revert", "old/b.py", "place")


@EVERY
def test_a_file_takes_the_place_of_the_folder_that_the_fix_made_of_it(story: Story, technique: Build) -> None:
    story.commit({"a": "", "pkg.py": "a = 1\n"})
    fix = story.commit({"pkg.py": None, "pkg.py/x.py": "a = 2\n"})
    assert texts(story.built(technique, fix)) == {"pkg.py": "a = 1\n", "pkg.py/x.py": None}


@EVERY
@pytest.mark.parametrize("broken", [b"print 'x'\n", b"a = (\n", b'a = "\xff"\n', b"(" * 9999, b"a = 1\n\0"])
def test_what_is_no_python_without_the_fix_proves_nothing(story: Story, technique: Build, broken: bytes) -> None:
    """Every red would be a SyntaxError."""
    story.commit({"a.py": broken})
    fix = story.commit({"a.py": "a = 1\n"})
    refused(story.built(technique, fix), "fix-does-not-revert", "a.py", "no Python")


def test_a_reversed_mix_that_is_no_python_proves_nothing(story: Story) -> None:
    """The hunk stands word for word, but what is around it has changed its meaning."""
    story.commit({"a.py": "if x:\n    a = 1\n" + "# comment\n" * 3 + LINES})
    fix = story.commit({"a.py": "if x:\n    a = 1\n" + "# comment\n" * 3 + LINES.replace("line_9 =", "line_9 = 1 +")})
    story.commit({"a.py": '"""\n' + LINES.replace("line_9 =", "line_9 = 1 +") + '"""\n'})
    assert texts(story.built(strict_reverse, fix)) == {"a.py": f'"""\n{LINES}"""\n'}
    story.commit({"a.py": LINES})
    quote = story.commit({"a.py": LINES.replace("line_9 = 9", '"""')})
    story.commit({"a.py": LINES.replace("line_9 = 9", '"""') + '"""\n'})
    refused(story.built(strict_reverse, quote), "fix-does-not-revert", "a.py", "no Python")


@pytest.mark.parametrize("technique", [strict_reverse, merge_reverse, function_wise])
def test_endless_files_are_not_compared(story: Story, technique: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trees_module, "SOURCE_BYTES", 1000)
    story.commit({"a.py": LINES * 3})
    fix = story.commit({"a.py": LINES + "x = 1\n"})
    story.commit({"a.py": LINES + "x = 1\n" + "y = 1\n"})
    refused(story.built(technique, fix), "fix-does-not-revert", "a.py", "1,000 bytes")


# Hostile trees.


def test_a_billion_files_are_not_listed(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trees that hold each other: a few objects, and a change of more files than there is memory."""
    monkeypatch.setattr(git_tree, "LISTING_BYTES", 1 << 20)
    tree = git(story.folder, "mktree", stdin=f"100644 blob {stored(story.folder, 'blob', b'')}\ta.py\n".encode())
    for _ in range(12):
        entries = "".join(f"040000 tree {tree}\t{number}\n" for number in range(9))
        tree = git(story.folder, "mktree", stdin=entries.encode())
    story.commit({"a.py": "a = 1\n"})
    fix = git(story.folder, "commit-tree", tree, "-p", story.head, "-m", "fix")
    git(story.folder, "update-ref", "refs/heads/main", fix)
    refused(story.fix(fix), "history-missing", "too long")


@EVERY
@pytest.mark.parametrize("name", ["..", ".", ".git", ".GIT", "git~1", ".git\u200c", ".git "])
def test_paths_out_of_the_tree_write_nothing(story: Story, technique: Build, name: str) -> None:
    """A fix commit whose tree names them, in source files that it changes and in a folder beside them."""
    parent = story.commit({"a.py": "a = 1\n"})
    folder = f"40000 {name}\0".encode()
    for text in (b"x = 1\n", b"x = 2\n"):
        file = bytes.fromhex(stored(story.folder, "blob", text))
        inner = bytes.fromhex(stored(story.folder, "tree", b"100644 hook.py\0" + file))
        tree = stored(story.folder, "tree", b"100644 a.py\0" + file + folder + inner)
        parent = git(story.folder, "commit-tree", tree, "-p", parent, "-m", "fix")
        git(story.folder, "update-ref", "refs/heads/main", parent)
    around = everything(story.trees.parent)
    refused(story.built(technique, parent), "fix-does-not-revert")
    written = everything(story.trees.parent).keys() - around.keys()
    assert written <= {"trees/control1/a.py", "trees/without1/a.py"}
