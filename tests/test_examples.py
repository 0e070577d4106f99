"""Every example is a small whole repository, and its ``expected/`` files are what the commands print there.

An expected file is a transcript: a line that begins with ``$`` is a command, then come its output and its exit code.
Set PREVENTION_UPDATE_EXPECTED=1 to write them anew; read the difference before you commit it.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_prevention.sources import demo

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "examples"
TRANSCRIPTS = sorted(EXAMPLES.glob("*/expected/*.txt"))


def play(command: str, repository: Path, path: Path | None = None) -> str:
    """One command of a transcript, its output and its exit code; ``path`` is a folder of more packages."""
    program, *arguments = shlex.split(command)
    module = {"prevention": "pytest_prevention", "pytest": "pytest"}[program]
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=repository,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(path or ""),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # no other plugin in the output
            "PYTEST_PLUGINS": "pytest_prevention.plugin",
            "COLUMNS": "80",
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    output = re.sub(r"\bin \d+\.\d\ds\b", "in 0.00s", done.stdout)
    return f"$ {command}\n{output}[exit code {done.returncode}]\n"


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which the third-party plugin is installed."""
    folder = tmp_path_factory.mktemp("acme")
    source = shutil.copytree(EXAMPLES / "third-party-plugin" / "package", folder / "source")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*pip, "--target", folder / "site", source], check=True)
    return folder / "site"


def repository_of(example: Path, target: Path) -> Path:
    """A copy to run in; the demos are unpacked."""
    if example.name in demo.names():
        demo.unpack(example.name, target)
    else:
        shutil.copytree(example / "repo", target)
    return target


def test_every_example_has_a_readme_and_expected_output() -> None:
    """A folder that nobody runs would be no example."""
    folders = {path for path in EXAMPLES.iterdir() if path.is_dir()}
    assert folders == {path.parent.parent for path in TRANSCRIPTS}
    assert all((path / "README.md").is_file() for path in folders - {EXAMPLES / "shop"})


@pytest.mark.parametrize("transcript", TRANSCRIPTS, ids=lambda path: f"{path.parent.parent.name}/{path.name}")
def test_an_example_prints_what_it_promises(transcript: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Word for word, exit codes included."""
    example = transcript.parent.parent
    expected = transcript.read_text(encoding="utf-8")
    if "its rule unit test" in expected and shutil.which("promtool") is None:
        pytest.skip("promtool is not installed")
    repository = repository_of(example, tmp_path / example.name)
    path = request.getfixturevalue("acme") if (example / "package").is_dir() else None
    commands = [line.removeprefix("$ ") for line in expected.splitlines() if line.startswith("$ ")]
    actual = "\n".join(play(command, repository, path) for command in commands)
    if os.environ.get("PREVENTION_UPDATE_EXPECTED"):
        transcript.write_text(actual, encoding="utf-8")
    assert commands
    assert actual == transcript.read_text(encoding="utf-8")


def test_the_page_on_hotspots_shows_what_the_demo_prints() -> None:
    """Word for word."""
    printed = (EXAMPLES / "shop/expected/hotspots.txt").read_text(encoding="utf-8").partition("[exit code")[0].rstrip()
    assert f"```text\n{printed}\n```" in (ROOT / "docs/hotspots.md").read_text(encoding="utf-8")


def test_the_readme_shows_what_the_demo_prints() -> None:
    """Every output in it stands in a transcript, word for word."""
    printed = [path.read_text(encoding="utf-8") for path in (EXAMPLES / "shop/expected").glob("*.txt")]
    shown = re.findall(
        r"^```text\n(.+?)^```$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    assert len(shown) >= 3
    assert [output for output in shown if not any(output in transcript for transcript in printed)] == []


def test_the_gate_of_the_shop_passes_after_pasting_what_it_suggests(tmp_path: Path) -> None:
    """Exit 1 for one reason; one line pasted above the test that was there all along; exit 0."""
    shop = repository_of(EXAMPLES / "shop", tmp_path / "shop")
    before = (EXAMPLES / "shop" / "expected" / "gate.txt").read_text(encoding="utf-8")
    assert before.endswith("[exit code 1]\n")
    assert re.findall(r"^error +(\S+) +(\S+)", before, re.MULTILINE) == [("INC-003#7", "PRV201")]
    assert re.findall(r"^warning +\S+::(\S+) +(\S+)", before, re.MULTILINE) == [
        ("test_an_order_without_items_is_refused", "PRV311"),
        ("test_so_is_anything_else", "PRV312"),
        ("test_a_clear_price_is_read", "PRV313"),
    ]
    [line] = {*re.findall(r'@pytest\.mark\.incident\("INC-003".*\)', before)}

    file = shop / "tests" / "test_payments.py"
    test = "def test_a_late_answer_charges_the_card_once("
    file.write_text(file.read_text(encoding="utf-8").replace(test, f"{line}\n{test}"), encoding="utf-8")

    after = play("pytest --prevention", shop)
    assert after.endswith("[exit code 0]\n"), after


def test_a_fix_taken_back_tells_what_customers_saw_the_last_time(tmp_path: Path) -> None:
    """The failure of a linked test says in its own section which incident it guards against."""
    shop = repository_of(EXAMPLES / "shop", tmp_path / "shop")
    file = shop / "shop" / "pricing.py"
    text = file.read_text(encoding="utf-8")
    fixed = "return max(0, subtotal - self.discount(subtotal))"
    assert fixed in text
    file.write_text(text.replace(fixed, "return subtotal - self.discount(subtotal)"), encoding="utf-8")

    output = play("pytest --incident INC-002", shop)

    assert "guards against" in output
    assert "Vouchers larger than the basket paid money out" in output
    assert "41 customers got a mug and 8 euros" in output
    assert output.endswith("[exit code 1]\n")
