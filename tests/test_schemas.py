"""The schemas themselves, and how they speak to people."""

from __future__ import annotations

import json
import zoneinfo
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from pytest_prevention import resources
from pytest_prevention.model import Category, Level, Location, Priority, Problem, Rung, Status
from pytest_prevention.sources import schema
from pytest_prevention.sources.backlog.words import Column
from pytest_prevention.sources.policy_file import PRESETS, preset
from pytest_prevention.sources.yaml_text import Document, load

ROOT = Path(__file__).parents[1]
SCHEMAS = sorted(path.name for path in (ROOT / "schema").iterdir())


def read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / "schema" / name).read_text(encoding="utf-8"))
    return found


def subschemas(value: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """A schema and all schemas in it, with their paths."""
    yield path, value
    for keyword in ("properties", "patternProperties", "definitions"):
        for name, inner in value.get(keyword, {}).items():
            yield from subschemas(inner, f"{path}/{keyword}/{name}")
    for keyword in ("items", "additionalProperties"):
        if isinstance(value.get(keyword), dict):
            yield from subschemas(value[keyword], f"{path}/{keyword}")
    for keyword in ("anyOf", "oneOf", "allOf"):
        for index, inner in enumerate(value.get(keyword, [])):
            yield from subschemas(inner, f"{path}/{keyword}/{index}")


@pytest.mark.parametrize("name", SCHEMAS)
def test_schemas_are_draft_07(name: str) -> None:
    """Each schema says that it is draft-07 and is valid by its metaschema, patterns and examples included."""
    whole = read(name)
    assert whole["$schema"] == "http://json-schema.org/draft-07/schema#"
    Draft7Validator.check_schema(whole)
    for path, one in subschemas(whole):
        for example in one.get("examples", []):
            flaws = [
                flaw.message
                for flaw in Draft7Validator({**one, "definitions": whole.get("definitions", {})}).iter_errors(example)
            ]
            assert not flaws, path


@pytest.mark.parametrize("name", SCHEMAS)
def test_no_reference_leaves_its_schema(name: str) -> None:
    """Every $ref points into the same file, and to something that is there."""
    whole = read(name)
    for path, one in subschemas(whole):
        if "$ref" in one:
            assert one["$ref"].startswith("#/definitions/"), path
            assert one["$ref"].removeprefix("#/definitions/") in whole["definitions"], path


@pytest.mark.parametrize(
    "name",
    ["policy.schema.json", "incident.schema.json", "evidence.schema.json", "proofs.schema.json", "trend.schema.json"],
)
def test_every_property_is_described(name: str) -> None:
    """An editor shows what each key is for."""
    for path, one in subschemas(read(name)):
        if path.split("/")[-2:-1] in (["properties"], ["definitions"]):
            assert one.get("description"), path


@pytest.mark.parametrize("name", ["policy.schema.json", "incident.schema.json"])
def test_schemas_for_people_are_closed(name: str) -> None:
    """A typo in a key is found: every mapping says which keys it has."""
    for path, one in subschemas(read(name)):
        if "properties" in one or one.get("type") == "object":
            assert "additionalProperties" in one, path


@pytest.mark.parametrize("name", [*PRESETS, "defaults"])
def test_what_ships_is_valid(name: str) -> None:
    """Presets and defaults are policies, and name the schema for editors."""
    text = resources.text("policies", f"{name}.yaml")
    assert schema.validate(load(text, name), "policy", path=name) == []
    assert text.startswith("# yaml-language-server: $schema=../schema/policy.schema.json\n")


def test_the_defaults_that_editors_show_are_the_ones_that_apply() -> None:
    """A default in the schema is the value of policies/defaults.yaml."""
    tree = preset().tree
    shown = 0
    for path, one in subschemas(read("policy.schema.json")):
        if "default" in one:
            value: Any = tree
            for key in path.split("/properties/")[1:]:
                value = value[key]
            assert value == one["default"], path
            shown += 1
    assert shown > 5


def test_the_words_of_the_policy_are_those_of_the_model() -> None:
    """The schema knows each column, status, priority, category, rung and level, and no others."""
    whole = read("policy.schema.json")
    properties, definitions = whole["properties"], whole["definitions"]
    when = definitions["demand"]["properties"]["when"]["properties"]
    assert list(properties["columns"]["properties"]) == [*Column]
    assert list(properties["statuses"]["properties"]) == when["status"]["items"]["enum"] == [*Status]
    assert when["category"]["items"]["enum"] == [*Category]
    assert list(definitions["rule"]["properties"]["by_priority"]["properties"]) == [*Priority]
    assert when["priority"]["items"]["enum"] == [*Priority]
    assert definitions["rung"]["enum"] == [str(rung) for rung in Rung]
    assert definitions["level"]["enum"] == [str(level) for level in Level]


GOLDEN = sorted((ROOT / "tests" / "data" / "golden" / "case" / "incidents").glob("INC-*.md"))


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_the_golden_incidents_are_valid(path: Path) -> None:
    """The front matter of the worked example fits the incident schema."""
    front = path.read_text(encoding="utf-8").split("---\n")[1]
    assert schema.validate(load(front, path.name, first_line=2), "incident", path=path.name) == []


INCIDENT = "id: INC-001\ntitle: A\nseverity: SEV2\nstatus: active\ndetected_at: 2024-01-14\n"


def incident_problems(text: str) -> list[Problem]:
    return schema.validate(
        load(text, "INC-001.md", first_line=2), "incident", path="INC-001.md", kind="incident-record-invalid"
    )


def test_keys_of_ones_own_and_empty_keys_are_welcome() -> None:
    """x- keys hold anything; an optional key without a value counts as not given."""
    assert incident_problems(INCIDENT + "x-team: {a: [1]}\nfixed_at:\nmodules:\ntrigger:\nrepeat_of:\n") == []


@pytest.mark.parametrize("word", ["INC-001", "SHOP-12", "INC-2024-001", "sec-a1"])
def test_ids_are_a_word_a_dash_and_more(word: str) -> None:
    """Ids of the usual forms are valid."""
    assert incident_problems(INCIDENT.replace("INC-001", word)) == []


@pytest.mark.parametrize("word", ["INC001", "-1", "INC-", "INC 001", "INC-1;", "ÄNC-1", '"INC-1\\n"', '""'])
def test_other_ids_are_not(word: str) -> None:
    """An id can stand in a table cell, a mark and a commit trailer as it is."""
    assert [problem.subject for problem in incident_problems(INCIDENT.replace("INC-001", word))] == ["id"]


def test_problems_come_all_at_once_in_order_of_place() -> None:
    """One pass tells everything, each with place, kind, key path, what is wrong and what was meant."""
    text = 'titel: A\nid: INC-001\nseverity: 2\nstatus: resolvd\nmodules: src/a.py\nfix_commits: [1234567, "xyz"]\n'
    problems = incident_problems(text)
    assert [(str(problem.location), problem.subject) for problem in problems] == [
        ("INC-001.md:2:1", "INC-001.md"),
        ("INC-001.md:2:1", "INC-001.md"),
        ("INC-001.md:2:1", "titel"),
        ("INC-001.md:4:1", "severity"),
        ("INC-001.md:5:1", "status"),
        ("INC-001.md:6:1", "modules"),
        ("INC-001.md:7:15", "fix_commits[0]"),
        ("INC-001.md:7:24", "fix_commits[1]"),
    ]
    assert [problem.message for problem in problems] == [
        "lacks the key detected_at",
        "lacks the key title",
        "has no key titel",
        "severity must be text, but is 2",
        'status must be one of active, mitigated, resolved, closed, but is "resolvd"',
        'modules must be a list, but is "src/a.py"',
        "fix_commits[0] must be text, but is 1234567",
        'fix_commits[1] is not of the right form: "xyz"',
    ]
    assert [problem.hint.split(" for example:")[0] for problem in problems] == [
        "When somebody or something noticed. RFC 3339 with an offset (without one where the policy names a zone).",
        "What happened, in one line.",
        "did you mean title?",
        'put it in quotes: "2"',
        "did you mean resolved?",
        'write a list: ["src/a.py"]',
        'put it in quotes: "1234567"',
        "A commit: 7 to 64 hex digits.",
    ]
    assert {problem.kind for problem in problems} == {"incident-record-invalid"}


@pytest.mark.parametrize(
    ("rule", "value", "message"),
    [
        ({"type": ["string", "null"]}, True, "a must be text, but is true"),
        ({"type": "integer"}, [], "a must be a whole number, but is a list"),
        ({"type": "boolean"}, {}, "a must be true or false, but is a mapping"),
        ({"type": "number"}, None, "a must be a number, but is empty"),
        ({"enum": [1, 2]}, 3, "a must be one of 1, 2, but is 3"),
        ({"const": 1}, 2.5, "a must be 1, but is 2.5"),
        ({"minimum": 1}, 0, "a must be at least 1, but is 0"),
        ({"exclusiveMinimum": 0}, 0, "a must be greater than 0, but is 0"),
        ({"maximum": 1}, 2, "a must be at most 1, but is 2"),
        ({"minLength": 1}, "", "a must not be empty"),
        ({"minLength": 3}, "ab", "a must have at least 3 characters or entries"),
        ({"maxLength": 3}, "abcd", "a has more than 3 characters"),
        ({"maxItems": 1}, [1, 2], "a has more than 1 entries"),
        ({"maxProperties": 1}, {"x": 1, "y": 2}, "a must have at most 1 of these keys"),
        ({"uniqueItems": True}, [1, 1], "a names an entry twice"),
        ({"pattern": "^x$"}, "y" * 500, f'a is not of the right form: "{"y" * 59}…"'),
        ({"not": {}}, 1, "a is not what belongs here: 1 should not be valid under {}"),
    ],
)
def test_messages_say_what_must_be_and_what_is(
    rule: dict[str, Any], value: object, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each keyword has its words; what they quote is cut."""
    text = json.dumps({"properties": {"a": {"description": "What a is for.", **rule}}})
    monkeypatch.setattr(resources, "text", lambda folder, file: text)
    schema._validator.cache_clear()
    problems = schema.validate(Document({"a": value}, {}), "any", path="x.json")
    schema._validator.cache_clear()
    assert [problem.message for problem in problems] == [message]
    assert problems[0].location == Location("x.json")
    assert problems[0].hint


def test_a_document_full_of_mistakes_is_told_in_part() -> None:
    """No more than a hundred problems of one document."""
    for text in ("".join(f"k{n}: 1\n" for n in range(150)), "paths: {tests: [" + "1, " * 150 + "]}"):
        assert len(schema.validate(load(text, "p.yaml"), "policy", path="p.yaml")) == schema.MAX_PROBLEMS


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_nothing_is_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reference to another file is not followed, even where that file is there."""
    (tmp_path / "x.json").write_text("true")
    text = json.dumps({"properties": {"a": {"$ref": (tmp_path / "x.json").as_uri()}}})
    monkeypatch.setattr(resources, "text", lambda folder, file: text)
    schema._validator.cache_clear()
    with pytest.raises(Exception, match="Unresolvable"):
        schema.validate(Document({"a": 1}, {}), "any", path="x.json")
    schema._validator.cache_clear()


def test_a_zone_that_is_a_folder_is_no_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the tzdata package ZoneInfo("Europe") tries to open a folder; that is a typo like others."""

    def folder(key: str) -> None:
        raise IsADirectoryError(key)

    monkeypatch.setattr(zoneinfo, "ZoneInfo", folder)
    document = load("observation: {timezone: Europe}", "p.yaml")
    problems = schema.validate(document, "policy", path="p.yaml")
    assert [problem.message for problem in problems] == ['observation.timezone must be a time zone, but is "Europe"']
