"""What the other process does before it becomes pytest: it limits itself, and so all that it will start, for good.

It is run isolated (``python -I -S``) from where we are installed: at that time nothing of the project was imported,
not even a ``sitecustomize``, and nothing that the project can write is.

Where the kernel offers Landlock (Linux since 5.13), files can be written, made, removed, renamed and truncated only in
the given folders, in /dev/shm, and, as far as they exist, in /dev; signals reach (since 6.12) only what the process
itself started. What can be read and executed, modes and times of files, and the network are as before.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress

_PR_SET_NO_NEW_PRIVS = 38
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same on all architectures that matter
_VERSION, _PATH_BENEATH = 1, 1

# linux/landlock.h
_WRITE_FILE, _REFER, _TRUNCATE = 1 << 1, 1 << 13, 1 << 14
_MAKE_AND_REMOVE = sum(1 << bit for bit in range(4, 13))
_SCOPE_SIGNAL = 1 << 1
_DEVICES, _SHARED = "/dev", "/dev/shm"  # noqa: S108 - where shared memory has its names
_REFER_ABI, _TRUNCATE_ABI, _SIGNAL_ABI = 2, 3, 6


def limit_resources(memory_bytes: int, file_bytes: int) -> None:
    """Of each process; no core files. Nothing where the platform has no such limits."""
    try:
        import resource
    except ImportError:
        return
    for name, value in {"RLIMIT_AS": memory_bytes, "RLIMIT_FSIZE": file_bytes, "RLIMIT_CORE": 0}.items():
        kind = getattr(resource, name)
        soft, hard = resource.getrlimit(kind)
        stricter = [limit for limit in (soft, hard) if limit != resource.RLIM_INFINITY]
        with suppress(ValueError, OSError):  # macOS has no limit on addresses
            resource.setrlimit(kind, (min([value, *stricter]), hard))


def landlock_abi() -> int:
    """The version of Landlock that the kernel offers; 0: none."""
    return max(0, _called(_CREATE_RULESET, None, 0, _VERSION)) if sys.platform == "linux" else 0


def rights(abi: int) -> int:
    """Those that change something, as far as this version knows them. Before REFER nothing moves between folders."""
    newer = {_REFER: _REFER_ABI, _TRUNCATE: _TRUNCATE_ABI}
    return _WRITE_FILE | _MAKE_AND_REMOVE | sum(right for right, since in newer.items() if abi >= since)


def confine(writable: Sequence[str]) -> None:
    """From now on only what lies in these folders can be changed; OSError where that fails half-way."""
    abi = landlock_abi()
    if not abi:
        return
    everything = rights(abi)
    handled = [everything] if abi < _SIGNAL_ABI else [everything, 0, _SCOPE_SIGNAL]  # the second is the network
    attribute = (ctypes.c_uint64 * len(handled))(*handled)
    ruleset = _checked(_CREATE_RULESET, ctypes.byref(attribute), ctypes.sizeof(attribute), 0)
    allowed = {_DEVICES: everything & (_WRITE_FILE | _TRUNCATE), **dict.fromkeys((_SHARED, *writable), everything)}
    for folder, right in allowed.items():
        with suppress(FileNotFoundError):
            _allow(ruleset, folder, right)
    _libc().prctl(_PR_SET_NO_NEW_PRIVS, *map(ctypes.c_ulong, (1, 0, 0, 0)))
    _checked(_RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


def _allow(ruleset: int, folder: str, right: int) -> None:
    place = os.open(folder, os.O_PATH | os.O_CLOEXEC)
    try:
        _checked(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(_PathBeneath(right, place)), 0)
    finally:
        os.close(place)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _called(*arguments: object) -> int:
    """A system call; all its numbers are as wide as a register."""
    wide = (ctypes.c_long(one) if isinstance(one, int) else one for one in arguments)
    return int(_libc().syscall(*wide))


def _checked(*arguments: object) -> int:
    result = _called(*arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), f"the run of the proof could not be confined (system call {arguments[0]})")
    return result


def launch(command: list[str], limits: Mapping[str, int], writable: Sequence[str]) -> None:
    """Become ``command``."""
    limit_resources(**limits)
    confine(writable)
    os.execvp(command[0], command)  # noqa: S606


if __name__ == "__main__":
    launch(**json.loads(sys.argv[1]))
