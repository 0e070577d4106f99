"""The commands that README.md tells people to use, and what CI makes of them."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def command(name: str) -> str:
    """The one line of the code block that stands below its marker."""
    [line] = re.findall(rf"^<!-- command: {name} -->\n```sh\n(.*)\n```$", README, re.MULTILINE)
    assert isinstance(line, str)
    return line


def test_two_lines_are_all_the_set_up() -> None:
    """One installs and runs the main job on the demo, one installs and passes the tests."""
    start = "python3 -m venv .venv && .venv/bin/python -m pip install --quiet "
    assert command("demo") == f"{start}. && .venv/bin/prevention demo shop --run"
    assert command("tests") == f"{start}-e '.[dev]' && .venv/bin/python -m pytest -n 2"
    assert re.findall(r"<!-- command: (\w+) -->", README) == ["demo", "tests"]


def test_ci_runs_the_command_of_the_readme() -> None:
    """It takes the line from README.md and has none of its own."""
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "<!-- command: tests -->" in script
    assert "pip install" not in script
    assert "-m pytest" not in script
