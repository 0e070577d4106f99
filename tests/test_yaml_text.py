"""Reading YAML: what is read, what is refused, and that nothing else ever happens."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from pytest_prevention.exceptions import PreventionError
from pytest_prevention.model import Location, Problem
from pytest_prevention.sources import yaml_plain, yaml_text
from pytest_prevention.sources.yaml_text import MAX_CHARACTERS, MAX_DEPTH, MAX_PROBLEMS, Document, load


def value_of(text: str) -> Any:
    return load(text, "a.yaml").value


def problems_of(text: str) -> tuple[Problem, ...]:
    with pytest.raises(PreventionError) as caught:
        load(text, "a.yaml")
    return caught.value.problems


def the_problem(text: str) -> Problem:
    problems = problems_of(text)
    assert len(problems) == 1, problems
    return problems[0]


@pytest.mark.parametrize(
    "word",
    [
        "yes",
        "no",
        "on",
        "off",
        "Yes",
        "NO",
        "True",
        "FALSE",
        "Null",
        "y",
        "n",
        "nan",
        "inf",
        "2024-01-14",
        "2024-01-14T09:20:00Z",
        "12:30:00",
        "190:20:30",
        "0123",
        "0o17",
        "0x1F",
        "0b11",
        "1_000",
        "1e5",
        "007.5",
        "12345678901234567890",
        "--",
        "=",
        "SEV1",
        "9b1deb4",
        "12e4567",
    ],
)
def test_strings_stay_strings(word: str) -> None:
    """What other readers turn into dates, booleans or odd numbers is the text that was written."""
    assert value_of(f"key: {word}") == {"key": word}


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("0", 0),
        ("-3", -3),
        ("+14", 14),
        ("0.2", 0.2),
        ("-1.5", -1.5),
        ("2.", 2.0),
        ("1.0e3", 1000.0),
    ],
)
def test_few_words_are_values(word: str, value: object) -> None:
    """Booleans, null and plain decimal numbers are the only scalars that are not text."""
    found = value_of(f"key: {word}")["key"]
    assert (type(found), found) == (type(value), value)


def test_quoted_words_are_text() -> None:
    """Quotes make text of anything."""
    assert value_of("""[ "true", '14', "null", "", '~' ]""") == ["true", "14", "null", "", "~"]


def test_block_scalars_are_text() -> None:
    """A folded or literal block is text even where it spells a number."""
    assert value_of("a: |\n  14\nb: >-\n  one\n  two\n") == {"a": "14\n", "b": "one two"}


def test_every_key_and_item_has_its_place() -> None:
    """Places are those of the keys and list items, by path."""
    document = load("a: 1\nb:\n  c: [x, {d: y}]\n  e:\n    - z\n", "p.yaml")
    assert document.value == {"a": 1, "b": {"c": ["x", {"d": "y"}], "e": ["z"]}}
    assert document.places == {
        (): Location("p.yaml", 1, 1),
        ("a",): Location("p.yaml", 1, 1),
        ("b",): Location("p.yaml", 2, 1),
        ("b", "c"): Location("p.yaml", 3, 3),
        ("b", "c", 0): Location("p.yaml", 3, 7),
        ("b", "c", 1): Location("p.yaml", 3, 10),
        ("b", "c", 1, "d"): Location("p.yaml", 3, 11),
        ("b", "e"): Location("p.yaml", 4, 3),
        ("b", "e", 0): Location("p.yaml", 5, 7),
    }


def test_lines_count_from_the_given_first_line() -> None:
    """Front matter that begins on line 2 of its file is reported with the file's lines, values and errors alike."""
    assert load("id: INC-1\ntitle: x\n", "INC-1.md", first_line=2).places["title",] == Location("INC-1.md", 3, 1)
    with pytest.raises(PreventionError) as caught:
        load("id: INC-1\ntitle: x\x07\n", "INC-1.md", first_line=2)
    assert caught.value.problems[0].location == Location("INC-1.md", 3, 9)


def test_the_place_of_what_is_not_there_is_that_of_its_parent() -> None:
    """A missing key is reported where it should stand."""
    document = load("a:\n  b: 1\n", "p.yaml")
    assert document.place(("a", "x", 0)) == document.places["a",]
    assert document.place(("x",)) == document.places[()]


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n", "---\n", "null"])
def test_nothing_is_none(text: str) -> None:
    """A text without content is None, and the root has a place all the same."""
    document = load(text, "p.yaml")
    assert document.value is None
    assert document.places[()].path == "p.yaml"


@pytest.mark.parametrize(
    ("text", "place", "message", "hint"),
    [
        ("a: 1\nb: 2\na: 3\n", "3:1", "the key a stands here again (first in line 1)", "keep one"),
        ("a: {x: 1, x: 2}", "1:11", "the key x stands here again", "keep one"),
        ("a: &name 1", "1:4", "&name is an anchor", "remove it"),
        ("a: *name", "1:4", "*name is an alias", "write the value out"),
        ("*name : 1", "1:1", "*name is an alias", "write the value out"),
        ("a: !!python/object:os.system x", "1:4", "tag:yaml.org,2002:python/object:os.system is a tag", "remove it"),
        ("a: !!str 1", "1:4", "tag:yaml.org,2002:str is a tag", "remove it"),
        ("a: !x [1]", "1:4", "!x is a tag", "remove it"),
        ("a: ! 1", "1:4", "! is a tag", "remove it"),
        ("a: {<<: {b: 1}}", "1:5", "<< is a merge key", "write the keys out"),
        ("404: 1", "1:1", "the key 404 is not text", 'put it in quotes: "404"'),
        ("true: 1", "1:1", "the key true is not text", 'put it in quotes: "true"'),
        ("?\n: 1", "1:2", "the key (nothing) is not text", "put it in quotes"),
        ("? [a]\n: 1", "1:3", "a list or mapping stands where a key belongs", "in quotes"),
        ("a: 1\n---\nb: 2\n", "2:1", "holds a second YAML document", "remove the line ---"),
        ("a: .nan", "1:4", ".nan is not a finite number", "write another number"),
        ("a: -.INF", "1:4", "-.INF is not a finite number", "write another number"),
        ("a: 1.0e999", "1:4", "1.0e999 is not a finite number", "write another number"),
        ("title: a: b", "1:9", "mapping values are not allowed here", "in quotes"),
        ("a:\n\tb: 1", "2:1", "cannot start any token", "blanks, not with tabs"),
        ("a: @b", "1:4", "cannot start any token", "in quotes"),
        ("a: 'x", "1:6", "end of stream", "close the quote"),
        ('a: "\\d"', "1:6", "unknown escape character", "single quotes"),
        ("a: 1\n  b\nc", "3:2", "expected ':'", "key: value"),
        ("- a\nb: 1\n", "2:1", "expected <block end>", "indent this line"),
        ("a: [1, 2\nb: 3\n", "2:2", "expected ',' or ']'", "close the bracket"),
        ("a: !foo!bar x", "1:4", "undefined tag handle", "key: value"),
        ('a: "\\UFFFFFFFF"', "1:7", "an escape that stands for no character", "write the character itself"),
    ],
)
def test_one_clear_error(text: str, place: str, message: str, hint: str) -> None:
    """What makes YAML hard to judge is one error with its place, what is wrong and what to do."""
    problem = the_problem(text)
    assert str(problem.location) == f"a.yaml:{place}"
    assert message in problem.message
    assert hint in problem.hint
    assert problem.kind == "usage"


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x1b", "\x7f", "\x85", "\u2028", "\u202e", "\u2066", "\ud800"])
def test_invisible_characters_are_named_with_their_place(character: str) -> None:
    """A control or direction character is an error, in the source and written as an escape."""
    problem = the_problem(f"a: 1\r\nb: 2\rtitle: Or{character}der")
    assert str(problem.location) == "a.yaml:3:10"
    assert f"U+{ord(character):04X}" in problem.message
    problem = the_problem(f'title: "Or\\u{ord(character):04x}der"')
    assert str(problem.location) == "a.yaml:1:8"
    assert f"U+{ord(character):04X}" in problem.message


def test_text_of_all_scripts_is_read() -> None:
    """Letters and emoji of any script are welcome, and so are the marks that Arabic and Hebrew need."""
    title = "Zürich 注文 \u200fהזמנה\u200e 🧯"
    assert value_of(f"\ufefftitle: {title}\n") == {"title": title}


def test_all_problems_are_told_in_one_run() -> None:
    """Problems behind which reading can go on come together."""
    problems = problems_of("a: 1\na: 2\nb: &x 1\nc: !t 2\n5: 1\n")
    assert [problem.location.line for problem in problems] == [2, 3, 4, 5]


def test_problems_are_bounded() -> None:
    """A file full of one mistake does not fill the screen."""
    assert len(problems_of("{" + "a: 1, " * 1000 + "}")) == MAX_PROBLEMS


def test_the_size_is_bounded() -> None:
    """One character too many is an error; the limit itself is not."""
    assert value_of("#" * MAX_CHARACTERS) is None
    assert "1,048,576 characters" in the_problem("#" * (MAX_CHARACTERS + 1)).message


def test_the_depth_is_bounded() -> None:
    """The deepest nesting allowed is read, one more is an error."""
    assert value_of("[" * MAX_DEPTH + "]" * MAX_DEPTH)
    assert f"deeper than {MAX_DEPTH}" in the_problem("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1)).message


@pytest.mark.parametrize("opening", ["[", "- ", "{a: ", "[{a: "])
def test_deep_nesting_is_one_error(opening: str) -> None:
    """50,000 brackets end at the bound, not in the interpreter's recursion limit."""
    assert f"deeper than {MAX_DEPTH}" in the_problem(opening * 50_000).message


@pytest.mark.parametrize("unit", ["- a\n", "{a}: ", "%A\n", "...\n", "'a', "])
def test_work_is_bounded(unit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """However a text is made up, the number of its words and signs has an end."""
    monkeypatch.setattr(yaml_text.Builder, "max_tokens", 1000)
    text = ("[" if "'" in unit else "a: 1\n" if unit[0] in "%." else "") + unit * 2000
    assert any("words and signs" in problem.message or "key" in problem.message for problem in problems_of(text))


def test_long_keys_do_not_fill_the_message() -> None:
    """What a message quotes is cut."""
    assert len(the_problem("? " + "k" * 5000 + "\n: 1\n? " + "k" * 5000 + "\n: 1\n").message) < 200


SNIPPETS = [
    "a: ",
    "- ",
    "[",
    "]",
    "{",
    "}",
    ", ",
    "? ",
    ": ",
    "&x ",
    "*x ",
    "!t ",
    "<<: ",
    "|\n ",
    ">\n ",
    "'",
    '"',
    "#",
]
SNIPPETS += [
    "\n",
    "\n  ",
    "---\n",
    "...\n",
    "%YAML 1.1\n",
    "\\u202e",
    "\\UFFFFFFFF",
    "\\",
    "1",
    ".nan",
    "true",
    "é",
    "\t",
]


@given(st.one_of(st.text(), st.lists(st.sampled_from(SNIPPETS)).map("".join)))
@example("%YAML " + "9" * 5000 + ".1\n--- a")
@example("a: " + "9" * 5000)
@example("\ufeff\ufeff: a")
@example("? ? ? a")
@example("? a\n")
@example("{a}")
@example("'\\ud800'")
def test_any_text_gives_a_document_or_an_error(text: str) -> None:
    """Whatever the text, it is read or refused with a place; never anything else."""
    try:
        document = load(text, "a.yaml")
    except PreventionError as error:
        assert error.problems
        assert all(problem.location.path == "a.yaml" and problem.message and problem.hint for problem in error.problems)
    else:
        assert isinstance(document, Document)
        assert set(document.places) == set(paths(document.value))


def paths(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, entry in entries for found in paths(entry, (*path, key)))]


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cf", "Zl", "Zp", "Cn"]))
VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(10**17), 10**17),
        st.floats(allow_nan=False, allow_infinity=False),
        TEXTS,
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=4)),
    max_leaves=10,
)


@given(VALUES)
@example({"<<": None})
def test_what_pyyaml_writes_we_read(value: Any) -> None:
    """A plain value that PyYAML writes comes back equal, without aliases and with numbers as decimals."""

    class Plain(yaml.SafeDumper):
        def ignore_aliases(self, data: Any) -> bool:
            return True

    text = yaml.dump(value, Dumper=Plain, allow_unicode=True, sort_keys=False)
    assert load(text, "a.yaml").value == value


def parsed(text: str) -> Document:
    """By PyYAML's parser, however plain the text is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(yaml_plain, "MAX_CHARACTERS", -1)
        return load(text, "a.yaml", first_line=3)


def is_plain(text: str) -> bool:
    try:
        yaml_plain.read_plain(text)
    except yaml_plain.NotPlain:
        return False
    return True


KEYS = st.sampled_from(["id", "title", "a_b", "no", "modules"] * 4 + ["null", "A", "id ", "'id'", "<<"])
PIECES = st.text(alphabet="aZ09 .:,#-+*/_[]{}\"'\\&!|>%@`?~=é\u3042\xa0\t\x85\r", max_size=12)
ORDERLY = st.text(alphabet="aZ09.-:# ", max_size=8).map(lambda text: f"x{text}")
WRITTEN = st.one_of(
    PIECES,
    ORDERLY,
    ORDERLY.map(lambda text: f'"{text}"'),
    st.lists(st.sampled_from(["a", "1", '"b c"', "d/*", "null", '""']), max_size=3).map(
        lambda items: f"[{', '.join(items)}]"
    ),
    st.sampled_from(
        ["null", "true", "~", "0", "-3", "007", "1.5", "1e5", "1.0e999", "+.inf", ".nan", "2024-01-15", "yes"]
    ),
    st.lists(PIECES | st.sampled_from(["src/**", '"src/orders/**"', "3f2c1ab", "a b", "x:y", ""]), max_size=4).map(
        lambda items: f"[{', '.join(items)}]"
    ),
)
LINES = st.builds(
    lambda key, colon, text, end: f"{key}{colon}{text}{end}",
    KEYS,
    st.sampled_from([": ", ": ", ": ", ":", ":  "]),
    WRITTEN,
    st.sampled_from(["", "", "", " ", " # c"]),
)


@given(
    st.lists(
        LINES | LINES | LINES | st.sampled_from(["", "# note: [", "  - a", "- a", "  b: c", "---", "...", " "]),
        max_size=5,
    ).map("\n".join)
)
@example('a: b\n\n# c\nd: [e, "f"]\n')
@example("a: 'b'")
@example("a: b:")
@example("a: b #c")
@example("a: b#c: d")
@example("a: [b: c]")
@example("a: [b,]")
@example("a: [,b]")
@example("a: []")
@example("a: [ ]")
@example("a: [b][c]")
@example('a: ["b","c"]')
@example("a: b\n  c")
@example("a: 1.0e999")
@example("a:\n- b")
@example("a:b: c")
@example("# a\rb: c")
@example("\ufeffa: b")
def test_what_is_read_without_a_parser_is_what_the_parser_reads(text: str) -> None:
    """Values and places are the same; of anything doubtful the parser is asked."""
    if is_plain(text):
        ours, theirs = load(text, "a.yaml", first_line=3), parsed(text)
        assert repr(ours.value) == repr(theirs.value)
        assert ours.places == theirs.places


def test_ordinary_front_matter_needs_no_parser() -> None:
    front = """# yaml-language-server: $schema=../schema/incident.schema.json
id: INC-001
title: Orders with an empty body returned 500: "Bad gateway"
severity: SEV2
detected_at: 2024-01-14T09:00:00+01:00
postmortem_at:
modules: ["src/orders/**", src/api/handlers.py]
fix_commits: []
cause: "input-validation"
"""
    assert not is_plain(front)
    assert is_plain(front.replace(': "Bad gateway"', ""))


@pytest.mark.parametrize("unit", [*' a:#",[]-', "a ", ": ", " #", '",', "a,", ":#"])
def test_the_patterns_do_not_go_back_and_forth(unit: str) -> None:
    """This would take minutes if they did."""
    for end in ("", "a", ":", "]", "\\"):
        is_plain(f"a: b{unit * (19_000 // len(unit))}{end}")
        is_plain(f"a: [{unit * (19_000 // len(unit))}{end}")
