"""Trying an alert rule with the rule unit tests there are: does it fire where a test expects it, and how soon?"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from pytest_prevention.model import AlertRule, Alerts, AlertTrial, Location, Unavailable
from pytest_prevention.sources.alerts.course import MAX_SAMPLES, courses, declared
from pytest_prevention.sources.alerts.promtool import NOT_FOUND, Answer, Promtool, find
from pytest_prevention.sources.alerts.unit_tests import UnitTest, read_unit_tests
from pytest_prevention.sources.alerts.values import duration
from pytest_prevention.sources.proof.process import stopping

MAX_CASES = 20
"""How many cases are tried for one rule at most."""
MAX_STEPS = 5000
"""Of evaluation: tests that go on longer are not asked how soon the alert fires."""

_MINUTE = timedelta(minutes=1)


def try_rules(
    root: Path, alerts: Alerts, rules: Sequence[AlertRule], timed: Collection[Location] = ()
) -> dict[Location, tuple[AlertTrial, ...] | Unavailable]:
    """What rule unit tests show of these rules, by place; of those at the places ``timed`` also how soon they fire.

    Rules that no promtool can try are left out.
    """
    wanted = [rule for rule in rules if rule.is_testable]
    promtool = find() if wanted else NOT_FOUND
    if isinstance(promtool, Unavailable):
        return {rule.location: promtool for rule in wanted}
    tests, _ = read_unit_tests(root, alerts.tests) if alerts.tests else ([], [])

    def tried(rule: AlertRule) -> tuple[AlertTrial, ...]:
        return _refusal(rule, promtool) or trials(rule, tests, promtool, timed=rule.location in timed)

    with ThreadPoolExecutor() as pool, stopping():
        return dict(zip((rule.location for rule in wanted), pool.map(tried, wanted), strict=True))


def _refusal(rule: AlertRule, promtool: Promtool) -> tuple[AlertTrial, ...]:
    """That promtool takes a rule for none, if it does: its expression is no PromQL, or a template of it is broken."""
    texts = {"labels": dict(rule.labels), "annotations": dict(rule.annotations)}
    alone = {"name": "alone", "rules": [{"alert": rule.name, "expr": rule.expr, **texts}]}
    answer = promtool.check_rules([alone])
    if answer.passed is not False:
        return ()
    return (AlertTrial(case=rule.location, tried="refused", reason=_essence(answer.text)),)


def trials(
    rule: AlertRule, tests: Sequence[UnitTest], promtool: Promtool, *, timed: bool = True
) -> tuple[AlertTrial, ...]:
    """What each case shows of the rule: each group of input series with which a test expects the alert by name.

    Empty where the rule was never tested: no test that reads its file names it with an ``exp_alerts`` that is not
    empty. Of a case only what it says of this alert is run, so that no other alert can fail it.

    Raises Stopped, as all that runs processes of ours.
    """
    cases = [_Case(rule, test, case.group, case.entries, case.place) for test in tests for case in test.cases(rule)]
    return tuple(case.tried(promtool, timed=timed) for case in cases[:MAX_CASES])


@dataclass(frozen=True, slots=True)
class _Case:
    """One group of input series, and what it says of one alert in ``entries``."""

    rule: AlertRule
    test: UnitTest
    group: Mapping[str, Any]
    entries: tuple[Mapping[str, Any], ...]
    place: Location

    def tried(self, promtool: Promtool, *, timed: bool) -> AlertTrial:
        if declared(self.series) > MAX_SAMPLES:
            reason = f"its input series have more than {MAX_SAMPLES:,} samples"
            return AlertTrial(case=self.place, tried="unknown", reason=reason)
        entries = {"alert_rule_test": list(self.entries)}
        control = self.run(promtool, entries)
        if control.passed is None:
            return AlertTrial(case=self.place, tried="unknown", reason=control.text)
        if not control.passed:
            return AlertTrial(case=self.place, tried="failed", reason=_essence(control.text))
        neutral = self.run(promtool, entries, off=[self.rule.location])
        if neutral.passed is None:
            reason = f"it could not be run without the rule: {neutral.text}"
            return AlertTrial(case=self.place, tried="passed", reason=reason)
        if neutral.passed:
            reason = "it passes as well when this rule can never fire: another one fires under its name"
            return AlertTrial(case=self.place, tried="passed", reason=reason)
        return AlertTrial(case=self.place, tried="proven", delay=_Timing(self, promtool).delay() if timed else None)

    def run(self, promtool: Promtool, changed: Mapping[str, Any], off: Collection[Location] = ()) -> Answer:
        """Run this group alone, changed, with the rules at the places ``off`` neutralised."""
        files = {f"rules{number}.json": file.neutralised(off) for number, file in enumerate(self.test.rule_files)}
        group = {key: value for key, value in self.group.items() if key != "promql_expr_test"}
        test = {**self.test.settings, "rule_files": list(files), "tests": [{**group, **changed}]}
        return promtool.test_rules({**files, "test.json": test})

    @property
    def series(self) -> Sequence[Any]:
        listed = self.group.get("input_series")
        return listed if isinstance(listed, list) else ()

    def duration(self, key: str) -> timedelta | None:
        """A duration that the group has, else the file."""
        return duration(str(self.group.get(key) or self.test.settings.get(key) or ""))

    @property
    def expected_by(self) -> timedelta | None:
        """The last time at which the alert is expected to fire; None where one of the times is no duration."""
        times = [duration(str(entry.get("eval_time") or "0")) for entry in self.entries if entry.get("exp_alerts")]
        return None if None in times else max(time for time in times if time is not None)


@dataclass(frozen=True, slots=True)
class _Timing:
    """How soon the rule fires in a case that it makes pass.

    promtool evaluates all rules every ``evaluation_interval``. The first firing is searched for by halves: whether the
    rule is silent up to some step is what a test says that expects nothing at each step so far.
    """

    case: _Case
    promtool: Promtool

    def delay(self) -> timedelta | None:
        """From the start of the fault to the first firing; None where that cannot be told.

        The fault starts where the first input series leaves its course (:mod:`.course`), if the rule stays silent with
        all series on course; else at the very start of the test, so that the delay never comes out too short.
        """
        step = self.case.duration("evaluation_interval") or _MINUTE
        sample = self.case.duration("interval") or step
        last = self.case.expected_by
        if last is None or last / step > MAX_STEPS:
            return None
        first = self._first_firing(step, last // step)
        if first is None:
            return None
        return first * step - self._start(step, sample, last, first * step)

    def _first_firing(self, step: timedelta, last: int) -> int | None:
        """The first step at which the rule fires, ``last`` at most."""
        if not self._fires(step, last):
            return None
        silent, fires = -1, last
        while fires - silent > 1:
            middle = (silent + fires) // 2
            answer = self._fires(step, middle)
            if answer is None:
                return None
            silent, fires = (silent, middle) if answer else (middle, fires)
        return fires

    def _start(self, step: timedelta, sample: timedelta, last: timedelta, firing: timedelta) -> timedelta:
        """When the fault starts."""
        found = courses(self.case.series, last // sample)
        if found is None or found.leaves_at * sample > firing:
            return timedelta(0)
        silent = self._fires(step, last // step, {"input_series": list(found.series)}) is False
        return found.leaves_at * sample if silent else timedelta(0)

    def _fires(self, step: timedelta, last: int, changed: Mapping[str, Any] | None = None) -> bool | None:
        """Whether the rule fires at a step up to ``last``; None where promtool did not come to an end."""
        name = self.case.rule.name
        milliseconds = step // timedelta(milliseconds=1)
        silence = [
            {"eval_time": f"{number * milliseconds}ms", "alertname": name, "exp_alerts": []}
            for number in range(last + 1)
        ]
        others = [place for file in self.case.test.rule_files for place in file.named(name)]
        off = [place for place in others if place != self.case.rule.location]
        answer = self.case.run(self.promtool, {**(changed or {}), "alert_rule_test": silence}, off)
        return None if answer.passed is None else not answer.passed


def _essence(output: str) -> str:
    """The lines behind FAILED, as one; what stands there is in the words of promtool."""
    _, _, behind = output.partition("FAILED:")
    return " ".join((behind or output).split())[:500]
