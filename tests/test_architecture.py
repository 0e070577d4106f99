"""The shape of the code, held by the import contracts in pyproject.toml, and of the data folders."""

from pathlib import Path

import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

ROOT = Path(__file__).resolve().parent.parent


def test_imports_go_one_way(capsys: pytest.CaptureFixture[str]) -> None:
    """All contracts of pyproject.toml are kept."""
    status = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True)
    assert status == EXIT_STATUS_SUCCESS, capsys.readouterr().out


@pytest.mark.parametrize("folder", ["policies", "schema", "docs/rules"])
def test_data_folders_hold_data(folder: str) -> None:
    """They move into the package when it is built; code in them would be found in one kind of install only."""
    files = [path for path in (ROOT / folder).rglob("*") if path.is_file()]
    assert files
    assert {path.suffix for path in files} <= {".yaml", ".json", ".md"}
