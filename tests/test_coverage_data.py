"""What a coverage data file says of the files of a repository, and when it says nothing."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path

import pytest
from coverage import CoverageData

from pytest_prevention.model import FileCoverage, Unavailable
from pytest_prevention.sources.coverage_data import Executed, Measured, file_coverage, read_measured
from pytest_prevention.sources.coverage_files import DataFiles

SOURCE = '''\
"""A module."""


def total(
    prices,
):
    """The sum."""
    if not prices:
        return sum(
            [],
        )
    if prices == 1:  # pragma: no cover
        return 1
    return sum(prices)


def other(): return 3
'''


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    (folder / "shop.py").write_text(SOURCE)
    os.utime(folder / "shop.py", (1000, 1000))
    return folder


def write(
    root: Path,
    lines: Mapping[str, Sequence[int]] | None = None,
    *,
    arcs: Mapping[str, Sequence[tuple[int, int]]] | None = None,
    tracers: Mapping[str, str] | None = None,
) -> Path:
    """A data file as coverage.py writes it."""
    (root / ".coverage").unlink(missing_ok=True)
    data = CoverageData(basename=str(root / ".coverage"))
    if arcs:
        data.add_arcs(arcs)
    else:
        data.add_lines(lines or {})
    data.add_file_tracers(tracers or {})
    data.write()
    return root / ".coverage"


def read_file(root: Path) -> Measured | Unavailable:
    return read_measured(root, DataFiles((root / ".coverage",), root), lambda _: True)


def read(root: Path) -> Measured:
    found = read_file(root)
    assert isinstance(found, Measured), found
    return found


def lines(root: Path) -> dict[str, frozenset[int]]:
    return {path: executed.lines for path, executed in read(root).files.items()}


def reason(found: object) -> str:
    assert isinstance(found, Unavailable), found
    assert found.remedy
    return found.reason


def test_lines_are_told_by_path_from_the_root(root: Path) -> None:
    """Of files with absolute and with relative names; what lies elsewhere is nobody's business."""
    write(root, {str(root / "shop.py"): [4, 8], "sub/a.py": [1], "/elsewhere/shop.py": [5]})
    assert lines(root) == {"shop.py": {4, 8}, "sub/a.py": {1}}


def test_two_names_of_one_file_are_one_file(root: Path) -> None:
    write(root, {str(root / "shop.py"): [4, 8], "shop.py": [9]})
    assert lines(root) == {"shop.py": {4, 8, 9}}


def test_a_root_behind_a_symbolic_link_is_the_same_root(root: Path, tmp_path: Path) -> None:
    write(root, {str(root / "shop.py"): [4]})
    (tmp_path / "link").symlink_to(root)
    assert lines(tmp_path / "link") == {"shop.py": {4}}


def test_branches_tell_lines_too(root: Path) -> None:
    write(root, arcs={str(root / "shop.py"): [(-1, 4), (4, 8), (8, -1)]})
    assert lines(root) == {"shop.py": {4, 8}}


def test_what_a_plugin_measured_is_not_measured(root: Path) -> None:
    """Its line numbers are not those of Python."""
    write(root, {str(root / "page.html"): [1], str(root / "shop.py"): [4]}, tracers={str(root / "page.html"): "django"})
    assert lines(root) == {"shop.py": {4}}


def test_statements_are_those_of_coverage(root: Path) -> None:
    """By their first lines, whichever of their lines was executed; without docstrings and what is not to be covered."""
    write(root, {str(root / "shop.py"): [1, 4, 8, 14, 17]})
    assert file_coverage(root, "shop.py", read(root)) == FileCoverage(frozenset({4, 8, 14, 17}), frozenset({9}))
    write(root, {str(root / "shop.py"): [10]})
    assert file_coverage(root, "shop.py", read(root)) == FileCoverage(frozenset({9}), frozenset({4, 8, 14, 17}))


def test_the_share_is_of_the_statements_on_the_lines(root: Path) -> None:
    found = FileCoverage(executed=frozenset({1, 2}), missing=frozenset({3, 4}))
    assert found.share({2, 3, 4}) == Fraction(1, 3)
    assert found.share({5}) is None


def test_a_file_that_was_there_but_never_executed(root: Path) -> None:
    data = CoverageData(basename=str(root / ".coverage"))
    data.add_lines({})
    data.touch_file(str(root / "shop.py"))
    data.write()
    assert file_coverage(root, "shop.py", read(root)) == FileCoverage(frozenset(), frozenset({4, 8, 9, 14, 17}))


def test_a_file_that_was_not_measured(root: Path) -> None:
    write(root, {str(root / "shop.py"): [4]})
    assert reason(file_coverage(root, "other.py", read(root))) == "no test run has measured other.py"


def test_a_file_changed_since_is_not_known(root: Path) -> None:
    """Its lines may be others now."""
    data = write(root, {str(root / "shop.py"): [4]})
    os.utime(root / "shop.py", (data.stat().st_mtime + 1,) * 2)
    assert reason(file_coverage(root, "shop.py", read(root))) == "shop.py has changed since its coverage was measured"


@pytest.mark.parametrize("name", ["gone.py", "broken.py"])
def test_a_source_that_coverage_cannot_read(root: Path, name: str) -> None:
    write(root, {str(root / name): [1]})
    (root / "broken.py").write_text("def (")
    os.utime(root / "broken.py", (1000, 1000))
    assert reason(file_coverage(root, name, read(root))) == f"coverage.py cannot read {name}"


def test_a_name_that_is_no_text(root: Path) -> None:
    name = os.fsdecode(b"\xff.py")
    write(root, {str(root / "shop.py"): [4]})
    found = read(root)
    assert reason(file_coverage(root, name, found)) == r"no test run has measured \udcff.py"
    assert "cannot read" in reason(
        file_coverage(root, name, Measured({name: Executed(found.files["shop.py"].at, frozenset({1}))}))
    )


def nothing(root: Path) -> None:
    pass


def empty(root: Path) -> None:
    (root / ".coverage").write_bytes(b"")


def text(root: Path) -> None:
    (root / ".coverage").write_bytes(b"!coverage.py: This is a private format" * 100)


def truncated(root: Path) -> None:
    path = write(root, {str(root / "shop.py"): [4]})
    path.write_bytes(path.read_bytes()[:9000])


def another_version(root: Path) -> None:
    change(write(root, {str(root / "shop.py"): [4]}), "update coverage_schema set version = 6")


def no_numbers(root: Path) -> None:
    change(write(root, {str(root / "shop.py"): [4]}), "update line_bits set numbits = 'x'")


def no_names(root: Path) -> None:
    change(write(root, {str(root / "shop.py"): [4]}), "update file set path = x'00ff'")


def no_flag(root: Path) -> None:
    change(write(root, {str(root / "shop.py"): [4]}), "update meta set value = 'x' where key = 'has_arcs'")


def a_folder(root: Path) -> None:
    (root / ".coverage").mkdir()


def a_link(root: Path) -> None:
    write(root.parent, {str(root / "shop.py"): [4]})
    (root / ".coverage").symlink_to(root.parent / ".coverage")


def change(path: Path, statement: str) -> None:
    import sqlite3

    connection = sqlite3.connect(path)
    connection.execute(statement)
    connection.commit()
    connection.close()


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (nothing, ".coverage does not exist"),
        (empty, ".coverage holds nothing on files here"),
        (a_folder, ".coverage is a directory, not a file"),
        (a_link, ".coverage is a symbolic link out of the repository"),
        *(
            (make, ".coverage cannot be read")
            for make in (text, truncated, another_version, no_numbers, no_names, no_flag)
        ),
    ],
)
def test_a_data_file_that_cannot_be_used(root: Path, make: Callable[[Path], None], said: str) -> None:
    """It is told, with what to do, and never a crash."""
    make(root)
    found = read_file(root)
    assert reason(found).startswith(said)
    assert "pytest --cov" in found.remedy  # type: ignore[union-attr]


def test_coverage_not_installed(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(root, {str(root / "shop.py"): [4]})
    monkeypatch.setitem(sys.modules, "coverage.exceptions", None)
    assert reason(read_file(root)) == "coverage.py is not installed"


def state(root: Path) -> dict[Path, tuple[int, bytes]]:
    return {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in root.iterdir()}


@pytest.mark.parametrize("make", [empty, text, another_version, lambda root: write(root, {"shop.py": [4]})])
def test_the_data_file_is_only_read(root: Path, make: Callable[[Path], None]) -> None:
    """Not created, completed, upgraded or touched, and nothing is left beside it."""
    make(root)
    before = state(root)
    found = read_file(root)
    if isinstance(found, Measured):
        file_coverage(root, "shop.py", found)
    assert state(root) == before


def test_no_data_file_is_made(root: Path) -> None:
    read_file(root)
    assert not (root / ".coverage").exists()


def test_no_configuration_is_read(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A .coveragerc can name plugins, which are code."""
    write(root, {str(root / "shop.py"): [4]})
    (root / "trap.py").write_text(
        f"import pathlib\npathlib.Path({str(root / 'sprung')!r}).touch()\n\ndef coverage_init(reg, options): pass\n"
    )
    (root / ".coveragerc").write_text("[run]\nplugins = trap\n[report]\nexclude_lines =\n  return\n")
    monkeypatch.chdir(root)
    monkeypatch.syspath_prepend(root)
    found = file_coverage(root, "shop.py", read(root))
    assert not (root / "sprung").exists()
    assert isinstance(found, FileCoverage)
    assert 14 in found.missing

    from coverage import Coverage as Session

    Session(data_file=str(root / "other")).get_data()
    assert (root / "sprung").exists(), "the trap is real"
