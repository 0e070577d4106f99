"""What a proof says: does the guard fail without the fix, and pass with it?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

Phase = Literal["collect", "setup", "call", "teardown"]
Method = Literal["at-the-fix", "strict-reverse"]
End = Literal["finished", "timeout", "crashed", "usage"]


class Answer(StrEnum):
    """The verdict on one guard of one incident."""

    PROVEN = "proven"
    WEAK = "proven-weak"
    NOT_PROVEN = "not-proven"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True)
class Proof:
    """One guard held against one incident's fix.

    ``method`` is the technique that spoke (empty: none could); ``grade`` how the guard failed without the fix
    (``assertion``, ``exception``, ``timeout``, ``api-absent``, ``fixture``); ``reason`` why it is not proven;
    ``excerpt`` the first lines of the red.
    """

    incident: str
    guard: str
    answer: Answer
    method: Method | Literal[""] = ""
    grade: str = ""
    reason: str = ""
    seconds: float = 0.0
    excerpt: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """What became of one phase of one test in the run of a proof.

    ``kind`` is the type of the exception (``AssertionError``), ``message`` its first line; both empty where it passed.
    """

    nodeid: str
    phase: Phase
    outcome: Literal["passed", "failed", "skipped", "xfailed", "xpassed"]
    kind: str = ""
    message: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Ran:
    """One run of guards in one tree.

    ``origins`` says for each source file asked for from which file its module was loaded (missing: not imported).
    ``end`` is how the run ended, ``excerpt`` the end of its output where it did not finish.
    """

    seen: tuple[Seen, ...] = ()
    origins: Mapping[str, str] = field(default_factory=dict)
    end: End = "finished"
    excerpt: str = ""
    seconds: float = 0.0
