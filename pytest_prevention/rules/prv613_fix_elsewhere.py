"""PRV613: a commit that touches nothing of what broke is the wrong commit, or the record names the wrong modules."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_prevention.ladder.code import HOW_TO_TOUCH, commits_of, in_words, taken_back, touches_modules
from pytest_prevention.model import Category, Facts, Hit, Unavailable, Unchecked, available
from pytest_prevention.policy import Policy
from pytest_prevention.rules.base import Rule, hit_on
from pytest_prevention.rules.done import done


def check(facts: Facts, policy: Policy) -> Iterator[Hit | Unchecked]:
    known = available(facts.incidents).by_id()
    for action in done(Category.CODE, facts):
        commits = commits_of(action, facts)
        if not commits or taken_back(commits):
            continue
        reaches = touches_modules(action, facts)
        if isinstance(reaches, Unavailable):
            yield Unchecked(action.key, reaches)
        elif not reaches:
            modules = ", ".join(known[action.incident].modules[:3])
            yield hit_on(
                action,
                f"changes nothing that broke: {in_words(commits[0])} touches no file of {modules}.",
                HOW_TO_TOUCH,
            )


RULE = Rule("PRV613", "fix-elsewhere", "The commits of a Code action touch the modules of its incident.", check)
