"""Reading YAML of other tools: what is taken beyond our own files, what is refused, and that it stays bounded."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pytest_prevention.exceptions import PreventionError
from pytest_prevention.model import Location
from pytest_prevention.sources.yaml_stream import MAX_CHARACTERS, load_all


def values(text: str) -> list[Any]:
    return [document.value for document in load_all(text, "a.yml")]


def complaints(text: str) -> list[str]:
    with pytest.raises(PreventionError) as caught:
        load_all(text, "a.yml")
    return [f"{problem.location}: {problem.message}" for problem in caught.value.problems]


def test_all_documents_are_read_with_their_places() -> None:
    """Several documents come in order, empty ones are left out, and places are those of the file."""
    first, second = load_all("---\na: 1\n---\n---\n# nothing\n---\nb:\n- x\n", "a.yml")
    assert (first.value, second.value) == ({"a": "1"}, {"b": ["x"]})
    assert second.place(("b", 0)) == Location("a.yml", 8, 3)
    assert values("") == values("# nothing\n") == values("---\n") == []


@pytest.mark.parametrize("text", ["01", "1.50", "0x1F", "1e3", "1.0", ".inf", "yes", "2024-01-14", "1_000", "-0"])
def test_scalars_stay_as_they_are_written(text: str) -> None:
    """A label 01 is not 1, and a version 1.50 is not 1.5."""
    assert values(f"a: {text}\n") == [{"a": text}]


def test_words_of_yaml_are_values_where_they_are_plain() -> None:
    """Plain true, false and null are what they say; in quotes they are text."""
    text = "[true, false, null, ~, 'true', \"null\", !!str true, ! false]"
    assert values(text) == [[True, False, None, None, "true", "null", "true", "false"]]


def test_keys_may_be_anything_written() -> None:
    """Keys are text as written, whatever YAML would make of them."""
    assert values("200: a\ntrue: b\n~: c\n") == [{"200": "a", "true": "b", "~": "c"}]


def test_aliases_stand_for_their_anchors() -> None:
    """An alias is the value of its anchor, of a scalar, a list or a mapping; what came through it has its place."""
    (document,) = load_all("a: &one {x: [y]}\nb: &two hello\nc:\n  - *one\n  - *two\n", "a.yml")
    assert document.value["c"] == [{"x": ["y"]}, "hello"]
    assert document.place(("c", 0, "x", 0)) == Location("a.yml", 4, 5)


def test_an_anchor_can_be_set_anew() -> None:
    """The last anchor of a name above the alias counts, and anchors end with their document."""
    assert values("[&a 1, *a, &a 2, *a]") == [["1", "1", "2", "2"]]
    assert complaints("a: &x 1\n---\nb: *x\n") == ["a.yml:3:4: *x is an alias of nothing above it"]


def test_merge_keys_are_merged() -> None:
    """The mapping's own keys win wherever they stand, then earlier mappings of a list."""
    text = "base: &b {a: 1, b: 1}\nmore: &m {b: 2, c: 2}\none:\n  c: 3\n  <<: [*b, *m]\ntwo: {<<: *m, b: 4}\n"
    (value,) = values(text)
    assert value["one"] == {"a": "1", "b": "1", "c": "3"}
    assert value["two"] == {"b": "4", "c": "2"}
    assert value["base"] == {"a": "1", "b": "1"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: !vault x\n", "a.yml:1:4: !vault is a tag whose meaning only its own tool knows"),
        ("a: !!binary x\n", "a.yml:1:4: tag:yaml.org,2002:binary is a tag whose meaning only its own tool knows"),
        ("a: &x [*x]\n", "a.yml:1:8: *x stands within its own value"),
        ("a: &x {b: {<<: *x}}\n", "a.yml:1:16: *x stands within its own value"),
        ("a: *x\n", "a.yml:1:4: *x is an alias of nothing above it"),
        ("a: &x b\n*x : c\n", "a.yml:2:1: *x is an alias as a key"),
        ("a: {<<: 1}\n", "a.yml:1:5: << is followed by something else than mappings"),
        ("a: {<<: [{b: 1}, c]}\n", "a.yml:1:5: << is followed by something else than mappings"),
        ("a: 1\na: 2\n", "a.yml:2:1: the key a stands here again (first in line 1)"),
        ("a: 1\n---\nb: 1\nb: 2\n", "a.yml:4:1: the key b stands here again (first in line 3)"),
        ("? [a]\n: b\n", "a.yml:1:3: a list or mapping stands where a key belongs"),
    ],
)
def test_what_cannot_be_read_has_its_place(text: str, told: str) -> None:
    """Each thing that has no one meaning is told with line and column."""
    assert complaints(text) == [told]


def test_problems_of_all_documents_come_together() -> None:
    """A problem in the first document does not hide one in the second."""
    assert len(complaints("a: !x 1\n---\nb: !y 1\n")) == 2


def test_a_bomb_of_aliases_is_refused() -> None:
    """Nine lists of nine aliases each stand for more values than anybody could look at."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    (told,) = complaints("\n".join(lines))
    assert told.endswith("stands for more than 400,000 values, aliases written out")


def test_a_bomb_of_merge_keys_is_refused() -> None:
    """The same with mappings that take each other in."""
    lines = ["a0: &a0 {x: 1, y: 2, z: 3}"]
    lines += [f"a{n}: &a{n} {{{', '.join(f'k{i}: {{<<: *a{n - 1}}}' for i in range(9))}}}" for n in range(1, 9)]
    (told,) = complaints("\n".join(lines))
    assert "400,000 values" in told


def test_nesting_through_aliases_is_bounded() -> None:
    """Aliases cannot pile up levels: ten anchors of thirty levels each would be three hundred."""
    lines = ["a0: &a0 " + "[" * 30 + "]" * 30]
    lines += [f"a{n}: &a{n} " + "[" * 30 + f"*a{n - 1}" + "]" * 30 for n in range(1, 10)]
    (told,) = complaints("\n".join(lines))
    assert told.startswith("a.yml:2:") and "nests deeper than 40 levels" in told


def test_an_alias_may_reach_the_deepest_level() -> None:
    """Forty levels are allowed, aliases written out or not."""
    text = "a: &a " + "[" * 20 + "]" * 20 + "\nb: " + "[" * 19 + "*a" + "]" * 19
    assert len(values(text)) == 1
    assert complaints(text.replace("[*a]", "[[*a]]"))


def test_size_is_bounded() -> None:
    """A text of more than four million characters is not looked at."""
    assert complaints("#" * (MAX_CHARACTERS + 1)) == ["a.yml: has more than 4,194,304 characters"]


_scalars = st.sampled_from(["a", "b c", "x: y", "", "null", "1", "[", "é"])
_trees = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abcd"), inner, max_size=4),
    max_leaves=20,
)


@given(st.lists(st.lists(_trees, min_size=1, max_size=3), min_size=1, max_size=3))
def test_what_pyyaml_writes_is_read_back(documents: list[list[Any]]) -> None:
    """PyYAML writes repeated objects as anchors and aliases, and text that looks like something else in quotes."""
    shared = [[*document, document[0]] for document in documents]
    assert values(yaml.safe_dump_all(shared, allow_unicode=True)) == shared


@given(st.text(alphabet="ab&*<>:-[]{}, \n!?'\"", max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    """There is a value or a PreventionError, never another exception, and no value holds itself."""
    try:
        found = values(text)
    except PreventionError:
        return
    assert repr(found).count("...") <= text.count("...")
