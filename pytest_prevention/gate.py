"""The judgement: facts and policy in, verdict out. No reading, no printing, no clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pytest_prevention.exceptions import MissingSource
from pytest_prevention.model import Facts, Finding, Hit, Level, RuleResult, State, Unchecked, Verdict
from pytest_prevention.policy import Policy, RuleSetting
from pytest_prevention.rules import ALL_RULES, Rule


def judge(facts: Facts, policy: Policy, rules: Sequence[Rule] = ALL_RULES) -> Verdict:
    """Ask every rule that policy does not switch off, and weigh what they found, whatever time a report looks at."""
    facts = facts if facts.since is None else replace(facts, since=None)
    findings: list[Finding] = []
    results: list[RuleResult] = []
    for rule in sorted(rules, key=lambda rule: (rule.code, rule.name)):
        setting = policy.rule(rule.code)
        gravest = max([setting.level, *setting.by_priority.values()])
        if gravest:
            found, unchecked = _ask(rule, facts, policy, setting)
            state = State.BROKEN if found else State.NOT_CHECKED if unchecked else State.KEPT
            findings += found
            results.append(RuleResult(rule.code, rule.name, state, len(found), tuple(unchecked), gravest))
    return Verdict(tuple(sorted(findings, key=lambda finding: finding.sort_key)), tuple(results), policy.fail_on)


def _ask(rule: Rule, facts: Facts, policy: Policy, setting: RuleSetting) -> tuple[list[Finding], list[Unchecked]]:
    """The findings of one rule, and what it could not look at. What a rule raises besides MissingSource is a crash."""
    findings: list[Finding] = []
    unchecked: list[Unchecked] = []
    try:
        for answer in rule.check(facts, policy):
            if isinstance(answer, Unchecked):
                unchecked.append(answer)
            elif level := setting.level_for(answer.priority):
                findings.append(_weigh(rule, answer, level, setting.policy_key(answer.priority)))
    except MissingSource as missing:
        unchecked.append(Unchecked("", missing.unavailable))
    return findings, sorted(unchecked, key=lambda gap: (gap.subject, gap.why.reason))


def _weigh(rule: Rule, hit: Hit, level: Level, policy_key: str) -> Finding:
    return Finding(
        code=rule.code,
        name=rule.name,
        level=level,
        subject=hit.subject,
        location=hit.location,
        fact=hit.fact,
        policy_key=policy_key,
        next_step=hit.next_step,
        priority=hit.priority,
    )
