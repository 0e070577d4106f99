"""The modules that incidents name, joined: each by one name, today's, and each in the folders that hold it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from posixpath import dirname

from pytest_prevention.globs import Holders, plain, with_folders
from pytest_prevention.model import History, Incident, Unavailable


class Names:
    """What a module is called today. A name that exists means itself; one that is gone is followed through renames."""

    def __init__(self, history: History | Unavailable) -> None:
        self._exists: set[str] = set()
        self._moved: dict[str, list[tuple[str, str]]] = defaultdict(list)
        if isinstance(history, Unavailable):
            return
        for path in history.now.lines:
            self._exists.update(with_folders(path))
        for path, trail in history.trails.items():
            for old in trail.earlier_names():
                for name in with_folders(old):
                    self._moved[name].append((old, path))

    def today(self, glob: str) -> str:
        """Where most of the files went that lay there, as long as it is known; a glob with a star stays as it is."""
        name = plain(glob)
        if name in self._exists or name not in self._moved:
            return name
        targets = Counter(_target(name, old, new) for old, new in self._moved[name])
        return min(targets, key=lambda target: (-targets[target], target))


def joined(incidents: Iterable[Incident], names: Names, more: Iterable[str] = ()) -> dict[str, frozenset[str]]:
    """By incident id the modules that count it, by their names of today; nothing for one that names none.

    It counts for what it names, and for every wider module that another one names, or that is one of ``more``: what
    breaks in a file breaks in its folder. It does not count the other way round, for nobody knows which file of a
    folder it was.
    """
    today = cache(names.today)
    named = {one.id: {today(glob) for glob in one.modules} for one in incidents}
    holders = cache(Holders([*more, *(name for own in named.values() for name in own)]).of)
    return {id_: frozenset(wide for name in own for wide in holders(name)) for id_, own in named.items() if own}


def outermost(modules: Iterable[str]) -> tuple[str, ...]:
    """Those that lie in none of the others: a folder and a file in it are not two places."""
    names = sorted(set(modules))
    holders = Holders(names)
    return tuple(name for name in names if holders.of(name) == (name,))


def touching(modules: Iterable[str], history: History, since: float) -> Mapping[str, set[str]]:
    """By module the ids of the commits since then, in seconds since 1970, that changed a file of it."""
    found: dict[str, set[str]] = defaultdict(set)
    holders = Holders(modules)
    for path, trail in history.trails.items():
        for module in holders.of(path):
            found[module].update(commit.id for commit in trail.commits if commit.at >= since)
    return found


def _target(name: str, old: str, new: str) -> str:
    """Where the module went if its file ``old`` is ``new`` today: the folder above what both have in common."""
    rest = old[len(name) :]
    return new.removesuffix(rest) if new.endswith(rest) else dirname(new) or new
