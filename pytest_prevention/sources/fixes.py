"""Which commits are fixes: those that incidents name, whatever they say, and else those whose subject says so."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from pytest_prevention.model import Incidents
from pytest_prevention.policy import Policy

T = TypeVar("T")
ByHash = Mapping[int, Mapping[str, T]]
"""Length of a hash as somebody wrote it → hash → value."""

_BLANK_LINE = re.compile(rb"\n[ \t\r]*\n")
_REVERT = b"This reverts commit "
REVERTS_COMMIT = re.compile(rb"^" + _REVERT + rb"([0-9a-f]{7,64})\b", re.MULTILINE)


class Why(NamedTuple):
    """What makes a commit a fix: the incidents that it repaired, else the word in its subject."""

    reason: str
    incidents: tuple[str, ...] = ()


class Words:
    """Literal words and phrases, found as whole words; upper and lower case are the same."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = {
            word: re.compile(rf"(?<!\w){re.escape(word)}(?!\w)") for word in sorted(map(str.casefold, words))
        }

    def first_in(self, text: str) -> str:
        """The first of the words, by the alphabet, that stands in a casefolded text; empty where none does."""
        for word, whole in self._words.items():
            if word in text and whole.search(text):
                return word
        return ""


@dataclass
class Fixes:
    """The rule for one history, asked from the newest commit to the oldest: a revert comes before what it reverts."""

    known: frozenset[str]
    named: ByHash[tuple[str, ...]]
    words: Words
    not_words: Words
    trailers: tuple[bytes, ...]
    brought: set[str] = field(default_factory=set)
    """Commits that came with a merge which is a fix by itself: their words tell of that fix again."""
    _undone: dict[int, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    _reverted: dict[int, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))

    @classmethod
    def of(cls, policy: Policy, incidents: Incidents) -> Fixes:
        named: dict[int, dict[str, tuple[str, ...]]] = defaultdict(dict)
        for incident in incidents.records:
            for commit in map(str.lower, incident.fix_commits):
                named[len(commit)][commit] = (*named[len(commit)].get(commit, ()), incident.id)
        history = policy.tree["history"]
        return cls(
            frozenset(incidents.by_id()),
            named,
            Words(history["fix_words"]),
            Words(history["not_fix_words"]),
            tuple(f"{trailer.lower()}:".encode() for trailer in history["trailers"]),
        )

    def take_back(self, commit: str, landed: int, message: bytes) -> None:
        """Remember what this commit reverts, unless it was reverted itself."""
        if _REVERT in message and self.undone(commit) is None:
            named = [found.decode() for found in REVERTS_COMMIT.findall(message)]
            self.undo(named, landed)
            for one in named:
                self._reverted[len(one)].setdefault(one, landed)

    def undo(self, commits: Iterable[str], landed: int) -> None:
        """Remember that a revert of these, which landed then, took them back; the newest revert of each counts."""
        for commit in commits:
            self._undone[len(commit)].setdefault(commit, landed)

    def undone(self, commit: str) -> int | None:
        """When the revert of this commit landed; None: it stands."""
        return max(_of_hash(self._undone, commit), default=None)

    def reverted(self, commit: str) -> int | None:
        """The same where a revert names the commit itself, and not a merge that brought it."""
        return max(_of_hash(self._reverted, commit), default=None)

    def why(self, commit: str, message: bytes, *, merge: bool) -> Why | None:
        """Why this commit is a fix; None: it is none. What a merge says in words, its branch has said already."""
        if incidents := self.incidents(commit, message):
            return Why(", ".join(incidents), incidents)
        if merge or _REVERT in message or commit in self.brought:
            return None
        subject = subject_of(message).casefold()
        word = self.words.first_in(subject)
        return Why(word) if word and not self.not_words.first_in(subject) else None

    def incidents(self, commit: str, message: bytes) -> tuple[str, ...]:
        """The incidents that this commit repaired: they name it, or it names them."""
        named = (incident for incidents in _of_hash(self.named, commit) for incident in incidents)
        return tuple(sorted({*named, *self._trailed(message)}))

    def _trailed(self, message: bytes) -> frozenset[str]:
        """The incidents in the trailers of a message: ``Incident: INC-001, INC-007`` in its last paragraph."""
        lowered = message.lower()
        for trailer in self.trailers:
            if trailer in lowered:
                return self._named_in(_BLANK_LINE.split(message.strip())[-1])
        return frozenset()

    def _named_in(self, paragraph: bytes) -> frozenset[str]:
        lines = (line.partition(b":") for line in paragraph.splitlines())
        values = (value for key, colon, value in lines if key.strip().lower() + colon in self.trailers)
        names = (name.strip() for value in values for name in value.decode("utf-8", "replace").split(","))
        return self.known.intersection(names)


def subject_of(message: bytes) -> str:
    """The first paragraph of a message as one line."""
    return " ".join(_BLANK_LINE.split(message.strip(), 1)[0].decode("utf-8", "replace").split())


def _of_hash(table: ByHash[T], commit: str) -> list[T]:
    """What stands under each way to write this commit's hash."""
    return [entries[commit[:length]] for length, entries in table.items() if commit[:length] in entries]
