"""pytest's configuration as we read it, held against what pytest itself makes of the same folder."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path, PurePosixPath

import pytest
from _pytest.pathlib import fnmatch_ex
from hypothesis import given
from hypothesis import strategies as st

from pytest_prevention.exceptions import PreventionError
from pytest_prevention.sources.pytest_config import CollectionRules, read_config

OPTIONS = tuple(field.name for field in fields(CollectionRules) if field.name != "source")

FOLDERS: Mapping[str, Mapping[str, str]] = {
    "no file": {},
    "pytest.ini": {"pytest.ini": "[pytest]\ntestpaths = tests 'odd name'\npython_files = check_*.py\n"},
    "pytest.ini without a section": {"pytest.ini": "", "tox.ini": "[pytest]\npython_files = a.py\n"},
    ".pytest.ini": {".pytest.ini": "[pytest]\npython_classes = *Suite Check\n"},
    "pytest.ini before pyproject": {
        "pytest.ini": "[pytest]\npython_functions = it_*\n",
        "pyproject.toml": "[tool.pytest.ini_options]\npython_functions = ['test']\n",
    },
    "lists over lines": {"pytest.ini": "[pytest]\nnorecursedirs =\n    one\n\n    # not this\n    two three\n"},
    "a blank first": {"pytest.ini": "\n\n# comment\n[pytest]\npython_files : x_*.py\n"},
    "percent and colon": {"tox.ini": "[pytest]\npython_files = %(name)s*.py a:b=c.py\n"},
    "comment in the line": {"tox.ini": "[pytest]\npython_files = a.py # b.py ; c.py\n"},
    "keys in capitals": {"tox.ini": "[pytest]\nPython_Files = a.py\n"},
    "a default section": {"tox.ini": "[DEFAULT]\npython_files = a.py\n[pytest]\n"},
    "quotes": {"tox.ini": '[pytest]\ntestpaths = "a b" c\\ d\n'},
    "windows line ends": {"tox.ini": "[tox]\r\n[pytest]\r\ntestpaths = a\r\n    b\r\n"},
    "tox without pytest": {"tox.ini": "[tox]\nenvlist = py\n", "setup.cfg": "[tool:pytest]\ntestpaths = checks\n"},
    "setup.cfg": {"setup.cfg": "[metadata]\nname = x\n[tool:pytest]\npython_files =\n    a.py\n    b.py\n"},
    "pyproject": {
        "pyproject.toml": "[tool.pytest.ini_options]\ntestpaths = ['a', 'b c']\npython_files = 'x.py y.py'\n"
    },
    "pyproject without pytest": {"pyproject.toml": "[project]\nname = 'x'\n"},
    "pyproject with nothing in it": {
        "pyproject.toml": "[tool.pytest.ini_options]\n",
        "tox.ini": "[pytest]\ntestpaths=a\n",
    },
    "a scalar": {"pyproject.toml": "[tool.pytest.ini_options]\npython_files = 3\n"},
    "carriage returns": {"pyproject.toml": "[tool.pytest.ini_options]\rtestpaths = ['a']\r"},
    "pyproject before tox": {
        "pyproject.toml": "[tool.pytest.ini_options]\ntestpaths = ['a']\n",
        "tox.ini": "[pytest]\ntestpaths = b\n",
    },
}

FOLDERS_SINCE_9: Mapping[str, Mapping[str, str]] = {
    "native toml": {"pyproject.toml": "[tool.pytest]\ntestpaths = ['a', 'b']\npython_classes = ['Suite']\n"},
    "pytest.toml": {
        "pytest.toml": "[pytest]\npython_files = ['c.py']\n",
        "pytest.ini": "[pytest]\npython_files = i.py\n",
    },
    ".pytest.toml": {".pytest.toml": "[pytest]\nnorecursedirs = ['x']\n", "tox.ini": "[pytest]\nnorecursedirs = y\n"},
    "pytest.toml, empty": {"pytest.toml": "", "pytest.ini": "[pytest]\npython_files = i.py\n"},
}
if pytest.version_tuple >= (9, 0):
    FOLDERS = {**FOLDERS, **FOLDERS_SINCE_9}

ASK_PYTEST = """
import json, os, sys
from _pytest.config import get_config

answers = {}
for folder in json.loads(sys.argv[1]):
    os.chdir(folder)
    config = get_config([])
    config.parse([])
    answers[folder] = {name: config.getini(name) for name in json.loads(sys.argv[2])}
    answers[folder]["source"] = config.inipath.name if config.inipath else ""
print(json.dumps(answers))
"""


def write(folder: Path, files: Mapping[str, str]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_bytes(text.encode("utf-8"))
    return folder


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, dict[str, object]]]:
    """Each folder with what pytest's own Config makes of it, all asked in one process."""
    base = tmp_path_factory.mktemp("configs")
    folders = {name: write(base / str(number), files) for number, (name, files) in enumerate(FOLDERS.items())}
    asked = subprocess.run(
        [sys.executable, "-c", ASK_PYTEST, json.dumps(list(map(str, folders.values()))), json.dumps(OPTIONS)],
        env={"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert asked.returncode == 0, asked.stderr
    said = json.loads(asked.stdout)
    return {name: (folder, said[str(folder)]) for name, folder in folders.items()}


@pytest.mark.parametrize("name", FOLDERS)
def test_same_as_pytest(name: str, answers: Mapping[str, tuple[Path, dict[str, object]]]) -> None:
    """We read from every kind of file, in pytest's order of precedence, what pytest reads from it."""
    folder, expected = answers[name]
    ours = read_config(folder)
    assert {option: list(getattr(ours, option)) for option in OPTIONS} == {name: expected[name] for name in OPTIONS}
    assert ours.source == ("" if name == "pyproject without pytest" else expected["source"])


@pytest.mark.parametrize(
    ("files", "place", "message"),
    [
        ({"pytest.ini": "[pytest]\nwhat\n"}, "pytest.ini:2", "unexpected line"),
        ({"tox.ini": "[pytest]\ntestpaths = a\ntestpaths = b\n"}, "tox.ini:3", "duplicate name"),
        ({"tox.ini": "[pytest]\n\npython_files = 'a\n"}, "tox.ini:3", "python_files: No closing quotation"),
        ({"pyproject.toml": "[tool.pytest\n"}, "pyproject.toml:1:13", "is not TOML"),
        ({"pyproject.toml": "a = 1\nx = '"}, "pyproject.toml:2", "is not TOML"),
        ({"pyproject.toml": "tool = 3\n"}, "pyproject.toml:1", "tool is no table"),
        ({"pyproject.toml": "x = " + "[" * 20_000}, "pyproject.toml", "nested too deeply"),
        ({"pytest.toml": "[pytest]\ntestpaths = 'a'\n"}, "pytest.toml:2", "testpaths: must be a list of strings"),
        ({"pyproject.toml": "[tool.pytest.ini_options]\npython_files = [1]\n"}, "pyproject.toml:2", "python_files"),
        (
            {"pyproject.toml": "[tool.pytest]\ntestpaths = []\n[tool.pytest.ini_options]\npython_files = 'a'\n"},
            "pyproject.toml",
            "pytest wants one of them",
        ),
    ],
)
def test_what_cannot_be_read_is_one_error_with_its_line(
    tmp_path: Path, files: Mapping[str, str], place: str, message: str
) -> None:
    """A configuration that pytest would refuse is refused here too, with file, line and what is wrong."""
    with pytest.raises(PreventionError) as caught:
        read_config(write(tmp_path, files))
    (problem,) = caught.value.problems
    assert str(problem.location) == place
    assert message in problem.message


def test_all_bad_values_are_told_at_once(tmp_path: Path) -> None:
    """One run tells every option that cannot be read, not only the first."""
    write(tmp_path, {"pytest.ini": "[pytest]\ntestpaths = 'a\npython_files = 'b\n"})
    with pytest.raises(PreventionError) as caught:
        read_config(tmp_path)
    assert [problem.location.line for problem in caught.value.problems] == [2, 3]


def test_a_line_of_blanks_costs_nothing(tmp_path: Path) -> None:
    """A megabyte of blanks within a line is read in linear time (configparser would need an hour)."""
    write(tmp_path, {"tox.ini": "[pytest]\nx" + " " * 1_000_000 + "=b\ntestpaths = a\n"})
    assert read_config(tmp_path).testpaths == ("a",)


@given(name=st.sampled_from(["pytest.toml", "pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg"]), data=st.data())
def test_any_bytes_are_rules_or_an_error_about_the_file(name: str, data: st.DataObject) -> None:
    """Whatever stands in the file: rules, or an error that names it; never a traceback."""
    head = data.draw(st.sampled_from([b"", b"[pytest]\n", b"[tool.pytest]\n", b"[tool:pytest]\npython_files ="]))
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / name).write_bytes(head + data.draw(st.binary(max_size=60)))
        try:
            rules = read_config(Path(folder))
        except PreventionError as error:
            assert {problem.location.path for problem in error.problems} == {name}
        else:
            assert rules.source in ("", name)


paths = st.lists(st.sampled_from(["tests", "a", "test_a", "b-c", "x"]), min_size=1, max_size=3).map("/".join)
patterns = st.sampled_from(["test_*", "tests/*.py", "*/x.py", "/repo/tests/*", "[ab]*", "tests/**/x*", "*.py", "x.py"])


@given(path=paths, pattern=patterns)
def test_files_match_as_in_pytest(path: str, pattern: str) -> None:
    """Patterns match names, and whole paths where they hold a slash, exactly as pytest matches them."""
    full = PurePosixPath("/repo") / f"{path}.py"
    assert CollectionRules(python_files=(pattern,)).takes_file(full) == fnmatch_ex(pattern, full)


def test_names_match_by_prefix_or_glob() -> None:
    """A word is a prefix; with a wildcard in it, it must match the whole name as well."""
    rules = CollectionRules(python_classes=("Test", "*Suite"), python_functions=("it_?",))
    assert [rules.takes_class(name) for name in ("TestX", "OrderSuite", "OrderSuiteX", "XTest")] == [1, 1, 0, 0]
    assert [rules.takes_function(name) for name in ("it_a", "it_ab", "it_?x")] == [1, 0, 1]
