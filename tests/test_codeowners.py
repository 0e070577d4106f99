"""CODEOWNERS by the rules of GitHub and of GitLab."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_prevention.sources.process.codeowners import Dialect, owner_of, owners_of, read_codeowners


def owners(text: str, path: str, dialect: Dialect = "github") -> list[str]:
    found = owner_of(path, read_codeowners(text, dialect))
    return list(found.owners) if found else []


class TestGitHub:
    @pytest.mark.parametrize(
        ("pattern", "inside", "outside"),
        [
            ("*", "a b/c", ""),
            ("*.js", "a.js b/c.js d.js/e", "a.jsx"),
            ("/build/logs/", "build/logs/a build/logs/b/c", "x/build/logs/a build/logs"),
            ("docs/*", "docs/a.md", "docs/build/a.md x/docs/a.md"),
            ("apps/", "apps/a x/apps/b/c", "apps"),
            ("/docs/", "docs/a", "x/docs/a"),
            ("/scripts", "scripts scripts/a/b", "x/scripts"),
            ("**/logs", "logs/a build/logs/a deep/er/logs/b", "logs2"),
            ("/apps/github", "apps/github/a apps/github", "apps/a"),
            ("/a/**/b", "a/b a/x/b a/x/y/b/c", "b a/bc"),
            ("a/**", "a/b a/b/c", "a x/a/b"),
            ("**/", "a/b", "a"),
            ("a?c", "abc x/abc", "ac a/c"),
            ("with\\ blank", "with blank", "with"),
        ],
    )
    def test_patterns_are_those_of_its_documentation(self, pattern: str, inside: str, outside: str) -> None:
        """Like .gitignore; ``docs/*`` alone reaches no deeper."""
        split = (lambda text: [text]) if " " in inside and "\\" in pattern else str.split
        assert [path for path in split(inside) if not owners(f"{pattern} @a", path)] == []
        assert [path for path in outside.split() if owners(f"{pattern} @a", path)] == []

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("* @a\n*.py @b", ["@b"]),
            ("*.py @b\n* @a", ["@a"]),
            ("* @a\n*.py", []),
            ("* @a  @org/team me@example.org # @c", ["@a", "@org/team", "me@example.org"]),
            ("# * @a\n\n", []),
            ("* @a\n*.py b", ["@a"]),
            ("* @a\n!a.py @b", ["@a"]),
            ("* @a\n[a].py @b", ["@a"]),
            ("* @a\n\\#.py @b", ["@a"]),
            ("[Section] @b\n* @a", ["@a"]),
            ("*\t@a\r\n", ["@a"]),
            ("/ @a", []),
        ],
    )
    def test_the_last_line_that_can_be_read_decides(self, text: str, found: list[str]) -> None:
        """A line without owners takes files from them; a line with an error is skipped."""
        assert owners(text, "a.py") == found

    @given(
        st.lists(st.sampled_from(["a", "b", "*", "**", "*.py", "a*", "?", "a**"]), min_size=1, max_size=4),
        st.sampled_from(["", "/"]),
        st.sampled_from(["", "/"]),
        st.lists(st.sampled_from(["a", "b", "ab", "a.py"]), min_size=1, max_size=5),
    )
    def test_it_matches_as_a_plain_reading_of_the_rules_does(
        self, parts: list[str], start: str, end: str, path: list[str]
    ) -> None:
        """Held against a matcher that goes part by part."""
        pattern = start + "/".join(parts) + end
        anchored = "/" in pattern[:-1]
        expected = any(plainly(parts, path[first:], bool(end)) for first in range(len(path) if not anchored else 1))
        assert bool(owners(f"{pattern} @a", "/".join(path))) is expected


def plainly(parts: list[str], path: list[str], folder: bool) -> bool:
    """Whether the pattern matches the path from its beginning, or a folder that the path lies in."""
    if not parts:  # what is left of the path lies below what matched
        return bool(path) or not folder
    head, *rest = parts
    if head == "**" and not rest:
        return len(path) > folder
    if head == "**":
        return any(plainly(rest, path[skip:], folder) for skip in range(len(path) + 1))
    one = re.sub(r"\*+", "[^/]*", head.replace(".", r"\.").replace("?", "."))
    if not path or not re.fullmatch(one, path[0]):
        return False
    if head == "*" and not rest and not folder:
        return len(path) == 1
    return plainly(rest, path[1:], folder)


class TestGitLab:
    @pytest.mark.parametrize(
        ("pattern", "inside", "outside"),
        [
            ("*", "a b/c", ""),
            ("*.rb", "a.rb b/c.rb", "a.rb/b"),
            ("README.md", "README.md docs/README.md", "README.md/a"),
            ("/README.md", "README.md", "docs/README.md"),
            ("internal/README.md", "internal/README.md docs/internal/README.md", "README.md"),
            ("docs/", "docs/a docs/b/c x/docs/a", "docs"),
            ("/docs/", "docs/a docs/b/c", "x/docs/a"),
            ("/docs", "docs", "docs/a"),
            ("/docs/*", "docs/a", "docs/b/c"),
            ("/docs/**", "docs/a", "docs/b/c"),
            ("/docs/**/*.md", "docs/a.md docs/b/c.md", "docs/a.txt"),
            ("\\#a", "#a b/#a", "a"),
            ("[ab].rb", "", "a.rb [ab].rb"),
        ],
    )
    def test_patterns_are_those_of_its_documentation(self, pattern: str, inside: str, outside: str) -> None:
        """Without a slash at its end a pattern means no folder; without one in front it is looked for anywhere."""
        assert [path for path in inside.split() if not owners(f"{pattern} @a", path, "gitlab")] == []
        assert [path for path in outside.split() if owners(f"{pattern} @a", path, "gitlab")] == []

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("* @a\n*.py @b", ["@b"]),
            ("[Docs] @d\n*.py", ["@d"]),
            ("[Docs] @d\n*.py @e", ["@e"]),
            ("[Docs][2] @d @@maintainer\n*.py", ["@d", "@@maintainer"]),
            ("^[Docs] @d\n*.py", []),
            ("[A]\n*.py @a\n[B]\n*.md @b", ["@a"]),
            ("[A]\n*.py @a\n[B]\n*.py", ["@a"]),
            ("[A]\n*.py @a\n[a]\n*.py", []),
            ("* @a\n!a.py\n*.py @b", []),
            ("* @a\n[B]\n!a.py\n* @b", ["@a"]),
            ("* x", []),
        ],
    )
    def test_each_section_is_asked_apart(self, text: str, found: list[str]) -> None:
        """One in which the file has owners is enough; an optional one asks nobody, and what is excluded stays out."""
        assert owners(text, "a.py", "gitlab") == found


def test_many_files_are_told_as_each_alone() -> None:
    rules = read_codeowners("* @a\n/b/ @b\n/b/c\n", "github")
    paths = ["a", "b/a", "b/c", "b/c/d"]
    assert owners_of(paths, rules) == {path: owner_of(path, rules) for path in paths}
    assert [path for path, rule in owners_of(paths, rules).items() if rule is None] == ["b/c", "b/c/d"]


@pytest.mark.parametrize(
    "line", ["*" * 5000 + "x @a", "a*" * 2000 + " @a", "**/" * 2000 + "a @a", "@" * 9999, "\\" * 9999]
)
@pytest.mark.parametrize("dialect", ["github", "gitlab"])
def test_hostile_lines_are_read_in_time(line: str, dialect: Dialect) -> None:
    """However long the pattern is, and however nearly the path fits."""
    owners(line, "a" * 5000 + "/" + "a/" * 2000 + "b", dialect)
