"""PRV612: a change that was taken back prevents nothing, whatever the row says."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_prevention.ladder.code import commits_of, in_words, taken_back
from pytest_prevention.model import Category, Facts, Hit, Unchecked
from pytest_prevention.phrases import counted
from pytest_prevention.policy import Policy
from pytest_prevention.rules.base import Rule, hit_on
from pytest_prevention.rules.done import done


def check(facts: Facts, policy: Policy) -> Iterator[Hit | Unchecked]:
    for action in done(Category.CODE, facts):
        lost = taken_back(commits_of(action, facts))
        if lost:
            (commit, revert), more = lost[0], len(lost) - 1
            others = f", and {counted(more, 'more commit')} of it too" if more else ""
            yield hit_on(
                action,
                f"is taken back: {in_words(commit)} was reverted by {revert.id[:10]}{others}.",
                f"bring it back, or set the row to Todo: git revert {revert.id[:10]}",
            )


RULE = Rule("PRV612", "fix-reverted", "No commit of a Code action that is Done is reverted.", check)
