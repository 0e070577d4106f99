"""Templates of lines: what fits, what is taken, and that no text is too much for them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_prevention.sources.alerts.template import TemplateError, parse


@pytest.mark.parametrize(
    ("template", "line", "values"),
    [
        ('severity = "{severity}"', '    severity   = "page"', {"severity": "page"}),
        ('severity = "{severity}"', 'severity="page" # comment', {"severity": "page"}),
        ('resource "x" "{name}" {', 'resource "x" "a" {', {"name": "a"}),
        ('expr = "{expr}"', r'expr = "up{a=\"b\"} == 0 \\"', {"expr": 'up{a="b"} == 0 \\'}),
        ("name: {name}", "name: High error rate  ", {"name": "High error rate"}),
        ("define {name} as {expr}", "define a as b c", {"name": "a", "expr": "b c"}),
        ("alert({name}, {_}, {severity})", "alert(A, 1, 2, page)", {"name": "A", "severity": "2, page"}),
        ("labels = {labels.team}", "labels = x", {"labels.team": "x"}),
        ("paused = true", "paused = true", {}),
        ('name = "{name}"', 'name = ""', {"name": ""}),
    ],
)
def test_what_fits_is_taken(template: str, line: str, values: dict[str, str]) -> None:
    """A line may go on behind what the template says; blanks are as many as they are."""
    assert parse(template).match(line) == values


@pytest.mark.parametrize(
    ("template", "line"),
    [
        ('name = "{name}"', '# name = "x"'),
        ('name = "{name}"', '// name = "x"'),
        ('name = "{name}"', 'my_name = "x"'),
        ('name = "{name}"', 'name = "x'),
        ('name = "{name}"', r'name = "x\"'),
        ('name = "{name}"', "name = var.x"),
        ("rule {name}", "rules x"),
        ("rule {name}", "rulex"),
        ("is paused", "ispaused"),
        ("rule {", "rule"),
        ("name: {name};", "name: x"),
    ],
)
def test_what_does_not_fit_is_none(template: str, line: str) -> None:
    """Comments, other words and values that are not written out are no match."""
    assert parse(template).match(line) is None


@pytest.mark.parametrize(
    ("template", "told"),
    [
        ("", "no literal text"),
        ("{name}", "no literal text"),
        ("{name} {uid}", "no literal text"),
        ("a {name} {name}", "twice"),
        ("a {name}{uid}", "nothing between"),
    ],
)
def test_templates_without_one_meaning_are_refused(template: str, told: str) -> None:
    """What would fit everything, or could be taken in two ways, is no template."""
    with pytest.raises(TemplateError, match=told):
        parse(template)


_WORD = st.text(alphabet="abcxyz.-/", min_size=1, max_size=8)
_QUOTED = st.text(alphabet='ab "\\{}=', max_size=12)


@given(st.lists(st.tuples(_WORD, _QUOTED), min_size=1, max_size=5), st.integers(0, 4), st.integers(1, 4))
def test_quoted_values_come_back(fields: list[tuple[str, str]], indent: int, gap: int) -> None:
    """Whatever is written between quotes, with its quotes and backslashes escaped, is what is taken."""
    template = parse(" ".join(f'{key} = "{{labels.f{index}}}"' for index, (key, _) in enumerate(fields)))
    escaped = [(key, value.replace("\\", "\\\\").replace('"', '\\"')) for key, value in fields]
    line = " " * indent + (" " * gap).join(f'{key} = "{value}"' for key, value in escaped)
    assert template.match(line) == {f"labels.f{index}": value for index, (_, value) in enumerate(fields)}


@given(st.text(alphabet='ab {}"_\\name', max_size=30), st.text(alphabet='ab {}"\\name', max_size=40))
def test_any_template_meets_any_line(template: str, line: str) -> None:
    """There is a match, none, or a TemplateError; a template without placeholders fits itself."""
    try:
        parsed = parse(template)
    except TemplateError:
        return
    values = parsed.match(line)
    assert values is None or set(values) == set(parsed.names)
    if not any(f"{{{name}}}" in template for name in (*parsed.names, "_")) and "{" not in template:
        assert parsed.match(template) == {}


def test_long_lines_are_read_once() -> None:
    """Millions of characters that nearly fit are over in a moment, not in the age of the universe."""
    template = parse('a {_} b {_} c {name} = "{expr}" d')
    for line in ("a b " * 500_000, "a" + " " * 2_000_000, 'a x b x c x = "' + "\\" * 1_999_999):
        assert template.match(line) is None
