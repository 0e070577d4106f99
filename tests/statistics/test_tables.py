"""Fisher's exact test, and Holm's correction of a family."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_prevention.statistics.tables import Table, fisher, holm
from tests.statistics.oracles import close, oracle

GOLDEN = json.loads(
    (Path(__file__).parents[1] / "data" / "golden" / "expected" / "golden.json").read_text(encoding="utf-8")
)
cells = st.integers(0, 60)
tables = st.tuples(st.tuples(cells, cells), st.tuples(cells, cells))
families = st.lists(st.floats(0, 1) | st.sampled_from([0.0, 0.01, 0.5, 1.0]), min_size=1, max_size=30)


@given(tables)
def test_fisher_is_that_of_scipy(table: Table) -> None:
    exact = oracle("scipy.stats").fisher_exact
    assert fisher(table) == close(float(exact(table)[1]))
    assert fisher(table, "greater") == close(float(exact(table, alternative="greater")[1]))


@pytest.mark.parametrize("table", [((3, 1), (1, 3)), ((0, 4), (3, 1)), ((2, 2), (2, 2)), ((4, 1), (0, 3))])
def test_fisher_counts_who_could_have_been_chosen(table: Table) -> None:
    """All ways to draw those with it from both groups are looked at one by one."""
    (a, b), (c, d) = table
    drawn = [sum(one < a + b for one in draw) for draw in combinations(range(a + b + c + d), a + c)]
    probable = [drawn.count(first) for first in drawn]
    assert fisher(table) == close(sum(one <= drawn.count(a) for one in probable) / len(drawn))
    assert fisher(table, "greater") == close(sum(first >= a for first in drawn) / len(drawn))


@given(tables)
def test_the_names_of_groups_and_outcomes_do_not_matter(table: Table) -> None:
    first, second = table
    assert fisher((second, first)) == close(fisher(table))
    assert fisher((first[::-1], second[::-1])) == close(fisher(table))


@pytest.mark.parametrize("table", [((0, 0), (0, 0)), ((0, 0), (3, 4)), ((5, 0), (2, 0)), ((0, 5), (0, 2))])
def test_where_nothing_could_differ_p_is_one(table: Table) -> None:
    assert (fisher(table), fisher(table, "greater")) == (1, 1)


def test_negative_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="counts nothing"):
        fisher(((1, -1), (2, 2)))


def test_fisher_of_the_worked_case() -> None:
    expected = GOLDEN["p2_fisher_null_handling"]
    (a, b), (c, d) = expected["table"]
    assert fisher(((a, b), (c, d)), "greater") == close(expected["p_greater"])


@given(families)
def test_holm_is_that_of_statsmodels(ps: list[float]) -> None:
    theirs = oracle("statsmodels.stats.multitest").multipletests(ps, method="holm")[1]
    assert list(holm({str(i): p for i, p in enumerate(ps)}).values()) == close([float(p) for p in theirs])


@given(families)
def test_holm_keeps_the_order_and_never_helps(ps: list[float]) -> None:
    family = {str(i): p for i, p in enumerate(ps)}
    adjusted = holm(family)
    assert list(adjusted) == list(family)
    assert all(adjusted[name] >= p for name, p in family.items())
    ranked = [adjusted[name] for name in sorted(family, key=lambda name: family[name])]
    assert ranked == sorted(ranked)
    assert max(ranked) <= 1


def test_a_family_of_none_and_of_one() -> None:
    assert holm({}) == {}
    assert holm({"only": 0.03}) == {"only": 0.03}


def test_holm_of_the_worked_case() -> None:
    expected = GOLDEN["p1_test"]
    assert holm({name: one["p"] for name, one in expected.items()}) == close(
        {name: one["p_holm"] for name, one in expected.items()}
    )
