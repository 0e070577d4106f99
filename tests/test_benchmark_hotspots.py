"""The program that measures the hotspots: its figures by hand and by brute force, and that no cut sees the future."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import hotspots as program
from benchmarks.hotspots import Module, auc, evaluated, google, interval, measured, modules_of, pooled
from pytest_prevention.hotspots import Score, Trial, calibration, calibration_error, score
from pytest_prevention.model import Commit, History, Snapshot, Trail, Unavailable
from pytest_prevention.model.history import DAY, HALF_YEAR
from pytest_prevention.sources.policy_file import preset
from tests.histories import writing

CUT = 1_700_000_000
POLICY = preset()


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=40))
def test_auc_is_the_share_of_pairs_in_the_right_order(drawn: list[tuple[int, bool]]) -> None:
    """Counted pair by pair, a tie as half a pair."""
    values, positive = [value for value, _ in drawn], [fixed for _, fixed in drawn]
    if len(set(positive)) < 2:
        values, positive = [*values, 3, 3], [*positive, True, False]
    hits = [value for value, fixed in zip(values, positive, strict=True) if fixed]
    others = [value for value, fixed in zip(values, positive, strict=True) if not fixed]
    pairs = [(hit > other) + (hit == other) / 2 for hit in hits for other in others]
    assert auc(values, positive) == pytest.approx(fmean(pairs))


def test_metrics_by_hand() -> None:
    """Of 40 modules the first 20 by value hold 2 of 3 fixed ones and 4 of 7 fixes; the first 5 % are 2 modules."""
    values = [float(value) for value in range(40, 0, -1)]
    fixes = [0] * 40
    fixes[1], fixes[19], fixes[20] = 1, 3, 3
    found = measured(values, fixes)
    expected = {"precision@20": 2 / 20, "top-20 hits": 4 / 7, "top-5 % hits": 1 / 7, "AUC": (36 + 19 + 19) / (3 * 37)}
    assert found == pytest.approx(expected)


def test_ties_go_to_the_first_path() -> None:
    """Whatever the outcome: of 21 equal modules the last one is not named."""
    assert measured([1.0] * 21, [0] * 20 + [5])["precision@20"] == 0
    assert measured([1.0] * 21, [5] + [0] * 20)["precision@20"] == 1 / 20


def test_chance_is_what_random_rankings_give_on_average() -> None:
    """Over all rotations of one order, in which each module takes each place once."""
    fixes = [0] * 30
    fixes[3], fixes[4] = 2, 1
    rotated = [measured([float((place + turn) % 30) for place in range(30)], fixes) for turn in range(30)]
    for metric in ("top-20 hits", "top-5 % hits"):
        assert fmean(one[metric] for one in rotated) == pytest.approx(program.at_random(fixes)[metric])
    assert fmean(one["precision@20"] for one in rotated) == pytest.approx(2 / 30)


def test_google_weighs_a_fix_by_its_time() -> None:
    """One of now counts a half, the project's first one 1 / (1 + e^12), one taken back nothing."""
    fixes = [fix(0), fix(100), fix(50, undone=CUT)]
    assert google(module(fixes, first_fix=CUT - 100 * DAY)) == pytest.approx(0.5 + 1 / (1 + math.exp(12)))
    assert google(module([Commit("a", CUT, CUT, 0)], first_fix=CUT - DAY)) == 0


def test_the_bootstrap_is_the_same_every_time_and_narrow_where_nothing_varies() -> None:
    groups = [[0.1, 0.2, 0.9], [0.4, 0.5]]
    low, high = interval(groups, program.mean_of_means)
    assert interval(groups, program.mean_of_means) == [low, high]
    assert 0.1 <= low < program.mean_of_means(groups) < high <= 0.9
    assert interval([[0.5] * 3], program.median_of_medians) == [0.5, 0.5]


@given(st.lists(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=9), min_size=1, max_size=4))
def test_steps_of_repositories_add_up(drawn: list[list[tuple[float, bool]]]) -> None:
    """The error over all is that of all modules put together, not a mean of means."""
    trials = [[Trial("", 1, Score(0, 0, probability), fixed) for probability, fixed in some] for some in drawn]
    results = [program.Result("", (), calibration(some), program.Flag(0, 0, 0)) for some in trials]
    together = calibration([one for some in trials for one in some])
    assert calibration_error(pooled(results)) == pytest.approx(calibration_error(together))


def fix(days: float, **changes: int) -> Commit:
    """A fix of so many days before the cut (after it: negative) that landed at once."""
    at = CUT - round(days * DAY)
    return Commit(f"{at:040x}", at, at, 0, "Fix", "fix")._replace(**changes)  # type: ignore[arg-type]


def module(commits: Sequence[Commit], first_fix: int) -> Module:
    return Module(10, CUT, commits, commits, score(commits, 10, CUT, 180), first_fix, 0)


def at_the_cut(*commits: Commit) -> Module:
    """The one module of a project with this history."""
    trails = {"a.py": Trail(tuple(sorted(commits, key=lambda one: -one.at)))}
    now = Snapshot("c" * 40, CUT + 9 * HALF_YEAR, {})
    made = History(now=now, window_days=9999, commits=9, trails=trails, then=Unavailable("not asked for"))
    (only,) = modules_of(made, Snapshot("b" * 40, CUT, {"a.py": 10}), POLICY, CUT)
    return only


@pytest.mark.parametrize(
    ("later", "fixes"),
    [
        (fix(-1), 1),
        (fix(-182), 1),
        (fix(-183), 0),
        (fix(30, landed=CUT + DAY), 1),
        (fix(-1, undone=CUT + 90 * DAY), 0),
        (fix(-1, undone=CUT + 200 * DAY), 1),
    ],
    ids=["next day", "last day", "too late", "made before", "taken back", "taken back too late"],
)
def test_what_lands_after_a_cut_is_outcome_and_nothing_else(later: Commit, fixes: int) -> None:
    known = at_the_cut(fix(10))
    found = at_the_cut(fix(10), later)
    assert found._replace(fixes=0) == known
    assert found.fixes == fixes


def test_a_revert_after_the_cut_undoes_nothing_yet() -> None:
    assert at_the_cut(fix(10, undone=CUT + DAY)).score == at_the_cut(fix(10)).score != at_the_cut().score


def test_the_score_sees_the_window_and_google_all() -> None:
    old, new = fix(1096), fix(10)
    found = at_the_cut(old, new)
    assert (found.seen, found.landed) == ([new], [new, old])
    assert found.score == at_the_cut(new).score


def written(folder: Path) -> Path:
    """Twenty modules of 3,000 lines of which three are fixed in turn every twenty days, for 800 days."""
    rest = "b = 1\n" * 2999
    with writing(folder) as write:
        write.commit({f"shop/m{number:02}.py": f"a = 1\n{rest}" for number in range(20)}, "Start", day=0)
        for day in range(20, 801, 20):
            write.commit({f"shop/m{day // 20 % 3 + 10}.py": f"a = {day}\n{rest}"}, "Fix the total", day=day)
    return folder


def test_a_repository_is_walked_back_and_a_bare_one_gives_the_same(tmp_path: Path) -> None:
    """Cuts on days 618 and 436, but none with less than a year before it; the program prints and writes the same."""
    tree = written(tmp_path / "shop")
    bare = tmp_path / "bare.git"
    subprocess.run(["git", "clone", "-q", "--bare", tree, bare], check=True)
    result = evaluated("shop", tree, POLICY, None)
    assert [cut.pool for cut in result.cuts] == [20, 20]
    assert result.values("score", "precision@20") == result.values("random", "precision@20") == [3 / 20] * 2
    assert result.values("score", "AUC") == result.values("hindsight", "AUC") == [1, 1]
    assert result.values("size", "AUC") == [0.5, 0.5]
    assert result.flag == program.Flag(3, 6, 6)
    with program.checkout(bare) as root:
        assert evaluated("shop", root, POLICY, None) == result
    assert len(evaluated("shop", tree, POLICY, 1).cuts) == 1


def test_the_program_goes_on_where_one_repository_cannot_be_read(tmp_path: Path) -> None:
    """It says so, prints the others, and its exit code is 1."""
    tree = written(tmp_path / "shop")
    command = [sys.executable, program.__file__, str(tmp_path / "nothing"), str(tree)]
    path = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    done = subprocess.run(command, env=path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert str(tmp_path / "nothing") in done.stderr
    assert "Traceback" not in done.stderr
    assert "shop: 2 cuts, " in done.stdout
    assert "all 1 repositories, 2 cuts" in done.stdout
