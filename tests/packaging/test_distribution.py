"""What is built holds every folder it needs, and works where nothing of the checkout is near."""

import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DATA = ["policies", "schema", "docs/rules", "examples/shop"]
NEVER = shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*_cache", ".hypothesis", "build", "dist", "*.egg-info")

pytestmark = pytest.mark.slow


def run(*command: str | Path, cwd: Path, expected: int = 0) -> str:
    """What a command prints, standard error included; nothing of this test run is in its environment."""
    ours = ("PYTEST_", "COV_", "GIT_", "PYTHONPATH", "PIP_TARGET")
    environment = {key: value for key, value in os.environ.items() if not key.startswith(ours)}
    done = subprocess.run(
        command,
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    assert done.returncode == expected, done.stdout
    return done.stdout


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sources, to build from and to edit."""
    return shutil.copytree(ROOT, tmp_path_factory.mktemp("checkout") / "pytest-prevention", ignore=NEVER)


@pytest.fixture(scope="session")
def wheel(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _build(checkout, tmp_path_factory.mktemp("wheel"), "--wheel", "*.whl")


@pytest.fixture(scope="session")
def sdist(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _build(checkout, tmp_path_factory.mktemp("sdist"), "--sdist", "*.tar.gz")


def _build(source: Path, target: Path, kind: str, pattern: str) -> Path:
    run(sys.executable, "-m", "build", "--no-isolation", kind, "--outdir", target, source, cwd=target)
    [built] = target.glob(pattern)
    return built


def environment(folder: Path) -> Path:
    """A fresh virtual environment with no packages but those that we depend on; the path of its interpreter."""
    run(sys.executable, "-m", "venv", "--without-pip", folder, cwd=folder.parent)
    [packages] = folder.glob("lib/python*/site-packages")
    # a path in a .pth file is searched, but the .pth files in it (such as that of an editable install) are not read
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    return folder / "bin" / "python"


def install(python: Path, *what: str | Path) -> None:
    pip: list[str | Path] = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet"]
    run(*pip, "--no-deps", "--no-index", "--no-build-isolation", "--ignore-installed", *what, cwd=python.parent)


def contents(wheel: Path) -> dict[str, bytes]:
    """The files of a wheel, without its metadata."""
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist() if ".dist-info/" not in name}


def test_the_wheel_holds_the_package_and_its_folders(wheel: Path, checkout: Path) -> None:
    """Every file of them and nothing else: no tests, no benchmarks, no other examples."""
    expected = {
        **_files(checkout / "pytest_prevention", "pytest_prevention"),
        **{
            name: data
            for folder in DATA
            for name, data in _files(checkout / folder, f"pytest_prevention/{folder}").items()
        },
    }
    assert contents(wheel) == expected
    assert {"pytest_prevention/py.typed", "pytest_prevention/examples/shop/tree/.gitignore"} <= expected.keys()


def _files(folder: Path, name: str) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {f"{name}/{path.relative_to(folder).as_posix()}": path.read_bytes() for path in files}


def test_the_sdist_makes_the_same_wheel(sdist: Path, wheel: Path, tmp_path: Path) -> None:
    """Nothing that the wheel needs is missing from it, and it carries the tests and the licence."""
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    [source] = tmp_path.iterdir()
    assert (source / "tests/packaging/test_distribution.py").is_file()
    assert (source / "LICENSE").is_file()
    assert contents(_build(source, tmp_path, "--wheel", "*.whl")) == contents(wheel)


def test_the_installed_wheel_does_the_main_job(wheel: Path, tmp_path: Path) -> None:
    """In an environment of its own: a rule is explained, the demo unpacked, and pytest finds the plugin and judges."""
    python = environment(tmp_path / "environment")
    install(python, wheel)
    prevention = python.with_name("prevention")
    where = "import pytest_prevention; print(pytest_prevention.__file__)"
    assert run(python, "-c", where, cwd=tmp_path).startswith(str(tmp_path))
    assert "test-action-unlinked" in run(prevention, "explain", "PRV201", cwd=tmp_path)
    assert "PRV201" in run(prevention, "demo", "shop", "--run", cwd=tmp_path)


def test_an_editable_install_sees_edits(checkout: Path, tmp_path: Path) -> None:
    """The folders beside the package are found, and as they are now."""
    python = environment(tmp_path / "environment")
    install(python, "--editable", checkout)
    page = checkout / "docs" / "rules" / "PRV201.md"
    text = page.read_text(encoding="utf-8")
    try:
        page.write_text(text + "\nAn edit.\n", encoding="utf-8")
        assert "An edit." in run(python.with_name("prevention"), "explain", "PRV201", cwd=tmp_path)
    finally:
        page.write_text(text, encoding="utf-8")
    for folder in DATA:
        look = f"from pytest_prevention.resources import folder; print([e.name for e in folder({folder!r}).iterdir()])"
        assert "[]" not in run(python, "-c", look, cwd=tmp_path)
    run(python.with_name("prevention"), "demo", "shop", cwd=tmp_path)
