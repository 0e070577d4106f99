"""Reading bounded text inside the root, and writing a file whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from pathlib import Path

from pytest_prevention.exceptions import PreventionError
from pytest_prevention.model import Location, Problem

MAX_BYTES = 8 * 1024 * 1024


def shown(path: Path, root: Path) -> str:
    """The path as people see it: posix and relative to the root where it lies inside; odd bytes escaped."""
    text = os.path.relpath(path, root) if path.is_absolute() and path.is_relative_to(root) else str(path)
    return Path(text).as_posix().encode("utf-8", "backslashreplace").decode("utf-8")


def unusable(where: str, message: str, hint: str) -> PreventionError:
    """A usage error about one file."""
    return PreventionError([Problem(Location(where), "usage", where, message, hint)])


def read_text(path: Path, root: Path, *, limit: int = MAX_BYTES, name: str = "") -> str:
    """The text of one file, as :func:`read_bytes` gives it and UTF-8; else PreventionError.

    Line ends and a byte order mark are kept as they are: some readers must see them.
    """
    name = name or shown(path, root)
    return decode(read_bytes(path, root, limit=limit, name=name), name)


def read_bytes(path: Path, root: Path, *, limit: int = MAX_BYTES, name: str = "") -> bytes:
    """One file: regular, inside the root after symlinks, at most ``limit`` bytes; else PreventionError.

    The error calls it ``name``, by default as it is shown from the root.
    """
    name = name or shown(path, root)
    try:
        real = path.resolve(strict=True)
        if not real.is_relative_to(root.resolve()):
            raise unusable(name, "is a symbolic link out of the repository", "put the file itself there")
        with open(real, "rb", opener=_without_waiting) as stream:
            status = os.fstat(stream.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise unusable(name, "is not a regular file", "put a text file there")
            # a size asked for is memory set aside, for the smallest file too
            data = stream.read() if status.st_size <= limit else stream.read(limit + 1)
    except IsADirectoryError:
        raise unusable(name, "is a directory, not a file", "put a text file there") from None
    except FileNotFoundError:
        raise unusable(name, "does not exist", "create it, or name another file") from None
    except (OSError, RuntimeError, ValueError) as error:  # RuntimeError: links in a loop, ValueError: a NUL in the name
        raise unusable(name, f"cannot be read: {_reason(error)}", "check its name and permissions") from None
    if len(data) > limit:
        raise unusable(name, f"is larger than {limit:,} bytes", "split it, or move what does not belong there")
    return data


def _without_waiting(path: str, flags: int) -> int:
    """A named pipe must not hold us up."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def decode(data: bytes, name: str) -> str:
    """UTF-8 or a PreventionError that names line and column of the first byte that is not."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - (data.rfind(b"\n", 0, error.start) + 1) + 1
        where = Location(name, line, column)
        message = f"is not UTF-8: byte 0x{data[error.start]:02x}"
        raise PreventionError([Problem(where, "usage", name, message, "save the file as UTF-8")]) from None


def write_text(path: Path, text: str, root: Path) -> None:
    """Write the whole file or leave the old one: temporary file, fsync, rename. Never through a symbolic link."""
    name = shown(path, root)
    temporary = ""
    try:
        if path.is_symlink():
            raise unusable(name, "is a symbolic link; not written", "remove the link, or name another file")
        if path.is_dir():
            raise unusable(name, "is a directory; not written", "name a file")
        mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else 0o666 & ~_umask()
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name[:40]}.", suffix=".tmp", dir=path.parent)
        with os.fdopen(handle, "wb") as stream:
            stream.write(text.encode("utf-8", "backslashreplace"))
            stream.flush()
            os.fchmod(stream.fileno(), mode)
            os.fsync(stream.fileno())
        Path(temporary).replace(path)
        temporary = ""
        _sync_folder(path.parent)
    except OSError as error:
        raise unusable(name, f"cannot be written: {_reason(error)}", "the old file, if any, is unchanged") from None
    finally:
        if temporary:
            Path(temporary).unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Make the rename itself durable, where the system can."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EBADF):
            raise
    finally:
        os.close(handle)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
