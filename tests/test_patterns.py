"""Patterns over facts: which modules count, what is flagged, and what a test says of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_prevention.model import History, Incident, Trail
from pytest_prevention.patterns import SameError, SameModule, SlowDetection, same_error, same_module, slow_detection
from pytest_prevention.patterns.modules import Names, joined, outermost
from pytest_prevention.patterns.words import (
    comparison_in_words,
    customers_in_words,
    detection_in_words,
    error_in_words,
    module_in_words,
)
from tests.rules.build import AS_OF, facts, fix, history, incident, policy
from tests.statistics.oracles import close, oracle

DAY = timedelta(days=1)


def began(number: int, days: float = 20, *modules: str, **more: Any) -> Incident:
    """An incident that began so many days before as-of, with its detection if nothing else is said."""
    at = AS_OF - timedelta(days=days)
    return incident(f"INC-{number:03}", **{"started_at": at, "detected_at": at, "modules": modules, **more})


def moved(commits: History, **earlier: str) -> History:
    """The same with the earlier names of some files; ``__`` stands for a slash, and all of them are Python's."""
    names = {f"{new.replace('__', '/')}.py": old for new, old in earlier.items()}
    trails = {
        path: Trail(trail.commits, ((1, names[path]),) if path in names else ())
        for path, trail in commits.trails.items()
    }
    return replace(commits, trails=trails)


class TestModules:
    @pytest.mark.parametrize("written", ["src/orders", "src/orders/", "./src/orders", "src/orders/**"])
    def test_all_ways_to_write_a_folder_are_one_module(self, written: str) -> None:
        found = joined([began(1, 20, written), began(2, 20, "src/orders")], Names(history()))
        assert set(found.values()) == {frozenset({"src/orders"})}

    def test_what_breaks_in_a_file_breaks_in_its_folder_and_not_the_other_way_round(self) -> None:
        found = joined([began(1, 20, "src/orders/tax.py"), began(2, 20, "src/orders")], Names(history()))
        assert found == {"INC-001": {"src/orders/tax.py", "src/orders"}, "INC-002": {"src/orders"}}

    def test_a_name_that_begins_alike_is_another_module(self) -> None:
        found = joined([began(1, 20, "src/orders"), began(2, 20, "src/orders_old")], Names(history()))
        assert found == {"INC-001": {"src/orders"}, "INC-002": {"src/orders_old"}}

    def test_an_incident_without_modules_is_not_joined(self) -> None:
        assert joined([began(1)], Names(history())) == {}

    def test_a_renamed_file_is_the_module_of_today(self) -> None:
        names = Names(moved(history({"src/tax.py": [fix(3)]}), src__tax="lib/vat.py"))
        assert names.today("lib/vat.py") == "src/tax.py"

    def test_a_renamed_folder_is_where_most_of_its_files_went(self) -> None:
        files = history({f"{name}.py": [fix(3)] for name in ("shop/a", "shop/b", "misc/c")})
        names = Names(moved(files, shop__a="old/a.py", shop__b="old/b.py", misc__c="old/c.py"))
        assert names.today("old/**") == "shop"

    def test_a_name_that_exists_means_itself_whatever_was_moved_out_of_it(self) -> None:
        files = moved(history({"old/d.py": [], "new/a.py": [fix(3)]}), new__a="old/a.py")
        assert Names(files).today("old") == "old"

    def test_incidents_of_old_and_new_name_are_of_one_module(self) -> None:
        known = facts(
            moved(history({"shop/a.py": [fix(3)]}), shop__a="old/a.py"), began(1, 50, "old"), began(2, 20, "shop")
        )
        modules = same_module.measure(known, policy()).modules
        assert {name: one.ids for name, one in modules.items()} == {"shop": ("INC-001", "INC-002")}

    def test_a_folder_and_a_file_in_it_are_not_two_places(self) -> None:
        assert outermost(["a/b/c.py", "a/b", "d"]) == ("a/b", "d")


def broke(*incidents: Incident, **tree: Any) -> SameModule:
    return same_module.measure(facts(*incidents), policy(**tree))


def exposed(**shares: float) -> dict[str, Any]:
    """The policy's patterns with these exposures."""
    patterns: dict[str, Any] = policy().tree["patterns"]
    return {**patterns, "same_module": {**patterns["same_module"], "exposure": shares}}


class TestSameModule:
    @pytest.mark.parametrize(("days", "flagged"), [(90, True), (90 + 1e-6, False)])
    def test_two_in_ninety_days_are_flagged_and_not_a_moment_later(self, days: float, flagged: bool) -> None:
        assert broke(began(1, days, "a"), began(2, 1, "a")).modules["a"].flagged is flagged

    @pytest.mark.parametrize(("days", "flagged"), [(365, True), (365 + 1e-6, False)])
    def test_three_in_a_year_are_flagged(self, days: float, flagged: bool) -> None:
        found = broke(began(1, days, "a"), began(2, 200, "a"), began(3, 100, "a"))
        assert found.modules["a"].flagged is flagged

    def test_without_a_history_all_modules_have_equal_parts(self) -> None:
        found = broke(began(1, 5, "a"), began(2, 5, "b"), began(3, 5, "c", "d"), began(4))
        assert {(one.exposure_share, one.exposure_from) for one in found.modules.values()} == {(0.25, "equal")}
        assert {one.of for one in found.modules.values()} == {3}
        assert found.without_module == ("INC-004",)

    def test_with_a_history_parts_are_those_of_the_commits_in_the_observed_time(self) -> None:
        """A commit that touches both counts once among all of them."""
        both, before = fix(4), fix(500)
        commits = history({"a/x.py": [fix(2), fix(3), both, before], "b/y.py": [both]})
        found = same_module.measure(facts(commits, began(1, 20, "a"), began(2, 20, "b")), policy())
        told = {name: (one.exposure_share, one.exposure_from) for name, one in found.modules.items()}
        assert told == {"a": (1.0, "history"), "b": (1 / 3, "history")}

    def test_what_policy_gives_counts_and_the_others_share_what_it_leaves(self) -> None:
        found = broke(began(1, 5, "a"), began(2, 5, "b"), began(3, 5, "c"), patterns=exposed(a=0.5))
        assert {name: one.exposure_share for name, one in found.modules.items()} == {"a": 0.5, "b": 0.25, "c": 0.25}

    def test_where_policy_leaves_nothing_the_others_are_not_tested(self) -> None:
        found = broke(began(1, 5, "a"), began(2, 5, "b"), patterns=exposed(a=1.0))
        assert {name: (one.p, one.verdict, bool(one.reason)) for name, one in found.modules.items()} == {
            "a": (None, "not enough data", True),
            "b": (None, "not enough data", True),
        }

    def test_all_modules_that_policy_names_are_one_family_of_tests(self) -> None:
        """Also those that never broke: nobody knew that before."""
        ones = [began(number, 5, "a") for number in range(1, 5)]
        two, three = exposed(a=0.25, b=0.25), exposed(a=0.25, b=0.25, c=0.25)
        first, second = (broke(*ones, patterns=patterns).modules["a"] for patterns in (two, three))
        assert (first.p, second.p) == close((0.25**4, 0.25**4))
        assert (first.p_holm, second.p_holm) == close((2 * 0.25**4, 3 * 0.25**4))

    @pytest.mark.parametrize(("number", "verdict"), [(3, "not enough data"), (4, "supported")])
    def test_there_is_enough_where_all_of_them_would_show_it(self, number: int, verdict: str) -> None:
        """At parts of 0.25 and a family of three, 0.25 ** 3 is not below a third of the level."""
        ones = [began(one, 5, "a") for one in range(1, number + 1)]
        found = broke(*ones, patterns=exposed(a=0.25, b=0.25, c=0.25, d=0.25)).modules["a"]
        assert (found.needed, found.verdict) == (4, verdict)

    def test_incidents_before_the_observed_time_and_after_as_of_do_not_count(self) -> None:
        observation = {"timezone": "UTC", "from": "2024-01-01"}
        found = broke(began(1, 40, "a"), began(2, 20, "a"), began(3, 0, "a"), observation=observation)
        assert found.modules["a"].ids == ("INC-002",)

    def test_what_is_missing_is_said(self) -> None:
        found = broke(began(1, 5, "a"), began(2, 5, "b"))
        assert module_in_words(found.modules["a"]) == (
            "1 of 2 incidents, with 50 % of the changes, were all modules alike "
            "(not enough data: a verdict needs 6 incidents)"
        )


_modules = st.lists(st.lists(st.sampled_from("abcde"), min_size=1, max_size=3, unique=True), min_size=1, max_size=40)


@settings(max_examples=50)
@given(_modules, st.sampled_from([0.01, 0.05, 0.1]))
def test_the_tests_of_modules_are_those_of_scipy_and_statsmodels(named: list[list[str]], level: float) -> None:
    ones = [began(number, 5, *modules) for number, modules in enumerate(named)]
    shares = {"a": 0.1, "b": 0.2, "c": 0.05}
    found = broke(*ones, patterns=exposed(**shares), statistics={"level": level}).modules
    binomtest, multipletests = oracle("scipy.stats").binomtest, oracle("statsmodels.stats.multitest").multipletests
    ps = [binomtest(one.incidents, one.of, one.exposure_share, "greater").pvalue for one in found.values()]
    assert [one.p for one in found.values()] == close(list(map(float, ps)))
    corrected = [*map(float, multipletests(ps, alpha=level, method="holm")[1])]
    assert [one.p_holm for one in found.values()] == close(corrected)


def erred(*incidents: Incident, modules: int = 3, level: float = 0.05) -> SameError:
    tree = {**policy().tree["patterns"], "same_error": {"modules": modules}}
    observation = {"timezone": "UTC", "from": "2023-10-04", "compare_at": "2023-12-03"}
    return same_error.measure(
        facts(*incidents), policy(patterns=tree, observation=observation, statistics={"level": level})
    )


class TestSameError:
    @pytest.mark.parametrize(("last", "flagged"), [("c", True), ("b", False), ("b/x.py", False)])
    def test_it_is_flagged_in_three_modules(self, last: str, flagged: bool) -> None:
        """A file in a module that is there already is no other one."""
        names = ("a", "b", last)
        found = erred(*(began(number, 5, name, cause="null") for number, name in enumerate(names)))
        assert found.causes["null"].flagged is flagged
        assert bool(found.causes["null"].reason) is not flagged

    def test_one_incident_in_three_modules_does_not_recur(self) -> None:
        assert not erred(began(1, 5, "a", "b", "c", cause="null")).causes["null"].flagged

    def test_causes_and_types_of_errors_are_told_apart_and_are_one_family(self) -> None:
        ones = [began(n, 5, name, cause="null", error_type="KeyError") for n, name in enumerate("abc")]
        found = erred(*ones, began(7, 90, "d", cause="other", error_type="other"))
        cause, error = found.causes["null"], found.error_types["KeyError"]
        assert found.flagged.keys() == {("cause", "null"), ("error_type", "KeyError")}
        assert cause.table == error.table == ((3, 0), (0, 1))
        assert (cause.p, cause.p_holm) == (0.25, 0.5)

    def test_what_names_neither_is_unknown_and_in_no_table(self) -> None:
        found = erred(began(1, 5, "a", cause="null"), began(2, 5, "a", error_type="KeyError"), began(3, 5, "a"))
        assert (found.causes["null"].table, found.unknown) == (((1, 0), (0, 0)), ("INC-003",))

    @pytest.mark.parametrize(("days", "recent"), [(60, 1), (60 + 1e-6, 0)])
    def test_the_moment_of_the_split_is_recent(self, days: float, recent: int) -> None:
        """As-of less 60 days is the third of December."""
        assert erred(began(1, days, "a", cause="null")).causes["null"].table == ((recent, 0), (1 - recent, 0))

    def test_nothing_observed_is_no_comparison(self) -> None:
        found = same_error.measure(facts(), policy())
        assert (found.causes, found.compared_at, found.reason) == ({}, None, "no incident was observed")

    def test_words_say_what_was_compared_and_what_is_missing(self) -> None:
        found = erred(*(began(n, 5, name, cause="null") for n, name in enumerate("abc")), began(9, 90, cause="x"))
        ((key, one),) = found.flagged.items()
        assert error_in_words(key, one) == "cause null: 3 incidents in 3 modules (a, b, c)"
        assert comparison_in_words(one, found) == (
            "3 of 3 since 2023-12-03, 0 of 1 before (not enough data: even 3 of 3 since then would show nothing)"
        )


_counts = st.tuples(*[st.integers(0, 9)] * 4)


@settings(max_examples=50)
@given(_counts, st.sampled_from([0.05, 0.5]))
def test_the_comparison_of_errors_is_the_exact_test_of_scipy(counts: tuple[int, int, int, int], level: float) -> None:
    """There is enough data where some table with the same sums would have reached the level."""
    recent, others, before, others_before = counts
    kinds = [(5, "null")] * recent + [(5, "x")] * others + [(90, "null")] * before + [(90, "x")] * others_before
    ones = [began(n, days, "abc"[n % 3], cause=cause) for n, (days, cause) in enumerate(kinds)]
    found = erred(*ones, modules=1, level=level)
    if not recent + before:
        assert "null" not in found.causes
        return
    fisher_exact, multipletests = (
        oracle("scipy.stats").fisher_exact,
        oracle("statsmodels.stats.multitest").multipletests,
    )
    one, family = found.causes["null"], [*found.flagged.values()]
    assert one.table == ((recent, others), (before, others_before))
    assert one.p == close(float(fisher_exact(one.table, "greater").pvalue))
    if family:
        corrected = multipletests([other.p for other in family], method="holm")[1]
        assert [other.p_holm for other in family] == close([*map(float, corrected)])
    if one.flagged:
        shifts = range(-min(recent, others_before), min(others, before) + 1)
        tables = [((recent + n, others - n), (before - n, others_before + n)) for n in shifts]
        least = min(float(fisher_exact(table, "greater").pvalue) for table in tables)
        assert (one.verdict != "not enough data") is (len(family) * least <= level)


def late(minutes: Sequence[float], **more: Any) -> SlowDetection:
    """Incidents that were detected so many minutes after they began."""
    at = datetime(2024, 1, 10, tzinfo=UTC)
    ones = (
        incident(f"INC-{n:03}", started_at=at, detected_at=at + timedelta(minutes=one), **more)
        for n, one in enumerate(minutes)
    )
    return slow_detection.measure(facts(*ones), policy())


class TestSlowDetection:
    @pytest.mark.parametrize(("minutes", "slow"), [(15, 0), (15.02, 1)])
    def test_the_target_itself_is_not_slow(self, minutes: float, slow: int) -> None:
        assert late([minutes]).slow == slow

    @pytest.mark.parametrize(
        ("minutes", "flagged"), [([16, 16], False), ([16, 16, 1], True), ([15, 15, 99], False), ([1, 1, 99], False)]
    )
    def test_it_is_flagged_where_the_median_of_three_is_over_the_target(
        self, minutes: list[float], flagged: bool
    ) -> None:
        assert late(minutes).flagged is flagged

    @pytest.mark.parametrize(("customers", "flagged"), [(1, False), (2, True)])
    def test_it_is_flagged_where_customers_were_the_first_of_every_other_one(
        self, customers: int, flagged: bool
    ) -> None:
        by = ["customer"] * customers + ["alert"] * (4 - customers)
        found = slow_detection.measure(facts(*(began(n, 5, detected_by=one) for n, one in enumerate(by))), policy())
        assert (found.flagged, found.customers.share) == (flagged, customers / 4)

    def test_few_customers_flag_nothing(self) -> None:
        assert not late([1, 1], detected_by="customer").flagged

    @pytest.mark.parametrize(("number", "verdict"), [(4, "not enough data"), (5, "supported")])
    def test_a_majority_needs_five(self, number: int, verdict: str) -> None:
        assert (late([99] * number).verdict, late([99] * number).needed) == (verdict, 5)

    def test_without_both_stamps_nothing_is_said(self) -> None:
        found = slow_detection.measure(facts(began(1, 5, started_at=None)), policy())
        assert (found.of, found.median, found.p, found.lower_bound) == (0, None, None, None)
        assert (found.unknown, found.verdict) == (("INC-001",), "not enough data")
        assert detection_in_words(found) == "no incident has both started_at and detected_at"
        assert customers_in_words(found) == "no incident says who detected it (detected_by)"


@given(st.lists(st.sampled_from([1, 15, 16, 400]), min_size=1, max_size=60))
def test_the_test_of_a_majority_is_that_of_scipy(minutes: list[float]) -> None:
    found, slow = late(minutes), sum(one > 15 for one in minutes)
    tested = oracle("scipy.stats").binomtest(slow, len(minutes), 0.5, "greater")
    assert (found.slow, found.p) == (slow, close(float(tested.pvalue)))
    assert found.lower_bound == close(float(tested.proportion_ci(0.95).low))
