"""Globs: what they match, and that no glob is slow."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_prevention.globs import matches_any, text_matches_any


@pytest.mark.parametrize(
    ("glob", "path", "expected"),
    [
        ("src/a.py", "src/a.py", True),
        ("src/a.py", "lib/src/a.py", False),
        ("src/*.py", "src/a.py", True),
        ("src/*.py", "src/b/a.py", False),
        ("*", "a.py", True),
        ("*", "src/a.py", False),
        ("**", "src/a.py", True),
        ("src/**", "src/b/a.py", True),
        ("src/**", "src", True),
        ("src/**", "srcs/a.py", False),
        ("src/", "src/b/a.py", True),
        ("src/", "srcs", False),
        ("**/test_*.py", "test_a.py", True),
        ("**/test_*.py", "a/b/test_a.py", True),
        ("**/test_*.py", "a/test_b/a.py", False),
        ("src/**/api/**/*.py", "src/api/a.py", True),
        ("src/**/api/**/*.py", "src/x/api/y/z/a.py", True),
        ("src/**/api/**/*.py", "src/x/a.py", False),
        ("./src/a.py", "src/a.py", True),
        ("?.py", "a.py", True),
        ("?.py", "ab.py", False),
        ("a?b", "a/b", False),
        ("app/[id]/page.ts", "app/[id]/page.ts", True),
        ("app/[id]/page.ts", "app/i/page.ts", False),
        ("a+(b).py", "a+(b).py", True),
        ("*.py", ".py", True),
        ("A.py", "a.py", False),
        ("a*b*c", "aXbXbXc", True),
        ("a*b*c", "aXbXcX", False),
        ("", "a", False),
    ],
)
def test_globs_match_whole_paths(glob: str, path: str, expected: bool) -> None:
    """Two stars cross folders, one star and a question mark do not, brackets and the like are themselves."""
    assert matches_any(path, [glob]) is expected


def test_one_of_several_is_enough() -> None:
    """No glob matches nothing; any of several matches what one of them matches."""
    assert not matches_any("a.py", [])
    assert matches_any("a.py", ["b.py", "*.py"])
    assert not matches_any("a.py", ["b.py", "c.py"])


PARTS = st.text("abc", min_size=1, max_size=5)
PATHS = st.lists(PARTS, min_size=1, max_size=4).map("/".join)
GLOBS = st.lists(st.one_of(st.just("**"), st.text("abc*?", min_size=1, max_size=5)), min_size=1, max_size=5).map(
    "/".join
)


@given(st.text("ab.*?", min_size=1), st.text("ab.", min_size=1))
def test_one_part_is_matched_as_fnmatch_does(glob: str, name: str) -> None:
    """Within one part of a path a glob means what it means to fnmatch."""
    if glob != "**":
        assert matches_any(name, [glob]) == fnmatchcase(name, glob)


@given(
    st.lists(st.text("ab*?", min_size=1, max_size=4).filter(lambda part: part != "**"), min_size=1, max_size=4), PATHS
)
def test_parts_are_matched_as_pathlib_does(parts: list[str], path: str) -> None:
    """Without two stars a glob with as many parts as the path means what it means to pathlib."""
    if len(parts) == path.count("/") + 1 and "." not in path.split("/") and ".." not in path.split("/"):
        assert matches_any(path, ["/".join(parts)]) == PurePosixPath(path).match("/".join(parts))


@given(GLOBS, PATHS)
def test_two_stars_stand_for_any_number_of_parts(glob: str, path: str) -> None:
    """A glob matches exactly when some way of filling in its stars gives the path."""

    def fits(parts: list[str], names: list[str]) -> bool:
        if not parts:
            return not names
        if parts[0] == "**":
            return fits(parts[1:], names) or (bool(names) and fits(parts, names[1:]))
        return bool(names) and fnmatchcase(names[0], parts[0]) and fits(parts[1:], names[1:])

    assert matches_any(path, [glob]) == fits(glob.split("/"), path.split("/"))


@pytest.mark.parametrize(
    ("glob", "path"),
    [
        ("*a" * 60 + "b", "a" * 2000),
        ("?*" * 200 + "b", "a" * 2000),
        ("**/a/" * 60 + "b", "a/" * 1000 + "c"),
        ("**/*a*a*a*a/" * 40 + "b", "aaaaaaaaaa/" * 300 + "c"),
    ],
)
def test_no_glob_is_slow(glob: str, path: str) -> None:
    """Globs that would try every combination elsewhere come to an end here."""
    assert not matches_any(path, [glob])


@pytest.mark.parametrize(
    ("glob", "text", "expected"),
    [
        ("v[0-9]*", "v1.0", True),
        ("v[0-9]*", "vast", False),
        ("v[!0-9]*", "vast", True),
        ("release/*", "release/a/b", True),
        ("Release ?.?", "Release 1.2", True),
        ("[release] *", "[release] 1", False),
        ("[[]release] *", "[release] 1", True),
        ("v[0-9", "v[0-9", True),
        ("v1.0", "v1.0\n", False),
        ("v1", "v1.0", False),
    ],
)
def test_globs_of_texts(glob: str, text: str, expected: bool) -> None:
    """Brackets name characters, as they do for git tag --list; one that is never closed is itself."""
    assert text_matches_any(text, [glob]) is expected


@given(st.text("ab-[]!*?^&~|\\", max_size=8), st.text("ab-[]!^&\\", max_size=6))
def test_a_glob_of_texts_in_a_list_is_what_it_is_alone(glob: str, text: str) -> None:
    """Whatever is written, it is a glob, and others beside it change nothing."""
    assert text_matches_any(text, ["none", glob, "none"]) is fnmatchcase(text, glob)


def test_a_glob_of_texts_with_many_stars_is_quick() -> None:
    """A text that nearly matches takes no time."""
    assert not text_matches_any("a" * 5_000, ["*a" * 100 + "*b"])
