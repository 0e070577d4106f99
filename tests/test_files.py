"""Reading is bounded and never waits; a file is written whole or not at all."""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from pytest_prevention.exceptions import PreventionError
from pytest_prevention.model import Location, Problem
from pytest_prevention.sources.files import read_text, shown, write_text

as_user = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may do everything")
with_pipes = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")


def unreadable(path: Path, root: Path, limit: int = 100) -> Problem:
    with pytest.raises(PreventionError) as caught:
        read_text(path, root, limit=limit)
    (problem,) = caught.value.problems
    assert problem.hint
    return problem


def unwritable(path: Path, root: Path) -> Problem:
    with pytest.raises(PreventionError) as caught:
        write_text(path, "new", root)
    (problem,) = caught.value.problems
    assert problem.hint
    return problem


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_text_comes_as_it_is(tmp_path: Path) -> None:
    """Line ends and the byte order mark stay: some readers must see them."""
    (tmp_path / "a").write_bytes(b"\xef\xbb\xbfone\r\ntwo\rthree")
    assert read_text(tmp_path / "a", tmp_path) == "\ufeffone\r\ntwo\rthree"


def test_a_missing_file(tmp_path: Path) -> None:
    problem = unreadable(tmp_path / "folder" / "a", tmp_path)
    assert problem.location == Location("folder/a")
    assert problem.message == "does not exist"


def test_a_file_in_a_files_place(tmp_path: Path) -> None:
    """A file where a folder should be is told, not raised."""
    (tmp_path / "a").write_text("")
    assert "cannot be read" in unreadable(tmp_path / "a" / "b", tmp_path).message


def test_a_directory_in_a_files_place(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    assert unreadable(tmp_path / "a", tmp_path).message == "is a directory, not a file"


@with_pipes
def test_a_named_pipe_does_not_hold_us_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a")
    assert unreadable(tmp_path / "a", tmp_path).message == "is not a regular file"


@as_user
def test_a_file_without_permission(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("secret")
    (tmp_path / "a").chmod(0)
    assert "Permission denied" in unreadable(tmp_path / "a", tmp_path).message


def test_an_error_while_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the system says is told in its words."""
    (tmp_path / "a").write_text("x")
    with monkeypatch.context() as patch:
        patch.setattr(os, "fstat", _fails_with(errno.EIO))
        problem = unreadable(tmp_path / "a", tmp_path)
    assert problem.message == f"cannot be read: {os.strerror(errno.EIO)}"


def test_an_impossible_name(tmp_path: Path) -> None:
    """A NUL in a name (from a policy's ``extends``, say) is the user's error, not ours."""
    assert "cannot be read" in unreadable(tmp_path / "a\0b", tmp_path).message


@pytest.mark.parametrize(
    ("data", "line", "column"),
    [(b"\xff", 1, 1), (b"one\ntw\xe9o\n", 2, 3), (b"\n\n\xc3", 3, 1), ("é\né".encode() + b"\x80", 2, 3)],
)
def test_what_is_not_utf_8_is_told_with_its_place(tmp_path: Path, data: bytes, line: int, column: int) -> None:
    """Line and column (in bytes, from 1) of the first byte that is wrong."""
    (tmp_path / "a").write_bytes(data)
    problem = unreadable(tmp_path / "a", tmp_path)
    assert problem.location == Location("a", line, column)
    assert "is not UTF-8" in problem.message


def test_the_limit_is_the_last_size_that_is_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x" * 100)
    assert len(read_text(tmp_path / "a", tmp_path, limit=100)) == 100
    (tmp_path / "a").write_text("x" * 101)
    assert unreadable(tmp_path / "a", tmp_path, limit=100).message == "is larger than 100 bytes"


def test_a_link_inside_the_root_is_followed(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a").write_text("text")
    (tmp_path / "link").symlink_to("folder/a")
    assert read_text(tmp_path / "link", tmp_path) == "text"


@pytest.mark.parametrize("target", ["../outside/a", "{tmp}/outside/a"])
def test_a_link_out_of_the_root_is_refused(tmp_path: Path, target: str) -> None:
    """Relative, absolute, or through a folder that is a link: what it holds is not read."""
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "a").write_text("secret")
    (root / "link").symlink_to(target.format(tmp=tmp_path))
    (root / "folder").symlink_to("../outside")
    for path in (root / "link", root / "folder" / "a"):
        assert unreadable(path, root).message == "is a symbolic link out of the repository"


def test_a_folder_beside_the_root_with_a_longer_name_is_outside(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "root2").write_text("secret")
    (tmp_path / "root" / "link").symlink_to("../root2")
    assert "out of the repository" in unreadable(tmp_path / "root" / "link", tmp_path / "root").message


def test_a_root_that_is_itself_a_link(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "a").write_text("text")
    (tmp_path / "link").symlink_to("root")
    assert read_text(tmp_path / "link" / "a", tmp_path / "link") == "text"


def test_links_that_lead_nowhere(tmp_path: Path) -> None:
    """A dangling link is a missing file; a loop is an error."""
    (tmp_path / "dangling").symlink_to("missing")
    (tmp_path / "one").symlink_to("two")
    (tmp_path / "two").symlink_to("one")
    assert unreadable(tmp_path / "dangling", tmp_path).message == "does not exist"
    assert "cannot be read" in unreadable(tmp_path / "one", tmp_path).message


def test_names_are_shown_from_the_root(tmp_path: Path) -> None:
    """Posix, relative where inside, as given where not, and text whatever the bytes."""
    assert shown(tmp_path / "a" / "b", tmp_path) == "a/b"
    assert shown(Path("/elsewhere/b"), tmp_path) == "/elsewhere/b"
    assert shown(Path("a/b"), tmp_path) == "a/b"
    assert shown(tmp_path / os.fsdecode(b"\xff"), tmp_path) == "\\udcff"


@pytest.fixture
def umask() -> Iterator[None]:
    before = os.umask(0o027)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.usefixtures("umask")
def test_a_new_file_has_the_mode_that_the_user_wants(tmp_path: Path) -> None:
    """Not the 0600 of a temporary file; and the umask itself is left as it was."""
    write_text(tmp_path / "a", "text é\n", tmp_path)
    assert (tmp_path / "a").read_bytes() == "text é\n".encode()
    assert mode(tmp_path / "a") == 0o640
    assert os.umask(0o027) == 0o027


@pytest.mark.usefixtures("umask")
def test_an_existing_file_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("old")
    path.chmod(0o604)
    write_text(path, "new", tmp_path)
    assert path.read_text() == "new"
    assert mode(path) == 0o604


def test_text_that_cannot_be_encoded_is_escaped(tmp_path: Path) -> None:
    write_text(tmp_path / "a", "\udcff", tmp_path)
    assert (tmp_path / "a").read_text() == "\\udcff"


def _fails_with(number: int) -> object:
    def fail(*_arguments: object, **_options: object) -> NoReturn:
        raise OSError(number, os.strerror(number))

    return fail


@pytest.mark.parametrize("step", ["os.fsync", "os.fchmod", "pathlib.Path.replace", "tempfile.mkstemp"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EROFS])
def test_a_full_disk_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, number: int
) -> None:
    """Whatever step fails: the old content stays and nothing is left beside it."""
    (tmp_path / "a").write_text("old")
    monkeypatch.setattr(step, _fails_with(number))
    problem = unwritable(tmp_path / "a", tmp_path)
    monkeypatch.undo()
    assert problem.message == f"cannot be written: {os.strerror(number)}"
    assert problem.location == Location("a")
    assert (tmp_path / "a").read_text() == "old"
    assert names(tmp_path) == ["a"]


def test_a_device_without_room(tmp_path: Path) -> None:
    """A real failure to write: the file size that the process may write is too small."""
    script = (
        "import resource, signal, sys; from pathlib import Path\n"
        "from pytest_prevention.sources.files import write_text\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (9999, 9999))\n"
        "write_text(Path('a'), 'x' * 100_000, Path())"
    )
    (tmp_path / "a").write_text("old")
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "PreventionError: a: cannot be written: File too large" in done.stderr
    assert (tmp_path / "a").read_text() == "old"
    assert names(tmp_path) == ["a"]


def test_a_folder_that_cannot_be_synced_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some file systems know no fsync of folders; the file is written all the same."""
    fsync = os.fsync

    def only_files(handle: int) -> None:
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, "no")
        fsync(handle)

    monkeypatch.setattr(os, "fsync", only_files)
    write_text(tmp_path / "a", "new", tmp_path)
    assert (tmp_path / "a").read_text() == "new"


@pytest.mark.parametrize("target", ["real", "missing"])
def test_nothing_is_written_through_a_link(tmp_path: Path, target: str) -> None:
    """Not to a file elsewhere, nor to one that would come to be."""
    (tmp_path / "real").write_text("old")
    (tmp_path / "a").symlink_to(target)
    assert "symbolic link" in unwritable(tmp_path / "a", tmp_path).message
    assert (tmp_path / "real").read_text() == "old"
    assert (tmp_path / "a").is_symlink()
    assert names(tmp_path) == ["a", "real"]


def test_a_name_that_is_too_long(tmp_path: Path) -> None:
    """Is one clear error."""
    assert "cannot be written: File name too long" in unwritable(tmp_path / ("a" * 300), tmp_path).message
    assert names(tmp_path) == []


def test_a_directory_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    assert "is a directory" in unwritable(tmp_path / "a", tmp_path).message


def test_a_missing_folder_is_not_made(tmp_path: Path) -> None:
    assert "cannot be written" in unwritable(tmp_path / "missing" / "a", tmp_path).message
    assert not names(tmp_path)


@as_user
def test_a_read_only_folder(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    tmp_path.chmod(0o500)
    problem = unwritable(tmp_path / "a", tmp_path)
    tmp_path.chmod(0o700)
    assert "Permission denied" in problem.message
    assert (tmp_path / "a").read_text() == "old"


# ``prevention fmt`` is stopped in the middle of its work.

BEFORE = "| # | Incident | Action | Category | Priority | Status | Due | Done |\n|-|-|-|-|-|-|-|-|\n" + (
    "| 1 | INC-001 | Halves go up | Test | P1 | Done | 2025-02-03 | 2025-01-21 |\n"
)
RECORD = """---
id: INC-001
title: Short
severity: SEV3
status: resolved
detected_at: 2025-01-20T09:00:00Z
mitigated_at: 2025-01-20T11:00:00Z
fixed_at: 2025-01-20T15:30:00Z
postmortem_at: 2025-01-21
modules: [a.py]
---
"""


def stopped(root: Path, by: str, where: str) -> tuple[int, str, str]:
    """Exit code, standard error and backlog after ``prevention fmt`` got a signal while it was in one call."""
    folder = root / "incidents"
    folder.mkdir()
    (folder / "INC-001.md").write_text(RECORD)
    (folder / "prevention-backlog.md").write_text(BEFORE)
    script = (
        f"import os, signal, sys, pathlib; module, name = {where!r}.rsplit('.', 1)\n"
        "owner = pathlib.Path if module == 'Path' else os; real = getattr(owner, name)\n"
        f"def stopped(*arguments): os.kill(os.getpid(), signal.{by}); return real(*arguments)\n"
        "setattr(owner, name, stopped)\n"
        "from pytest_prevention.cli import main; sys.exit(main(['fmt']))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=False)
    return done.returncode, done.stderr, (folder / "prevention-backlog.md").read_text()


PLACES = ["os.fchmod", "os.fsync", "Path.replace"]


@pytest.mark.parametrize("where", PLACES)
def test_a_kill_while_fmt_writes_leaves_the_old_file(tmp_path: Path, where: str) -> None:
    """Before the rename the file is the old one, to the byte."""
    code, _, text = stopped(tmp_path, "SIGKILL", where)
    assert code == -signal.SIGKILL
    assert text == BEFORE


@pytest.mark.parametrize("where", PLACES)
def test_ctrl_c_while_fmt_writes_is_one_line_and_leaves_nothing(tmp_path: Path, where: str) -> None:
    """Exit code 2, no traceback, the old file or the new one, no temporary file."""
    code, told, text = stopped(tmp_path, "SIGINT", where)
    assert code == 2
    assert told == "prevention: interrupted\n"
    assert text == BEFORE
    assert names(tmp_path / "incidents") == ["INC-001.md", "prevention-backlog.md"]


def test_without_a_signal_fmt_writes_the_new_file(tmp_path: Path) -> None:
    """Otherwise the tests above could not fail."""
    code, told, text = stopped(tmp_path, "SIGCHLD", "os.fsync")
    assert (code, told) == (0, "")
    assert text != BEFORE
    assert "| 1 | INC-001  | Halves go up |" in text
