"""The examples of docs/links.md do what the page says of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pytest_prevention.sources.pytest_config import CollectionRules
from pytest_prevention.sources.scan.reader import scan

PAGE = (Path(__file__).parent.parent / "docs" / "links.md").read_text(encoding="utf-8")
EXAMPLES = dict(re.findall(r"^```python (\S+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))


@pytest.mark.parametrize(("name", "links"), [("tests/test_orders.py", 7), ("tests/test_checkout.py", 2)])
def test_what_is_said_to_link_links(tmp_path: Path, name: str, links: int) -> None:
    """Every form that the page shows is a link, and there is nothing to complain about."""
    (tmp_path / "tests").mkdir()
    (tmp_path / name).write_text(EXAMPLES[name])
    found = scan(tmp_path, CollectionRules(), [])
    assert found.problems == ()
    assert len(found.links) == links


def test_what_is_said_to_be_no_link_is_told(tmp_path: Path) -> None:
    """Every mark in the example of what is no link is a finding."""
    name = "tests/test_refunds.py"
    (tmp_path / "tests").mkdir()
    (tmp_path / name).write_text(EXAMPLES[name])
    found = scan(tmp_path, CollectionRules(), [])
    assert found.links == ()
    assert [problem.kind for problem in found.problems] == ["link-never-collected"] * EXAMPLES[name].count("INC-001")
