"""Fixes whose code has moved on since: taken back by a merge, function by function, or in the old tree."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from pytest_prevention.sources.proof import functions
from pytest_prevention.sources.proof.functions import function_wise
from pytest_prevention.sources.proof.merge import merge_reverse
from pytest_prevention.sources.proof.trees import Build, old_tree, strict_reverse
from tests.repositories import git
from tests.stories import LINES, NEW_TEST, Story, refused, texts

BOTH = pytest.mark.parametrize("technique", [merge_reverse, function_wise])
BEFORE = '''"""Orders."""

import json

RATE = 0.2


class Cart:
    """What a customer wants."""

    limit = 9

    def total(self, items):
        """The sum."""
        return sum(items) - 1

    def empty(self):
        return []


def vat(amount):
    first = amount * 1
    return first * RATE


def parse(body):
    text = body.strip()
    found = []
    found.append(json.loads(text))
    return found
'''
FIXED = BEFORE.replace("sum(items) - 1", "sum(items)").replace("json.loads(text)", "json.loads(text or '{}')")


@pytest.fixture
def story(tmp_path: Path) -> Story:
    return Story(tmp_path)


def fixed(story: Story, after: str = FIXED, before: str = BEFORE) -> str:
    story.commit({"a.py": before, "b.py": "b = 1\n"})
    return story.commit({"a.py": after, **NEW_TEST})


def same(text: str | None, expected: str) -> bool:
    """Whether both are the same code, however it is laid out."""
    return text is not None and ast.dump(ast.parse(text)) == ast.dump(ast.parse(expected))


# What a strict reverse refuses and others take back.


def context(text: str) -> str:
    return text.replace("    def empty(self):\n        return []\n", "    def nothing(self):\n        return ()\n")


def layout(text: str) -> str:
    """All of it, as another formatter would write it."""
    return ast.unparse(ast.parse(text)).replace("'", '"') + "\n"


def order(text: str) -> str:
    """Functions in front of the class, methods the other way round."""
    tree = ast.parse(text)
    tree.body.sort(key=lambda node: isinstance(node, ast.ClassDef))
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            node.body.reverse()
    return ast.unparse(tree) + "\n"


def elsewhere(text: str) -> str:
    """In one of the functions that the fix changed, far from its change."""
    return text.replace("body):", "body, *, more=None):")


@pytest.mark.parametrize(
    ("later", "techniques"),
    [
        (context, [merge_reverse, function_wise]),
        (elsewhere, [merge_reverse, function_wise]),
        (layout, [function_wise]),
        (order, [function_wise]),
        (lambda text: layout(elsewhere(text)), [function_wise]),
        (lambda text: order(context(text)), [function_wise]),
    ],
    ids=["context", "elsewhere in it", "layout", "order", "layout and more", "order and more"],
)
def test_code_that_changed_around_a_fix_stays(
    story: Story, later: Callable[[str], str], techniques: list[Build]
) -> None:
    fix = fixed(story)
    story.commit({"a.py": later(FIXED)})
    refused(story.built(strict_reverse, fix), "fix-does-not-revert", "a.py")
    for technique in (merge_reverse, function_wise):
        found = story.built(technique, fix)
        if technique in techniques:
            assert texts(found).keys() == {"a.py"}
            assert same(texts(found)["a.py"], later(BEFORE))
        else:
            refused(found, "fix-does-not-revert", "a.py", "changed since")


@BOTH
def test_a_file_is_followed_to_its_new_name(story: Story, technique: Build) -> None:
    fix = fixed(story)
    story.commit({"a.py": None, "shop/orders.py": context(FIXED)})
    refused(story.built(strict_reverse, fix), "fix-does-not-revert", "moved")
    assert texts(story.built(technique, fix)) == {"shop/orders.py": context(BEFORE)}


def test_a_function_is_followed_to_another_file(story: Story) -> None:
    """There it may have neighbours of any name; what else the fix changed is undone where it stayed."""
    fix = fixed(story)
    moved = FIXED[FIXED.index("def parse") :]
    other = f"import json\n\n\ndef other():\n    return 1\n\n\n{moved}"
    story.commit({"a.py": FIXED.replace(moved, "").replace("import json\n", ""), "shop/body.py": other})
    assert texts(story.built(function_wise, fix)) == {
        "a.py": BEFORE[: BEFORE.index("def parse")].replace("import json\n", ""),
        "shop/body.py": other.replace(" or '{}'", ""),
    }
    refused(story.built(merge_reverse, fix), "fix-does-not-revert", "a.py")


@pytest.mark.parametrize(
    "others",
    [
        {"tests/body.py": "{moved}"},
        {"docs/body.py": "{moved}"},
        {"shop/body.py": "class Body:\n    {moved}"},
        {"shop/body.py": "{moved}", "shop/copy.py": "{moved}"},
        {"shop/body.py": "if (\n{moved}"},
        {},
    ],
    ids=["a test", "docs", "a method", "two", "no Python", "nowhere"],
)
def test_a_function_that_is_not_clearly_elsewhere_is_gone(story: Story, others: Mapping[str, str]) -> None:
    fix = fixed(story)
    moved = FIXED[FIXED.index("def parse") :]
    lines = {
        path: text.replace("{moved}", moved.replace("\n", "\n    " if "class" in text else "\n"))
        for path, text in others.items()
    }
    story.commit({"a.py": FIXED.replace(moved, ""), **lines})
    refused(story.built(function_wise, fix), "fix-does-not-revert", "a.py", "parse is no longer there")


def test_a_function_of_that_name_that_was_there_all_along_is_another(story: Story) -> None:
    story.commit({"other.py": "def parse(body):\n    return json.loads(text or '{}')\n"})
    fix = fixed(story)
    story.commit({"a.py": FIXED[: FIXED.index("def parse")]})
    refused(story.built(function_wise, fix), "fix-does-not-revert", "parse is no longer there")


def test_a_function_is_not_looked_for_in_endless_files(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(functions, "CANDIDATES", 1)
    fix = fixed(story)
    moved = FIXED[FIXED.index("def parse") :]
    story.commit({"a.py": FIXED.replace(moved, ""), "c.py": moved, "d.py": "def parse(a): return 1\n"})
    refused(story.built(function_wise, fix), "fix-does-not-revert", "parse is no longer there")


@BOTH
def test_several_commits_are_undone_newest_first(story: Story, technique: Build) -> None:
    """The second stands on what the first left; after both the code moved on."""
    story.commit({"a.py": BEFORE})
    first = story.commit({"a.py": BEFORE.replace("sum(items) - 1", "sum(items) - 0")})
    second = story.commit({"a.py": FIXED})
    story.commit({"a.py": context(FIXED)})
    assert texts(story.built(technique, first, second)) == {"a.py": context(BEFORE)}


@BOTH
def test_a_merged_branch_is_undone_by_its_first_parent(story: Story, technique: Build) -> None:
    story.commit({"a.py": BEFORE})
    git(story.folder, "checkout", "-qb", "branch")
    story.commit({"a.py": FIXED})
    git(story.folder, "checkout", "-q", "main")
    story.commit({"a.py": context(BEFORE)})
    git(story.folder, "merge", "-q", "--no-ff", "-m", "Merge", "branch")
    merge = story.head
    story.commit({"a.py": context(FIXED).replace('"""What', '"""All')})
    assert texts(story.built(technique, merge)) == {"a.py": context(BEFORE).replace('"""What', '"""All')}


# All or nothing.


@BOTH
def test_one_function_that_was_rewritten_stops_all(story: Story, technique: Build) -> None:
    """Also where it stands in another file than what could be undone: a part of a fix taken back proves nothing."""
    story.commit({"a.py": BEFORE, "b.py": BEFORE})
    fix = story.commit({"a.py": FIXED, "b.py": FIXED})
    story.commit({"b.py": context(FIXED).replace("found.append(json.loads(text or '{}'))", "found += decoded(text)")})
    refused(story.built(technique, fix), "fix-does-not-revert", "b.py")
    assert not any((story.trees / "without1").iterdir())


def test_the_unit_that_cannot_be_undone_is_named(story: Story) -> None:
    fix = fixed(story)
    story.commit({"a.py": FIXED.replace("return sum(items)", "return round(sum(items), 2)")})
    refused(story.built(function_wise, fix), "fix-does-not-revert", "a.py: Cart.total has changed since")


def test_the_head_of_a_class_is_merged_as_it_stands(story: Story) -> None:
    """As Python itself would write it, its docstring would be lost."""
    head = "@a\n@b\nclass A({}):\n    '''Text.'''\n"
    fix = fixed(story, before=head.format("B"), after=head.format("C"))
    story.commit({"a.py": head.format("C").replace("@a", "@z")})
    assert texts(story.built(function_wise, fix)) == {"a.py": head.format("B").replace("@a", "@z")}
    story.commit({"a.py": head.format("\n    C\n").replace("@a", "@z")})
    refused(story.built(function_wise, fix), "fix-does-not-revert", "class A has changed since")


@BOTH
def test_no_conflict_mark_gets_into_a_tree(story: Story, technique: Build) -> None:
    """Though one in a string would be Python."""
    quoted = '"""\n{}\n"""\n'
    fix = fixed(story, before="A = " + quoted.format("one"), after="A = " + quoted.format("two"))
    story.commit({"a.py": "A = " + quoted.format("three")})
    refused(story.built(technique, fix), "fix-does-not-revert", "a.py")


@BOTH
def test_what_became_a_test_is_not_touched(story: Story, technique: Build) -> None:
    fix = fixed(story)
    story.commit({"a.py": None, "tests/orders.py": FIXED})
    refused(story.built(technique, fix), "fix-does-not-revert", "tests/orders.py", "no source file")


@BOTH
def test_other_files_must_revert_too(story: Story, technique: Build) -> None:
    """Those that are no Python."""
    story.commit({"a.py": BEFORE, "q.sql": LINES})
    fix = story.commit({"a.py": FIXED, "q.sql": LINES.replace("9 = 9", "9 = 0")})
    story.commit({"a.py": context(FIXED), "q.sql": LINES.replace("9 = 9", "9 = 0") + "more\n"})
    assert texts(story.built(technique, fix)) == {"a.py": context(BEFORE), "q.sql": LINES + "more\n"}
    story.commit({"q.sql": LINES.replace("9 = 9", "9 = 1")})
    refused(story.built(technique, fix), "fix-does-not-revert", "q.sql")


@BOTH
def test_a_fix_that_others_took_back_leaves_nothing(story: Story, technique: Build) -> None:
    fix = fixed(story)
    story.commit({"a.py": context(BEFORE)})
    refused(story.built(technique, fix), "no-source-change")


def test_a_file_that_came_with_the_fix_goes_though_it_is_laid_out_anew(story: Story) -> None:
    story.commit({"b.py": "b = 1\n"})
    fix = story.commit({"a.py": FIXED, "b.py": "import a\n\nb = a\n"})
    story.commit({"a.py": layout(FIXED)})
    assert texts(story.built(function_wise, fix)) == {"a.py": None, "b.py": "b = 1\n"}
    story.commit({"a.py": layout(FIXED) + "\n\ndef later():\n    return 1\n"})
    assert same(texts(story.built(function_wise, fix))["a.py"], '"""Orders."""\n\n\ndef later():\n    return 1\n')
    story.commit({"a.py": layout(FIXED).replace("amount", "value")})
    refused(story.built(function_wise, fix), "fix-does-not-revert", "vat has changed since")


def test_a_mode_is_taken_back_with_the_units(story: Story) -> None:
    story.commit({"a.py": BEFORE})
    (story.folder / "a.py").write_text(FIXED)
    (story.folder / "a.py").chmod(0o755)
    fix = story.commit()
    (story.folder / "a.py").write_text(layout(FIXED))
    story.commit()
    found = story.built(function_wise, fix)
    assert isinstance(found, dict)
    written = found["a.py"]
    assert written
    assert not written[0] & 0o100


@pytest.mark.parametrize(
    "broken", ["print 'x'\n", "a = (\n", "(" * 9999, "-" * 3000 + "1\n", "-" * 1500 + "1\n", "a = 1\rb = 1\n"]
)
@pytest.mark.parametrize("side", ["before", "after", "today"])
def test_what_is_no_python_has_no_units(story: Story, broken: str, side: str) -> None:
    """Or is nested so deeply that reading it ends; the other sides are sound."""
    versions = {"before": BEFORE, "after": FIXED, "today": layout(FIXED)} | {side: broken}
    story.commit({"a.py": versions["before"]})
    fix = story.commit({"a.py": versions["after"]})
    story.commit({"a.py": versions["today"]})
    refused(story.built(function_wise, fix), "fix-does-not-revert", "a.py", "no Python that can be read")


@BOTH
def test_a_file_that_became_a_link_is_no_file(story: Story, technique: Build) -> None:
    fix = fixed(story)
    story.commit({"a.py": None, "c.py": layout(FIXED)})
    story.commit({"a.py": Path("c.py")})
    refused(story.built(technique, fix), "fix-does-not-revert", "a.py")


# Merging.


@pytest.mark.parametrize("attribute", ["merge=union", "merge=ours", "-merge", "binary", "merge=evil"])
@pytest.mark.parametrize("place", [".gitattributes", ".git/info/attributes"])
def test_no_attribute_says_how_to_merge(story: Story, attribute: str, place: str) -> None:
    """``union`` keeps both sides of a conflict, ``binary`` merges nothing. Plain git obeys."""
    fix = fixed(story)
    git(story.folder, "config", "merge.evil.driver", "true")
    git(story.folder, "config", "merge.ours.driver", "true")
    (story.folder / ".git/info").mkdir(exist_ok=True)
    (story.folder / place).write_text(f"[attr]other {attribute}\n*.py {attribute}\n*.py other\n")
    story.commit({"a.py": context(FIXED)})
    assert texts(story.built(merge_reverse, fix)) == {"a.py": context(BEFORE)}
    story.commit({"a.py": FIXED.replace("sum(items)", "sum(items) + 1")})
    if attribute not in ("-merge", "binary"):
        git(story.folder, "revert", "--no-commit", fix)
        git(story.folder, "reset", "-q", "--hard")
    refused(story.built(merge_reverse, fix), "fix-does-not-revert", "a.py: ", "changed since")


def test_settings_do_not_say_how_to_merge(story: Story) -> None:
    fix = fixed(story)
    settings = {"renames": "false", "renormalize": "true", "directoryRenames": "true", "conflictStyle": "diff3"}
    for name, value in {**settings, "default": "union", "renameLimit": "1"}.items():
        git(story.folder, "config", f"merge.{name}", value)
    story.commit({"a.py": None, "shop/orders.py": context(FIXED), ".gitattributes": "* text eol=crlf\n"})
    assert texts(story.built(merge_reverse, fix)) == {"shop/orders.py": context(BEFORE)}


def test_an_old_git_cannot_merge(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer names the version that can."""
    real = shutil.which("git")
    old = story.folder.parent / "bin/git"
    old.parent.mkdir()
    old.write_text(f'#!/bin/sh\ncase "$*" in *version) echo git version 2.37.9;; *) exec {real} "$@";; esac\n')
    old.chmod(0o755)
    fix = fixed(story)
    monkeypatch.setenv("PATH", f"{old.parent}{os.pathsep}{os.environ['PATH']}")
    assert subprocess.run(["git", "version"], capture_output=True, check=True).stdout == b"git version 2.37.9\n"
    refused(story.built(merge_reverse, fix), "fix-does-not-revert", "git 2.38")


# Today's tests in the old tree.


def test_the_old_tree_has_todays_tests_and_their_data(story: Story) -> None:
    """Those of then are gone; pytest's configuration, documents and sources are those of then."""
    data = {"tests/data/new.json": "2", "tests/gone.txt": None, "pkg/tests/test_b.py": "def test_b(): pass\n"}
    others = {"pyproject.toml": "[tool.pytest.ini_options]\n", "README.md": "then"}
    story.commit({"a.py": "a = 1\n", "tests/gone.txt": "1", **others})
    fix = story.commit({"a.py": "a = 2\n", "tests/test_old.py": "def test_old(): pass\n"})
    later = {"README.md": "now", "pyproject.toml": "[tool.pytest.ini_options]\naddopts = '-n9'\n", "new.py": "n = 1\n"}
    story.commit({"a.py": "rewritten = 1\n", "tests/test_old.py": None, **NEW_TEST, **data, **later})
    assert texts(story.built(old_tree, fix)) == {"a.py": "a = 1\n"}
    for tree, source in (("control1", "a = 2\n"), ("without1", "a = 1\n")):
        files = {
            str(path.relative_to(story.trees / tree)): path.read_text()
            for path in (story.trees / tree).rglob("*.*")
            if path.is_file()
        }
        expected = {path: text for path, text in {**NEW_TEST, **data, **others}.items() if text is not None}
        assert files == {"a.py": source, **expected}


def test_tests_of_other_projects_of_the_repository_stay_old(story: Story) -> None:
    story.commit({"shop/a.py": "a = 1\n", "tests/test_x.py": "x = 1\n"})
    fix = story.commit({"shop/a.py": "a = 2\n"})
    story.commit({"shop/a.py": "b = 1\n", "tests/test_x.py": "x = 2\n", "shop/tests/test_a.py": "a = 1\n"})
    assert texts(story.built(old_tree, fix, root="shop/")) == {"shop/a.py": "a = 1\n"}
    assert (story.trees / "control1/tests/test_x.py").read_text() == "x = 1\n"
    assert (story.trees / "control1/shop/tests/test_a.py").exists()


def test_a_test_that_stands_where_old_sources_are_does_not_replace_them(story: Story) -> None:
    story.commit({"a.py": "a = 1\n", "lib_test.py/b.txt": "1"})
    fix = story.commit({"a.py": "a = 2\n"})
    shutil.rmtree(story.folder / "lib_test.py")
    story.commit({"lib_test.py": "def test(): pass\n"})
    refused(story.built(old_tree, fix), "fix-does-not-revert", "lib_test.py", "place")
