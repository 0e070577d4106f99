"""``prevention hotspots``: what it says of the demo, of any commit, and where it cannot say anything."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from pytest_prevention.cli import main
from pytest_prevention.sources import demo
from tests.repositories import git

SCHEMA = json.loads((Path(__file__).parents[1] / "schema/hotspots.schema.json").read_text(encoding="utf-8"))
PLANTED, BUSY = "shop/payments.py", "shop/shipping.py"

Out = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo; not to be changed."""
    target = tmp_path_factory.mktemp("demo") / "shop"
    demo.unpack("shop", target)
    return target


@pytest.fixture
def shop(original: Path, tmp_path: Path) -> Path:
    """The demo, to be changed."""
    return shutil.copytree(original, tmp_path / "shop")


def call(*arguments: str | Path) -> int:
    return main([str(argument) for argument in arguments])


def told(root: Path, out: Out, *arguments: str) -> str:
    """What the command prints; it must succeed."""
    assert call("hotspots", "--root", root, *arguments) == 0
    return out.readouterr().out


def data(root: Path, out: Out, *arguments: str) -> dict[str, Any]:
    """Its JSON, which fits its schema."""
    found: dict[str, Any] = json.loads(told(root, out, "--format", "json", *arguments))
    Draft7Validator(SCHEMA).validate(found)
    return found


def committed_at(root: Path) -> int:
    """When HEAD was committed."""
    return int(git(root, "log", "-1", "--format=%ct"))


def test_the_module_that_breaks_is_flagged_and_the_busy_one_is_not(original: Path, capsys: Out) -> None:
    """Nineteen commits without a fix are no hotspot; fifteen with ten fixes are."""
    modules = {module["path"]: module for module in data(original, capsys)["modules"]}
    assert [path for path, module in modules.items() if module["flagged"]] == [PLANTED]
    assert modules[PLANTED]["fixes_12m"] == len(modules[PLANTED]["fixes"]) == 10
    assert modules[PLANTED]["earlier_names"] == ["shop/cards.py"]
    assert modules[PLANTED]["incidents"] == ["INC-003"]
    assert "Retrofit tests for shop/payments.py" in modules[PLANTED]["next_step"]
    assert (modules[BUSY]["commits"], modules[BUSY]["fixes_12m"], modules[BUSY]["flagged"]) == (19, 0, False)
    assert sorted(modules.values(), key=lambda one: -one["probability"]) == list(modules.values())


def test_every_format_says_the_same(original: Path, capsys: Out, tmp_path: Path) -> None:
    """By its name, by its older name, and by the suffix of the file."""
    text = told(original, capsys)
    assert text == told(original, capsys, "--format", "terminal") == told(original, capsys, "--format", "txt")
    assert f"{PLANTED}  breaks repeatedly" in text
    page = told(original, capsys, "--format", "markdown")
    assert f"### `{PLANTED}` breaks repeatedly" in page
    told(original, capsys, "--output", str(tmp_path / "page.md"))
    assert (tmp_path / "page.md").read_text(encoding="utf-8") == page


def test_the_backtest_stands_in_every_answer_and_the_table_on_request(original: Path, capsys: Out) -> None:
    """The demo is too small to beat file size, and says so in the same line."""
    text = told(original, capsys)
    assert "2 modules named 6 months ago (2024-09-18), 1 fixed since; chance 1.0" in text
    assert "no better than file size" in text
    assert "Calibration" not in text
    assert "Calibration" in told(original, capsys, "--backtest")
    tested = data(original, capsys, "--backtest")["backtest"]
    assert sum(step["modules"] for step in tested["calibration"]) == tested["pool"] == 8


def test_top_limits_what_is_shown(original: Path, capsys: Out) -> None:
    """And says how much it leaves out."""
    assert [module["path"] for module in data(original, capsys, "--top", "2")["modules"]] == [PLANTED, BUSY]
    assert "and 6 more" in told(original, capsys, "--top", "2")


@pytest.mark.parametrize("number", ["0", "-1", "many"])
def test_top_is_a_number(original: Path, number: str) -> None:
    with pytest.raises(SystemExit) as stop:
        call("hotspots", "--root", original, "--top", number)
    assert stop.value.code == 4


@pytest.mark.parametrize("back", [0, 3, 20, 40])
@pytest.mark.parametrize("shape", ["terminal", "json", "markdown"])
def test_an_old_answer_comes_out_again_to_the_byte(
    original: Path, shop: Path, back: int, shape: str, capsys: Out
) -> None:
    """Records, policy and tests of today do not colour it: it is the answer that a checkout of that commit gives."""
    revision = git(original, "rev-parse", f"HEAD~{back}")
    git(shop, "checkout", "-q", "--detach", revision)
    then = told(shop, capsys, "--format", shape)
    assert told(original, capsys, "--format", shape, "--as-of", revision) == then
    assert told(original, capsys, "--format", shape, "--as-of", f"main~{back}") == then


def test_a_date_means_the_newest_commit_up_to_its_end(original: Path, capsys: Out) -> None:
    """A stamp means that moment. The answer stands for the commit, so it is the same until the next one."""
    newest = git(original, "log", "-1", "--format=%cs", "HEAD~3")
    by_commit = told(original, capsys, "--as-of", "HEAD~3")
    assert told(original, capsys, "--as-of", newest) == by_commit
    assert told(original, capsys, "--as-of", f"{newest}T23:59:59Z") == by_commit
    assert told(original, capsys, "--as-of", f"{newest}T00:00:00Z") != by_commit


@pytest.mark.parametrize(
    ("as_of", "why"),
    [
        ("nonsense", "names no commit here"),
        ("1999-01-01", "no commit is as old"),
        ("2024-13-01", "is not in the calendar"),
        ("2024-12-01-release", "names no commit here"),
        ("--all", ""),
        ("HEAD@{1}", "no revision that is understood"),
        ("HEAD:shop", "no revision that is understood"),
    ],
)
def test_a_commit_that_is_none_is_a_usage_error(original: Path, as_of: str, why: str, capsys: Out) -> None:
    assert call("hotspots", "--root", original, f"--as-of={as_of}") == 4
    assert why in capsys.readouterr().err


def test_what_is_not_committed_does_not_count(shop: Path, capsys: Out) -> None:
    """The history is that of HEAD, and so is the size of its files."""
    before = told(shop, capsys)
    (shop / PLANTED).write_text("# a draft\n" * 5000, encoding="utf-8")
    assert told(shop, capsys) == before


def test_a_shallow_clone_cannot_be_judged(original: Path, tmp_path: Path, capsys: Out) -> None:
    """It says how far it reaches, and how to get the rest; with the rest it is judged as the whole."""
    clone = tmp_path / "shop"
    git(tmp_path, "clone", "-q", "--depth=1", original.as_uri(), str(clone))
    for shape in ("terminal", "json"):
        assert call("hotspots", "--root", clone, "--format", shape) == 5
        said = capsys.readouterr()
        assert said.out == ""
        assert (
            "could not judge: history reaches back 0 days of 1095; use fetch-depth: 0 or --shallow-since=" in said.err
        )
    git(clone, "fetch", "-q", "--unshallow")
    assert told(clone, capsys) == told(original, capsys)


def test_what_a_shallow_clone_may_lack_cannot_be_judged_either(original: Path, tmp_path: Path, capsys: Out) -> None:
    """The commit may be there in the whole repository: that is no mistake of whoever asks."""
    clone = tmp_path / "shop"
    git(tmp_path, "clone", "-q", "--depth=3", original.as_uri(), str(clone))
    for as_of in ("HEAD~30", "2024-01-01"):
        assert call("hotspots", "--root", clone, "--as-of", as_of) == 5
        assert "could not judge" in capsys.readouterr().err


def test_a_partial_clone_says_which_file_of_then_it_lacks(shop: Path, tmp_path: Path, capsys: Out) -> None:
    """A policy that is not here would otherwise be read as one that nobody wrote."""
    policy = shop / "prevention-policy.yaml"
    policy.write_text(policy.read_text(encoding="utf-8") + "thresholds: {hotspot_fixes: 99}\n", encoding="utf-8")
    git(shop, "commit", "-qam", "Strict", at=committed_at(shop))
    assert "No module is flagged" in told(shop, capsys)
    git(shop, "revert", "--no-edit", "HEAD", at=committed_at(shop))
    git(shop, "config", "uploadpack.allowFilter", "true")
    clone = tmp_path / "clone" / "shop"
    git(tmp_path, "clone", "-q", "--filter=blob:none", shop.as_uri(), str(clone))
    assert call("hotspots", "--root", clone, "--as-of", "HEAD~1") == 5
    assert "lacks prevention-policy.yaml of that commit" in capsys.readouterr().err


def test_without_git_nothing_can_be_judged(tmp_path: Path, capsys: Out) -> None:
    """Neither without a repository nor without a commit."""
    assert call("hotspots", "--root", tmp_path) == 5
    assert "could not judge: no git history here" in capsys.readouterr().err
    assert call("hotspots", "--root", tmp_path, "--as-of", "HEAD") == 5
    assert "could not judge: no git history here" in capsys.readouterr().err
    git(tmp_path, "init", "-q")
    assert call("hotspots", "--root", tmp_path) == 5
    assert "could not judge: no git history here: HEAD is no commit" in capsys.readouterr().err


def test_any_repository_will_do(shop: Path, capsys: Out) -> None:
    """Without incidents nothing is known of guards, and ordinary fixes still are."""
    git(shop, "rm", "-rq", "incidents", "prevention-policy.yaml")
    git(shop, "commit", "-qm", "No records", at=committed_at(shop))
    [flagged] = [module for module in data(shop, capsys)["modules"] if module["flagged"]]
    assert (flagged["path"], flagged["fixes_12m"], flagged["incidents"]) == (PLANTED, 8, [])


def test_a_project_in_a_folder_of_a_repository_is_looked_at_alone(original: Path, tmp_path: Path, capsys: Out) -> None:
    """Paths begin at the project, whose records name them so."""
    mono = tmp_path / "mono"
    git(tmp_path, "clone", "-q", str(original), str(mono))
    (mono / "services/shop").mkdir(parents=True)
    for name in git(mono, "ls-tree", "--name-only", "HEAD").splitlines():
        git(mono, "mv", name, "services/shop/")
    (mono / "other.py").write_text("x = 1\n")
    git(mono, "add", "-A")
    git(mono, "commit", "-qm", "Move into the monorepo", at=committed_at(original))
    paths = [module["path"] for module in data(mono / "services/shop", capsys)["modules"]]
    assert PLANTED in paths
    assert "other.py" not in paths
    assert told(mono / "services/shop", capsys, "--as-of", "HEAD") == told(mono / "services/shop", capsys)


def test_unreadable_records_are_told_and_end_it(shop: Path, capsys: Out) -> None:
    """Fixes named in a record that cannot be read would be missing from the answer."""
    (shop / "prevention-policy.yaml").write_text("version: 1\nhistory: {fix_words: fix}\n", encoding="utf-8")
    assert call("hotspots", "--root", shop) == 4
    assert "prevention-policy.yaml:2:" in capsys.readouterr().err
