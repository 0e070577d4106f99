"""Which modules are flagged, how the flag clears, and how the score is held against what came after."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_prevention.hotspots import (
    Backtest,
    Hotspot,
    Trial,
    backtest,
    calibration,
    calibration_error,
    hotspots,
    score,
    trials,
)
from pytest_prevention.hotspots.score import Score
from pytest_prevention.model import (
    Backlog,
    Commit,
    Facts,
    History,
    Outcome,
    Rung,
    Snapshot,
    Standing,
    Status,
    Trail,
    Unavailable,
)
from pytest_prevention.model.history import DAY, HALF_YEAR
from pytest_prevention.policy import Demand, Policy
from tests.rules import build

NOW = int(datetime(2024, 2, 1, tzinfo=UTC).timestamp())
PATH = "shop/payments.py"
NONE_THEN = Unavailable("the history is younger than 182 days")
POLICY = Policy(
    {
        "observation": {"timezone": "UTC"},
        "thresholds": {"hotspot_fixes": 3, "hotspot_probability": 0.5},
        "history": {"half_life_days": 180},
    }
)


def commit(days: float, why: str = "", **changes: object) -> Commit:
    """A commit of so many days ago, a fix where it says why; it landed at once."""
    at = NOW - round(days * DAY)
    return Commit(f"{round(days * 1000):040x}", at, at, 0, f"Fix {days:g}" if why else "", why)._replace(**changes)  # type: ignore[arg-type]


def fixes(*days: float) -> list[Commit]:
    return [commit(ago, "fix") for ago in days]


def history(commits: Sequence[Commit], lines: int = 1000, path: str = PATH, **changes: object) -> History:
    """The history of one module, newest commit first."""
    made = History(
        now=Snapshot("c" * 40, NOW, {path: lines}),
        then=NONE_THEN,
        window_days=1095,
        commits=len(commits),
        trails={path: Trail(tuple(sorted(commits, key=lambda one: -one.at)))},
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def facts(commits: Sequence[Commit], *given: object, lines: int = 1000, was: str = "") -> Facts:
    """One module with this history; it was called so until after its second newest commit."""
    made = history(commits, lines)
    if was:
        made = replace(made, trails={PATH: replace(made.trails[PATH], names=((2, was),))})
    return build.facts(*given, history=made)  # type: ignore[arg-type]


def only(given: Facts, policy: Policy = POLICY) -> Hotspot:
    (module,) = hotspots(given, policy)
    return module


BROKEN = fixes(10, 40, 70, 100)
"""Enough for a module of a thousand lines."""


def test_the_score_is_the_formula_of_the_docs() -> None:
    """One fix of today and one plain commit of half a life ago, in 100 lines."""
    found = score([commit(0, "fix"), commit(180)], 100, NOW, 180)
    logit = -4.45 + 0.9 * math.log(2) + 0.55 * math.log(2.5) + 0.35 * math.log(100)
    assert (found.fixes, found.commits) == (1, 1.5)
    assert found.probability == pytest.approx(1 / (1 + math.exp(-logit)), abs=1e-12)


def test_an_empty_file_that_nobody_touched_has_a_score() -> None:
    assert score([], 0, NOW, 180).probability == pytest.approx(1 / (1 + math.exp(4.45)))


AGES = st.lists(st.tuples(st.floats(0, 1095), st.booleans()), max_size=12)


@given(AGES, st.floats(0, 1095), st.booleans(), st.integers(0, 10_000))
def test_another_commit_a_fix_and_more_lines_never_make_a_break_less_likely(
    ages: list[tuple[float, bool]], age: float, is_fix: bool, lines: int
) -> None:
    """The score is monotone in each of its terms."""
    before = [commit(days, "fix" if broke else "") for days, broke in ages]
    plain = score(before, lines, NOW, 180)
    more = score([*before, commit(age)], lines, NOW, 180)
    as_fix = score([*before, commit(age, "fix")], lines, NOW, 180)
    assert plain.probability <= more.probability <= as_fix.probability <= 1
    assert score(before, lines + 1, NOW, 180).probability >= plain.probability


@given(AGES, st.floats(0.1, 400))
def test_time_only_makes_the_past_count_less(ages: list[tuple[float, bool]], later: float) -> None:
    """The same history, looked at later: never more likely."""
    past = [commit(days, "fix" if broke else "") for days, broke in ages]
    assert score(past, 500, NOW + round(later * DAY), 180).probability <= score(past, 500, NOW, 180).probability + 1e-12


def test_what_had_not_landed_does_not_count() -> None:
    """A commit of last year on a branch that came in today was unknown yesterday."""
    late = commit(300, "fix", landed=NOW)
    assert score([late], 100, NOW - DAY, 180).commits == 0
    assert score([late], 100, NOW, 180).commits > 0


def test_a_fix_counts_until_its_revert_lands() -> None:
    """The commit itself goes on counting as one."""
    undone = commit(30, "fix", undone=NOW - 10 * DAY)
    assert score([undone], 100, NOW - 20 * DAY, 180).fixes > 0
    assert score([undone], 100, NOW, 180).fixes == 0
    assert score([undone], 100, NOW, 180).commits > 0


@pytest.mark.parametrize(
    ("commits", "lines", "flagged"),
    [
        (BROKEN, 1000, True),
        (BROKEN[:3], 2000, True),
        (BROKEN[:2] * 9, 1000, True),
        (BROKEN[:2], 10**9, False),  # probable, but only two fixes
        (BROKEN[:3], 1, False),  # three fixes, but improbable
        (fixes(366, 367, 368, 369, 370, 371), 10**7, False),  # over a year ago
        ([*fixes(364, 364, 364)], 10**7, True),
        ([commit(days) for days in range(1, 100)], 300, False),  # busy, never broken
    ],
)
def test_flagged_is_what_broke_often_and_lately_and_probably_breaks_again(
    commits: list[Commit], lines: int, flagged: bool
) -> None:
    """Three fixes in 12 months and a probability of one half: both."""
    assert only(facts(commits, lines=lines)).flagged is flagged


def test_the_thresholds_are_the_policys() -> None:
    """Each can be tightened so that the flag goes."""
    for name, value in {"hotspot_fixes": 5, "hotspot_probability": 0.99}.items():
        policy = Policy({**POLICY.tree, "thresholds": {**POLICY.tree["thresholds"], name: value}})
        assert not only(facts(BROKEN), policy).flagged


def test_a_module_says_why() -> None:
    """Fixes newest first, their trend, authors, earlier names."""
    module = only(facts([*fixes(10, 40, 100, 300), commit(5, author=1)], was="shop/cards.py"))
    assert [fix.subject for fix in module.fixes] == ["Fix 10", "Fix 40", "Fix 100", "Fix 300"]
    assert (module.recent, module.trend, module.commits, module.authors) == (3, "rising", 5, 2)
    assert module.names == ("shop/cards.py",)


@pytest.mark.parametrize(("days", "trend"), [((1, 2), "rising"), ((1, 300), "steady"), ((300, 310), "falling")])
def test_the_trend_compares_two_half_years(days: tuple[float, ...], trend: str) -> None:
    assert only(facts(fixes(*days))).trend == trend


def test_several_rules_work_them_out_once() -> None:
    """For the same facts and policy; those of other facts are their own."""
    given = facts(BROKEN)
    assert hotspots(given, POLICY) is hotspots(given, POLICY)
    assert hotspots(facts([]), POLICY) != hotspots(given, POLICY)


def test_modules_come_by_probability_then_by_name() -> None:
    """The order is the same on every machine."""
    lines = {"b.py": 10, "a.py": 10, "c.py": 1000}
    given = build.facts(history=replace(history([]), now=Snapshot("c", NOW, lines), trails={}))
    assert [module.path for module in hotspots(given, POLICY)] == ["c.py", "a.py", "b.py"]


@pytest.mark.parametrize(
    ("glob", "named"),
    [
        ("shop/payments.py", True),
        ("./shop//payments.py", True),
        ("shop/**", True),
        ("shop", True),
        ("./", True),
        ("**/payments.py", True),
        ("sho", False),
        ("payments.py", False),
    ],
)
def test_an_incident_concerns_the_modules_it_names_and_what_lies_in_its_folders(glob: str, named: bool) -> None:
    """Files, folders and globs."""
    assert bool(only(facts(BROKEN, build.incident(modules=(glob,)))).incidents) is named


def test_guards_are_the_tests_linked_to_the_incidents_that_name_the_module() -> None:
    """By its name of today or by an earlier one."""
    given = (build.incident(modules=("shop/cards.py",)), build.link(), build.incident("INC-002"))
    assert only(facts(BROKEN, *given)).incidents == ()
    module = only(facts(BROKEN, *given, was="shop/cards.py"))
    assert (module.incidents, module.guards) == (("INC-001",), (build.TEST,))


RETROFIT = build.action(text=f"Retrofit tests for {PATH}", status=Status.DONE, done=date(2024, 1, 31))


@pytest.mark.parametrize(
    "text",
    [
        PATH,
        f"Retrofit `{PATH}`",
        f"Retrofit {PATH}.",
        f"({PATH})",
        f"Retrofit {PATH}, shop/api.py",
        f"Retrofit shop/api.py,{PATH}:12",
        f"Retrofit ./{PATH}",
        f"Retrofit **{PATH}**'s rounding",
    ],
)
def test_a_retrofit_action_names_the_module(text: str) -> None:
    assert only(facts(BROKEN, replace(RETROFIT, text=text))).retrofit is not None


@pytest.mark.parametrize(
    "change",
    [
        {"text": "Retrofit tests for the payments"},
        {"text": f"Retrofit {PATH}x"},
        {"text": f"Retrofit old/{PATH}"},
        {"text": f"Retrofit {PATH}/sub"},
        {"text": f"Retrofit x{PATH}"},
        {"text": f"Retrofit {PATH}.bak"},
        {"text": f"Retrofit ../{PATH}"},
        {"category": None},
        {"status": Status.DROPPED},
    ],
)
def test_what_is_no_retrofit_action_of_it(change: dict[str, object]) -> None:
    """Other files whose names contain the module's, other categories, and what was dropped."""
    assert only(facts(BROKEN, replace(RETROFIT, **change))).retrofit is None  # type: ignore[arg-type]


def test_a_retrofit_that_is_done_and_evidenced_clears_the_flag() -> None:
    """All fixes up to its Done day are answered."""
    module = only(facts(BROKEN, RETROFIT, build.link()))
    assert (module.flagged, module.answered, module.answered_by, module.shortfall) == (False, 4, RETROFIT, None)


def test_the_flag_comes_back_when_the_module_goes_on_breaking() -> None:
    """Three fixes after the retrofit: it did not help."""
    early = replace(RETROFIT, done=date(2023, 11, 1))
    assert not only(facts(BROKEN[:2] + fixes(150, 200), early, build.link())).flagged
    assert only(facts([*fixes(5, 10, 40), *fixes(150, 200)], early, build.link())).flagged


@pytest.mark.parametrize("name", ["shop/a b.py", "shop/a: b.py", "shop/*a*.py", "[a](b).py", "a - b.py"])
def test_a_module_whose_name_is_no_single_word_is_named_whole(name: str) -> None:
    """By all of its words, in this order, and no longer ones."""
    given = build.facts(history=history(BROKEN, path=name))
    for text, found in {
        f"Retrofit {name}.": True,
        f"Retrofit {name}x": False,
        f"Retrofit .py {name[:-3]}": False,
    }.items():
        backlog = Backlog((replace(RETROFIT, text=text),))
        assert (only(replace(given, backlog=backlog)).retrofit is not None) is found


def test_the_retrofit_of_a_module_is_an_open_one_then_the_last_done() -> None:
    """Of several on one day the one of the highest number, read as a number."""
    old, late, last = (
        replace(RETROFIT, key=f"INC-001#{number}", number=number, done=done)
        for number, done in ((1, date(2023, 11, 1)), (9, date(2024, 1, 31)), (10, date(2024, 1, 31)))
    )
    taken_up = replace(RETROFIT, key="INC-001#2", number=2, status=Status.TODO, done=None)
    assert only(facts(BROKEN, old, last, late)).retrofit == last
    assert only(facts(BROKEN, old, last, late, taken_up)).retrofit == taken_up


def test_an_open_retrofit_takes_no_answer_back() -> None:
    """The one that is Done still answers, and is the one that is said to."""
    taken_up = replace(RETROFIT, key="INC-001#2", number=2, status=Status.TODO, done=None)
    module = only(facts(BROKEN, RETROFIT, taken_up, build.link(action=1)))
    assert (module.retrofit, module.answered_by, module.answered) == (taken_up, RETROFIT, 4)


def test_a_later_claim_takes_no_answer_back() -> None:
    """The last retrofit with evidence answers, whatever was called Done since."""
    claimed = replace(RETROFIT, key="INC-001#2", number=2, done=date(2024, 2, 1))
    module = only(facts(BROKEN, RETROFIT, claimed, build.link(action=1)))
    assert (module.flagged, module.answered_by, module.answered) == (False, RETROFIT, 4)
    assert module.shortfall == Standing(
        claimed.key,
        Rung.CLAIMED,
        "no test is linked",
        'above its test, paste: @pytest.mark.incident("INC-001", action=2)',
    )


@pytest.mark.parametrize(("done", "flagged"), [(date(2024, 2, 1), False), (date(2024, 2, 2), True)])
def test_nothing_is_answered_by_what_is_yet_to_be_done(done: date, flagged: bool) -> None:
    """A day of today is no day to come."""
    module = only(facts(BROKEN, replace(RETROFIT, done=done), build.link()))
    assert module.flagged is flagged
    assert (module.shortfall is not None) is flagged
    if module.shortfall:
        assert module.shortfall.reason == "its Done day 2024-02-02 is yet to come"


def test_no_more_evidence_is_asked_for_than_can_be_examined() -> None:
    """A test that is linked and passes answers where policy asks that it reaches the fix."""
    policy = replace(POLICY, demands=(Demand(Rung.REACHING),))
    assert not only(facts(BROKEN, RETROFIT, build.link(), build.run({build.TEST: Outcome.PASSED})), policy).flagged


@pytest.mark.parametrize(
    "given",
    [
        (RETROFIT,),  # no test is linked
        (replace(RETROFIT, status=Status.IN_PROGRESS), build.link()),
        (replace(RETROFIT, done=None), build.link()),
        (RETROFIT, build.link(), build.run({build.TEST: Outcome.FAILED})),
    ],
)
def test_a_claim_clears_nothing(given: tuple[object, ...]) -> None:
    """Not done, not dated, not linked, or its test fails where policy asks that it works."""
    policy = replace(POLICY, demands=(Demand(Rung.WORKING),))
    assert only(facts(BROKEN, *given), policy).flagged


def test_other_peoples_evidence_clears_too() -> None:
    """A standing from elsewhere counts as the ladder counts it."""
    shown = Standing(RETROFIT.key, Rung.WORKING, "seen in the nightly run")
    assert not only(facts(BROKEN, RETROFIT, shown)).flagged


def past(lines: dict[str, int], commits: dict[str, list[Commit]]) -> History:
    """A history with a snapshot of half a year ago."""
    then = Snapshot("d" * 40, NOW - HALF_YEAR, lines)
    return replace(history([]), then=then, trails={path: Trail(tuple(of)) for path, of in commits.items()})


def test_the_backtest_names_by_what_was_known_then_and_counts_what_broke_since() -> None:
    """Of eight modules two are named; the one with early fixes broke again, the largest one did not."""
    lines = {f"m{n}.py": 100 for n in range(7)} | {"large.py": 2000}
    broken = {"m1.py": fixes(10, 200, 210, 220), "m2.py": fixes(20), "large.py": [commit(200)]}
    assert backtest(past(lines, broken), POLICY) == Backtest(
        at=NOW - HALF_YEAR, pool=8, fixed=2, named=2, hits=1, chance=0.5, by_size=0
    )


def test_the_backtest_follows_a_file_that_was_renamed_since() -> None:
    """It was named under its old name, and fixed under the new one."""
    renamed = Trail(tuple(fixes(10, 200)), ((1, "old.py"),))
    made = past({"old.py": 100}, {})
    made = replace(made, trails={"new.py": renamed}, before={"old.py": ((NOW - 50 * DAY, renamed),)})
    assert [trial.fixed for trial in trials(made, made.then, 180)] == [True]  # type: ignore[arg-type]


@pytest.mark.parametrize(("landed", "fixed"), [(181, True), (182, False), (0, True), (-1, False)])
def test_a_trial_counts_fixes_that_landed_within_the_half_year(landed: int, fixed: bool) -> None:
    """Not the one that made the cut, and none after the end."""
    made = past({PATH: 100}, {PATH: [commit(100, "fix", landed=NOW - landed * DAY)]})
    assert [trial.fixed for trial in trials(made, made.then, 180)] == [fixed]  # type: ignore[arg-type]


def test_a_fix_that_was_reverted_since_is_no_hit() -> None:
    made = past({PATH: 100}, {PATH: [commit(100, "fix", undone=NOW - DAY)]})
    assert [trial.fixed for trial in trials(made, made.then, 180)] == [False]  # type: ignore[arg-type]


def test_without_a_past_there_is_no_backtest() -> None:
    """Too young a history, and one that had no source file yet, say so."""
    assert backtest(history(BROKEN), POLICY) is NONE_THEN
    assert isinstance(backtest(past({}, {}), POLICY), Unavailable)


def trial(probability: float, fixed: bool) -> Trial:
    return Trial("a.py", 1, Score(0, 0, probability), fixed)


def test_the_calibration_error_by_hand() -> None:
    """Two of 10 % of which one was fixed, and one of 60 % that was: (2 * .4 + 1 * .4) / 3."""
    bins = calibration([trial(0.1, True), trial(0.1, False), trial(0.6, True)])
    assert [(one.low, one.high, one.modules, one.observed) for one in bins] == [(0.1, 0.2, 2, 0.5), (0.5, 0.7, 1, 1.0)]
    assert calibration_error(bins) == pytest.approx(0.4)
    assert calibration_error(()) == 0


ROUNDING = 1e-12
"""The mean of three times 0.7 is a little less."""


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=50))
def test_every_module_falls_into_one_step(drawn: list[tuple[float, bool]]) -> None:
    bins = calibration([trial(probability, fixed) for probability, fixed in drawn])
    assert sum(one.modules for one in bins) == len(drawn)
    assert all(one.low - ROUNDING <= one.predicted <= one.high + ROUNDING for one in bins)
