"""Coverage of incident-prone code, measured by pytest-cov in the same call and by an earlier one."""

from __future__ import annotations

import json

import pytest

from tests.plugin.conftest import Repository, row

MODULE = "def f(x):\n    if x:\n        return 1\n    return 2\n\n\ndef g(y):\n" + "    y += 1\n" * 20
TEST = "from shop.orders import f\n\n\ndef test_f():\n    assert f(1) == 1\n"
REPORT = ("--prevention-report-file=report.json", "--prevention-as-of=2024-02-01", "-p", "no:cacheprovider")


def shop(repository: Repository) -> pytest.Pytester:
    pytester = repository(row(status="Todo"), test_orders=TEST)
    folder = pytester.mkpydir("shop")
    folder.joinpath("orders.py").write_text(MODULE)
    pytester.syspathinsert()
    return pytester


def module(pytester: pytest.Pytester) -> dict[str, object]:
    report = json.loads((pytester.path / "report.json").read_text())
    found: dict[str, object] = report["indicators"]["leading"]["incident_prone_coverage"]["by_module"]["shop/orders.py"]
    return found


@pytest.mark.parametrize("branches", [(), ("--cov-branch",)], ids=["statements", "branches"])
@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["one process", "two workers"])
def test_the_share_of_the_same_call_is_coverages_own(
    repository: Repository, branches: tuple[str, ...], workers: tuple[str, ...]
) -> None:
    """Our reading comes after pytest-cov has saved and combined, and gives the figures of its JSON report."""
    pytester = shop(repository)
    pytester.runpytest_subprocess("--cov=shop", "--cov-report=json", *branches, *workers, *REPORT)
    summary = json.loads((pytester.path / "coverage.json").read_text())["files"]["shop/orders.py"]["summary"]
    found = module(pytester)
    assert found["covered"] == summary["covered_lines"] + summary.get("covered_branches", 0)
    assert found["total"] == summary["num_statements"] + summary.get("num_branches", 0)
    assert found["share"] == pytest.approx(summary["percent_covered"] / 100)


def test_a_run_of_a_part_of_the_tests_says_nothing(repository: Repository) -> None:
    pytester = shop(repository)
    pytester.runpytest_subprocess("--cov=shop", "--cov-report=", "-k", "test_f", *REPORT)
    report = json.loads((pytester.path / "report.json").read_text())
    assert report["indicators"]["leading"]["incident_prone_coverage"]["unavailable"].startswith("what a part of")
