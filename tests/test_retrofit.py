"""The work list of a module: its functions as they are now, and which of them its fixes touched."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path

import pytest
from coverage import CoverageData

from pytest_prevention.cli import main
from pytest_prevention.exceptions import PreventionError
from pytest_prevention.model import Commit, Unavailable
from pytest_prevention.model.retrofit import Function, Unplaced, WorkList
from pytest_prevention.sources.coverage_data import Executed, Measured
from pytest_prevention.sources.retrofit.reader import read_work_list
from pytest_prevention.sources.retrofit.target import write_stubs
from tests.repositories import CLEAN, TIME, git

NO_COVERAGE = Unavailable("no coverage was read", "run with coverage")
PATH = "shop/pricing.py"
SOURCE = """\
import decimal


def total(prices):
    # what the customer pays
    result = sum(prices)

    return result


class Price:
    currency = "EUR"

    def cents(self):
        return 100


LIMIT = 3
"""


class Repository:
    """A repository whose commits are the fixes of one module."""

    def __init__(self, root: Path, *init: str) -> None:
        self.root = root
        self.fixes: list[tuple[Commit, str]] = []
        root.mkdir()
        git(root, "init", "-q", "-b", "main", *init)

    def commit(self, source: str | bytes, path: str = PATH) -> str:
        """One commit that leaves the module like this; its id."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(source.encode() if isinstance(source, str) else source)
        return self.commit_all()

    def commit_all(self) -> str:
        git(self.root, "add", "-A")
        git(self.root, "commit", "-q", "--allow-empty", "-m", "a commit")
        return git(self.root, "rev-parse", "HEAD")

    def fix(self, source: str | bytes, path: str = PATH) -> Commit:
        """The same, and the commit is a fix of the module."""
        return self.fixed(self.commit(source, path), path)

    def fixed(self, commit: str, path: str = PATH) -> Commit:
        fix = Commit(commit, TIME, TIME, 0, "Fix it", "fix")
        self.fixes.insert(0, (fix, path))
        return fix

    def work_list(self, path: str = PATH, measured: Measured | Unavailable = NO_COVERAGE) -> WorkList:
        return read_work_list(self.root, path, self.fixes, measured)

    def touched(self, path: str = PATH) -> dict[str, int]:
        """How many fixes touched the functions that some did."""
        work = self.work_list(path)
        return {function.name: len(function.fixes) for function in work.functions if function.fixes}

    def unplaced(self) -> list[str]:
        return [one.why for one in self.work_list().unplaced]


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "repository")
    made.commit(SOURCE)
    return made


def functions(tmp_path: Path, source: str | bytes) -> dict[str, tuple[int, int, int]]:
    """First line, last line and size of the functions of a module, without any git."""
    (tmp_path / "module.py").write_bytes(source.encode() if isinstance(source, str) else source)
    work = read_work_list(tmp_path, "module.py", Unavailable("no git"), NO_COVERAGE)
    assert work.no_history == Unavailable("no git")
    return {one.name: (one.first_line, one.last_line, one.size) for one in work.functions}


def refused(root: Path, module: str) -> str:
    with pytest.raises(PreventionError) as caught:
        read_work_list(root, module, (), NO_COVERAGE)
    (problem,) = caught.value.problems
    assert problem.hint
    return f"{problem.location} {problem.message}"


# The functions


def test_functions_in_order_of_line(tmp_path: Path) -> None:
    """With their first and last line and their lines of code: no blank line, no comment."""
    assert functions(tmp_path, SOURCE) == {"total": (4, 8, 3), "Price.cents": (14, 15, 2)}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("async def f():\n    await g()\n", {"f": (1, 2, 2)}),
        ("@a\n@b(\n    1,\n)\ndef f():\n    g()\n", {"f": (1, 6, 6)}),
        ("def f():\n    def g():\n        class A:\n            def h(): g()\n    return g\n", {"f": (1, 5, 5)}),
        ("class A:\n    class B:\n        def f(self): g()\n", {"A.B.f": (3, 3, 1)}),
        ('def f():\n    """It says\n    this."""\n    return 1\n', {"f": (1, 4, 2)}),
        ("if x:\n    def f(): g()\nelif y:\n    def g(): g()\nelse:\n    def h(): g()\n", {"f", "g", "h"}),
        ("try:\n    def f(): g()\nexcept E:\n    def g(): g()\nfinally:\n    def h(): g()\n", {"f", "g", "h"}),
        ("with a:\n    for b in c:\n        while d:\n            def f(): g()\n", {"f": (4, 4, 1)}),
        ("match a:\n    case 1:\n        def f(): g()\n", {"f": (3, 3, 1)}),
        ("f = lambda: 1\n", {}),
        ("", {}),
        ("def 변수():\r\n    g()\r\n", {"변수": (1, 2, 2)}),
        ("\ufeffdef f():\n    g()\n", {"f": (1, 2, 2)}),
        ("def f():\n    return '\\d \f \u2028'\n", {"f": (1, 2, 2)}),
    ],
)
def test_what_counts_as_a_function(
    tmp_path: Path, source: str, found: dict[str, tuple[int, int, int]] | set[str]
) -> None:
    """Methods, and what stands in branches; what is defined inside a function is a part of it."""
    assert (functions(tmp_path, source) if isinstance(found, dict) else set(functions(tmp_path, source))) == found


@pytest.mark.parametrize(
    "body",
    [
        "...",
        "pass",
        '"""What it is to do."""',
        "raise NotImplementedError",
        'raise NotImplementedError("later")',
        '"""What it is to do."""\n        ...',
        '"""What it is to do."""\n        raise NotImplementedError',
    ],
)
def test_a_function_without_a_body_is_none_to_test(tmp_path: Path, body: str) -> None:
    """The methods of a protocol, and abstract ones; code beside them is not taken for theirs."""
    source = (
        f"class A(Protocol):\n    @abstractmethod\n    def f(self):\n        {body}\n\n    def g(self):\n        h()\n"
    )
    assert set(functions(tmp_path, source)) == {"A.g"}


@pytest.mark.parametrize(
    "body", ["return NotImplemented", "raise ValueError", "raise", "log()\n    raise NotImplementedError", "return 1"]
)
def test_a_function_that_does_something_is_one(tmp_path: Path, body: str) -> None:
    assert set(functions(tmp_path, f"def f():\n    {body}\n")) == {"f"}


def test_definitions_of_one_name_are_one_function(tmp_path: Path) -> None:
    """Overloads, a property with its setter, one definition per platform."""
    source = "@overload\ndef f(a: int): ...\n\nx = 1\n\n@overload\ndef f(a: str): ...\n\ndef f(a):\n    return a\n"
    assert functions(tmp_path, source) == {"f": (1, 10, 6)}


def test_a_huge_file(tmp_path: Path) -> None:
    """Thousands of functions, and a chain of elif deeper than Python calls itself."""
    chain = "if a == 0: pass\n" + "".join(f"elif a == {number}: pass\n" for number in range(1100))
    source = "".join(f"def f{number}():\n    return {number}\n\n\n" for number in range(5000))
    assert len(functions(tmp_path, chain + source)) == 5000


@pytest.mark.parametrize(
    ("make", "module", "said"),
    [
        (lambda root: None, "gone.py", "gone.py does not exist"),
        (lambda root: (root / "a.py").mkdir(), "a.py", "a.py is a directory, not a file"),
        (lambda root: (root / "a.txt").write_text("a = 1"), "a.txt", "a.txt is not a Python file"),
        (lambda root: (root / "a.py").write_text("a = 1\ndef ("), "a.py", "a.py:2 cannot be parsed: "),
        (lambda root: (root / "a.py").write_bytes(b"a = '\xff'"), "a.py", "a.py:1 cannot be parsed: "),
        (lambda root: (root / "a.py").write_bytes(b"a = 1\0"), "a.py", "a.py"),
        (
            lambda root: (root / "a.py").write_bytes(b"a = 1\nb = 2\rc = 3"),
            "a.py",
            "a.py:2 cannot be parsed: a carriage",
        ),
        (lambda root: (root / "a.py").write_bytes(b"(" * 100_000), "a.py", "a.py"),
        (lambda root: (root / "a.py").write_bytes(b"#" * 9_000_000), "a.py", "a.py is larger than"),
        (lambda root: (root / "a.py").symlink_to("/etc/passwd"), "a.py", "a.py is a symbolic link out of"),
        (lambda root: None, "../a.py", "../a.py does not exist"),
    ],
)
def test_a_module_that_cannot_be_listed(tmp_path: Path, make: Callable[[Path], object], module: str, said: str) -> None:
    """Is one clear error."""
    make(tmp_path)
    assert refused(tmp_path, module).startswith(said)


# What fixes touched


def edited(*changes: tuple[str, str]) -> str:
    source = SOURCE
    for old, new in changes:
        assert old in source
        source = source.replace(old, new)
    return source


@pytest.mark.parametrize(
    ("changes", "touched"),
    [
        ([("sum(prices)", "sum(prices, 0)")], {"total"}),
        ([("what the customer pays", "what they pay")], {"total"}),
        ([("100", "99")], {"Price.cents"}),
        ([("sum(prices)", "0"), ("100", "99")], {"total", "Price.cents"}),
        ([("LIMIT = 3", "LIMIT = 4")], {"<module>"}),
        ([('"EUR"', '"USD"')], {"<module>"}),
        ([("LIMIT = 3", "LIMIT = 4"), ("100", "99")], {"<module>", "Price.cents"}),
        ([("    return result\n", "")], {"total"}),
        ([("    result = sum(prices)\n\n", "")], {"total"}),
        ([("import decimal\n", "")], {"<module>"}),
        ([("\n\nclass Price", "\n# prices\n\nclass Price")], set()),
        ([("def total", "@cached\ndef total")], {"total"}),
        ([("def cents(self):", "async def cents(self):")], {"Price.cents"}),
        ([("LIMIT = 3\n", "def limit():\n    return 3\n")], {"limit"}),
    ],
)
def test_a_fix_touches_the_functions_whose_lines_it_changed(
    repository: Repository, changes: list[tuple[str, str]], touched: set[str]
) -> None:
    """Lines written count where they are, lines only deleted where they were; blank ones outside, nowhere."""
    repository.fix(edited(*changes))
    assert repository.touched() == dict.fromkeys(touched, 1)


def test_lines_count_as_they_were_at_the_fix(repository: Repository) -> None:
    """Whatever was put above them since."""
    first = repository.fix(edited(("100", "99")))
    second = repository.fix(edited(("100", "98")))
    repository.commit("# one\n# two\n# three\n" * 5 + SOURCE)
    (cents,) = (one for one in repository.work_list().functions if one.fixes)
    assert cents == Function(name="Price.cents", first_line=29, last_line=30, size=2, fixes=(second, first))


def test_a_deleted_decorator_belongs_to_its_function(repository: Repository) -> None:
    repository.commit(edited(("def total", "@cached\ndef total")))
    repository.fix(SOURCE)
    assert repository.touched() == {"total": 1}


def test_a_deleted_function_is_not_the_one_above_it(repository: Repository) -> None:
    """What has gone is told by name."""
    repository.commit(edited(("\n\nclass Price", "def old():\n    return 1\n\n\nclass Price")))
    repository.fix(SOURCE)
    assert repository.touched() == {}
    assert repository.unplaced() == ["what it changed has another name now, has no body, or has gone: old"]


def test_a_function_renamed_since(repository: Repository) -> None:
    """Its fix is told, with the name that it had."""
    fix = repository.fix(edited(("sum(prices)", "0")))
    repository.commit(edited(("def total", "def amount")))
    (one,) = repository.work_list().unplaced
    assert (one.fix, one.why) == (fix, "what it changed has another name now, has no body, or has gone: total")


def test_a_function_that_lost_its_body(repository: Repository) -> None:
    """Its fix is told, but of no function."""
    repository.fix(edited(("100", "99")))
    repository.commit(edited(("return 100", "...")))
    assert repository.touched() == {}
    assert repository.unplaced() == ["what it changed has another name now, has no body, or has gone: Price.cents"]


def test_module_level_code_that_has_gone(repository: Repository) -> None:
    """It is no entry without lines."""
    repository.commit("a = 1\n")
    repository.fix("a = 2\n")
    repository.commit("def f():\n    pass\n")
    assert repository.touched() == {}
    assert len(repository.unplaced()) == 1


def test_a_fix_of_comments_touches_no_function(repository: Repository) -> None:
    repository.fix("# prices\n" + SOURCE)
    assert repository.unplaced() == ["it changed no line of code"]


def test_the_first_commit_touches_all_that_it_brings(tmp_path: Path) -> None:
    made = Repository(tmp_path / "repository")
    made.fix(SOURCE)
    assert made.touched() == {"total": 1, "Price.cents": 1, "<module>": 1}


@pytest.mark.parametrize("change", ["", "100"])
def test_a_renamed_file_touches_only_what_it_changed(repository: Repository, change: str) -> None:
    """Not all of it as if it were new."""
    source = edited(("100", "99")) if change else SOURCE
    (repository.root / "shop/prices.py").write_text(source)
    (repository.root / PATH).unlink()
    repository.fixed(repository.commit_all(), "shop/prices.py")
    assert repository.touched("shop/prices.py") == ({"Price.cents": 1} if change else {})


def test_a_fix_under_an_earlier_name(repository: Repository) -> None:
    repository.fix(edited(("100", "99")))
    git(repository.root, "mv", PATH, "shop/prices.py")
    repository.commit_all()
    assert repository.touched("shop/prices.py") == {"Price.cents": 1}


def test_a_fix_from_before_the_module_came_into_the_root(repository: Repository) -> None:
    """Its earlier name is told from the root, and leads out of it."""
    repository.fixed(repository.commit(edited(("sum(prices)", "sum(prices) + 1"))), f"../../{PATH}")
    inside = repository.root / "services/shop"
    inside.mkdir(parents=True)
    git(repository.root, "mv", PATH, "services/shop/prices.py")
    repository.commit_all()
    work = read_work_list(inside, "prices.py", repository.fixes, NO_COVERAGE)
    assert [(function.name, len(function.fixes)) for function in work.functions if function.fixes] == [("total", 1)]
    assert not work.unplaced


def test_a_merge_is_compared_with_its_first_parent(repository: Repository) -> None:
    git(repository.root, "checkout", "-qb", "side")
    repository.commit(edited(("100", "99")))
    git(repository.root, "checkout", "-q", "main")
    repository.commit(edited(("LIMIT = 3", "LIMIT = 4")))
    git(repository.root, "merge", "-q", "--no-edit", "side")
    repository.fixed(git(repository.root, "rev-parse", "HEAD"))
    assert repository.touched() == {"Price.cents": 1}


@pytest.mark.parametrize("broken", [SOURCE + "def (\n", SOURCE + "a = 1\rb = 2\n"])
def test_a_version_that_could_not_be_parsed(repository: Repository, broken: str) -> None:
    """Its fix counts for the module, and it is said why for no function."""
    fix = repository.fix(broken)
    repository.fix(edited(("100", "99")))
    (one,) = repository.work_list().unplaced
    assert one.fix == fix
    assert one.why.startswith("the file could not be parsed then: ")


@pytest.mark.parametrize("broken", ["return (", "return '\0'"])
def test_a_fix_of_a_file_that_could_not_be_parsed_before(repository: Repository, broken: str) -> None:
    """The repaired lines are there to be told, even where git would call the file binary."""
    repository.commit(edited(("return 100", broken)))
    repository.fix(SOURCE)
    assert repository.touched() == {"Price.cents": 1}


def test_a_fix_that_deleted_the_file(repository: Repository) -> None:
    (repository.root / PATH).unlink()
    repository.fixed(repository.commit_all())
    repository.commit(SOURCE)
    assert repository.unplaced() == ["it only deleted the file, or left it as it was"]


def test_a_commit_that_is_not_here(repository: Repository) -> None:
    """Others are told all the same."""
    repository.fix(edited(("100", "99")))
    repository.fixed("0123456789" * 4)
    assert repository.touched() == {"Price.cents": 1}
    assert repository.unplaced()[0].startswith("git cannot read it: ")


def test_the_end_of_a_shallow_clone(repository: Repository, tmp_path: Path) -> None:
    """Its oldest commit did not write everything that it holds."""
    fix = repository.fix(edited(("100", "99")))
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{repository.root}", "clone")
    work = read_work_list(tmp_path / "clone", PATH, [(fix, PATH)], NO_COVERAGE)
    assert [one.why for one in work.unplaced] == ["the shallow clone does not hold what was before it"]
    assert not any(function.fixes for function in work.functions)


def test_a_partial_clone_fetches_nothing(repository: Repository, tmp_path: Path) -> None:
    """What it lacks is said; what it holds is told, whatever else the fix moved."""
    git(repository.root, "config", "uploadpack.allowFilter", "true")
    (repository.root / "old.txt").write_text("old\n" * 50)
    lacking = repository.fix(edited(("100", "97")))
    repository.commit(edited(("100", "99")))
    (repository.root / "old.txt").rename(repository.root / "new.txt")
    (repository.root / "new.txt").write_text("old\n" * 50 + "new\n")
    held = repository.fix(edited(("100", "98")))
    (repository.root / "new.txt").unlink()
    repository.commit(SOURCE)
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--filter=blob:none", f"file://{repository.root}", "clone")
    for commit in (held.id, f"{held.id}^"):
        git(clone, "show", f"{commit}:{PATH}")
    work = read_work_list(clone, PATH, [(held, PATH), (lacking, PATH)], NO_COVERAGE)
    assert [function.fixes for function in work.functions] == [(), (held,)]
    assert work.unplaced == (Unplaced(lacking, "this clone does not hold the file as it was then"),)


def test_a_file_that_was_huge(repository: Repository) -> None:
    repository.fix("#" * 9_000_000 + "\n" + SOURCE)
    repository.commit(SOURCE)
    assert repository.unplaced() == ["the file was larger than 8,388,608 bytes"]


def test_a_repository_of_sha256_ids(tmp_path: Path) -> None:
    made = Repository(tmp_path / "repository", "--object-format=sha256")
    made.commit(SOURCE)
    made.fix(edited(("100", "99")))
    assert made.touched() == {"Price.cents": 1}


@pytest.mark.parametrize(
    "name", [b"a\nb.py", b'a"b.py', b"a\tb.py", b"\xff.py", b"-p.py", b":(glob)*.py", b"::error::.py", b"a b/c.py"]
)
def test_names_that_are_odd(repository: Repository, name: bytes) -> None:
    path = os.fsdecode(name)
    repository.commit(SOURCE, path)
    repository.fix(edited(("100", "99")), path)
    assert repository.touched(path) == {"Price.cents": 1}


def test_a_root_below_the_top_of_the_work_tree(repository: Repository) -> None:
    """Paths are from the root, whatever lies above it."""
    fix = repository.fix(edited(("100", "99")))
    work = read_work_list(repository.root / "shop", "pricing.py", [(fix, "pricing.py")], NO_COVERAGE)
    assert [function.fixes for function in work.functions] == [(), (fix,)]


def test_contents_that_look_like_a_patch(repository: Repository) -> None:
    """Lines of a file are no headers of git's."""
    text = 'TEXT = """\n@@ -1,9 +1,9 @@\ndiff --git a/x b/x\n+++ b/x\n"""\n'
    repository.fix(SOURCE + text)
    assert repository.touched() == {"<module>": 1}


def test_attributes_and_configuration_hide_and_run_nothing(repository: Repository, tmp_path: Path) -> None:
    """A file called binary, converted or shown by a program of the repository's."""
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\n")
    trap.chmod(0o755)
    (repository.root / ".gitattributes").write_text("*.py binary diff=trap\n")
    (repository.root / ".git/info/attributes").write_text("*.py binary diff=trap\n")
    for key in ("diff.trap.textconv", "diff.trap.command", "diff.external"):
        git(repository.root, "config", key, str(trap))
    repository.fix(edited(("100", "99")))
    assert repository.touched() == {"Price.cents": 1}
    assert not (tmp_path / "sprung").exists()
    subprocess.run(["git", "diff", "HEAD^"], cwd=repository.root, env=CLEAN, check=False, capture_output=True)
    assert (tmp_path / "sprung").exists(), "the trap is real"


def test_no_repository(tmp_path: Path) -> None:
    """The list comes all the same, and says why it tells of no fixes."""
    (tmp_path / "a.py").write_text(SOURCE)
    fix = Commit("1" * 40, TIME, TIME, 0)
    work = read_work_list(tmp_path, "a.py", [(fix, "a.py")], NO_COVERAGE)
    assert work.no_history
    assert work.no_history.reason.startswith("no git history here: ")
    assert len(work.functions) == 2


# What tests execute


def covered(tmp_path: Path, source: str, executed: Iterable[int]) -> dict[str, Fraction | None]:
    (tmp_path / "module.py").write_text(source)
    os.utime(tmp_path / "module.py", (1000, 1000))
    measured = Measured({"module.py": Executed(2000.0, frozenset(executed))})
    work = read_work_list(tmp_path, "module.py", (), measured)
    assert work.no_coverage is None
    return {function.name: function.covered for function in work.functions}


@pytest.mark.parametrize(
    ("source", "executed", "share"),
    [
        ("def f():\n    a = 1\n    return a\n", [1], Fraction(0)),
        ("def f():\n    a = 1\n    return a\n", [1, 2], Fraction(1, 2)),
        ("def f():\n    a = 1\n    return a\n", [1, 2, 3], Fraction(1)),
        ("@a\n@b\ndef f(\n    c,\n):\n    return c\n", [1, 2, 3], Fraction(0)),
        ('def f():\n    """It says\n    this."""\n    return 1\n', [1, 4], Fraction(1)),
        ("def f():\n    @a\n    def g():\n        return 1\n    return g\n", [1, 2, 3, 5], Fraction(3, 4)),
        ("def f(): return 1\n", [1], None),
        ("def f(a,\n      b): return 1\n", [1], None),
        ("def f():  # pragma: no cover\n    return 1\n", [1], None),
    ],
)
def test_the_share_of_the_body_that_tests_execute(
    tmp_path: Path, source: str, executed: list[int], share: Fraction | None
) -> None:
    """The head is executed when the function is made: that is no test of it."""
    assert covered(tmp_path, source, executed) == {"f": share}


def test_coverage_that_is_not_known(repository: Repository) -> None:
    """None for every function, and the reason."""
    work = repository.work_list(measured=Measured({"other.py": Executed(2000.0, frozenset({1}))}))
    assert work.no_coverage
    assert work.no_coverage.reason == "no test run has measured shop/pricing.py"
    assert {function.covered for function in work.functions} == {None}


# Where the stubs go


@pytest.mark.parametrize(
    ("ini", "module", "path"),
    [
        ("", "shop/pricing.py", "tests/test_shop_pricing_retrofit.py"),
        ("", "shop/__init__.py", "tests/test_shop_retrofit.py"),
        ("", "__init__.py", "tests/test___init___retrofit.py"),
        ("", "shop/a-b\n☃'.py", "tests/test_shop_a_b__retrofit.py"),
        ("", "src/shop/pricing.py", "tests/test_shop_pricing_retrofit.py"),
        ("", "lib/src/pricing.py", "tests/test_lib_src_pricing_retrofit.py"),
        ("testpaths = checks/unit other", "shop/pricing.py", "checks/unit/test_shop_pricing_retrofit.py"),
        ("testpaths = checks/u*", "shop/pricing.py", "checks/unit/test_shop_pricing_retrofit.py"),
        ("testpaths = checks/test_a.py", "shop/pricing.py", "checks/test_shop_pricing_retrofit.py"),
        ("testpaths = gone", "shop/pricing.py", "tests/test_shop_pricing_retrofit.py"),
        ("testpaths = .", "shop/pricing.py", "tests/test_shop_pricing_retrofit.py"),
    ],
)
def test_where_stubs_are_written(tmp_path: Path, ini: str, module: str, path: str) -> None:
    """Where pytest begins, else in tests/."""
    (tmp_path / "pytest.ini").write_text(f"[pytest]\n{ini}\n")
    (tmp_path / "checks/unit").mkdir(parents=True)
    (tmp_path / "checks/test_a.py").write_text("")
    assert write_stubs(tmp_path, module, "text\n") == path
    assert (tmp_path / path).read_text() == "text\n"


def test_modules_of_one_name_have_stubs_of_their_own(tmp_path: Path) -> None:
    """One test file for each folder's."""
    (tmp_path / "tests").mkdir()
    assert write_stubs(tmp_path, "a/x.py", "a\n") == "tests/test_a_x_retrofit.py"
    assert write_stubs(tmp_path, "b/x.py", "b\n") == "tests/test_b_x_retrofit.py"


def occupied(root: Path) -> None:
    (root / "tests").mkdir()
    (root / "tests/test_a_retrofit.py").write_text("mine")


def linked(root: Path) -> None:
    (root / "tests").mkdir()
    (root / "tests/test_a_retrofit.py").symlink_to("gone.py")


def linked_folder(root: Path) -> None:
    (root.parent / "elsewhere").mkdir()
    (root / "tests").symlink_to(root.parent / "elsewhere")


def a_file(root: Path) -> None:
    (root / "tests").write_text("mine")


def other_files(root: Path) -> None:
    (root / "pytest.ini").write_text("[pytest]\npython_files = check_*.py\n")


def other_functions(root: Path) -> None:
    (root / "pytest.ini").write_text("[pytest]\npython_functions = check\n")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (occupied, "exists already; not written"),
        (linked, "exists already; not written"),
        (linked_folder, "lies outside the repository, by a symbolic link; not written"),
        (a_file, "cannot be written: File exists"),
        (other_files, "is a test file that pytest would not collect; not written"),
        (other_functions, "is a test file that pytest would not collect; not written"),
    ],
)
def test_stubs_that_are_not_written(tmp_path: Path, make: Callable[[Path], None], said: str) -> None:
    """Nothing is overwritten, nor put where it would be forgotten: one clear error, and no file."""
    root = tmp_path / "repository"
    root.mkdir()
    make(root)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(PreventionError) as caught:
        write_stubs(root, "a.py", "text\n")
    (problem,) = caught.value.problems
    assert (str(problem.location), problem.message) == ("tests/test_a_retrofit.py", said)
    assert problem.hint
    assert sorted(tmp_path.rglob("*")) == before
    assert not (root / "tests").is_file() or (root / "tests").read_text() == "mine"


# The command


Out = pytest.CaptureFixture[str]


@pytest.fixture
def project(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """A repository with incidents whose module was fixed under two names; the current directory."""
    (repository.root / "incidents").mkdir()
    (repository.root / "incidents/README.md").write_text("None yet.\n")
    (repository.root / "shop/prices.py").write_text(edited(("100", "99")))
    (repository.root / PATH).unlink()
    git(repository.root, "add", "-A")
    git(repository.root, "commit", "-qm", "Fix the price, and rename the module")
    (repository.root / "shop/prices.py").write_text(edited(("100", "98"), ("sum(prices)", "sum(prices, 0)")))
    git(repository.root, "commit", "-qam", "Fix the total")
    (repository.root / "shop/prices.py").write_text(edited(("sum(prices)", "sum(prices, 0)")))
    git(repository.root, "commit", "-qam", "Back to whole prices")
    monkeypatch.chdir(repository.root)
    return repository


@pytest.mark.usefixtures("project")
def test_the_command_lists(capsys: Out) -> None:
    """Functions with the fixes that history tells of, and what is not known."""
    assert main(["retrofit", "shop/prices.py"]) == 0
    out, err = capsys.readouterr()
    assert [line.split(" (")[0] for line in out.splitlines()[1:4:2]] == ["  1. Price.cents", "  2. total"]
    assert out.count("Fix the total") == 2
    assert "coverage: not known: .coverage does not exist" in out
    assert "written" not in out
    assert err == ""


@pytest.mark.parametrize("module", ["prices.py", "./prices.py", "shop/prices.py", "../shop/prices.py"])
def test_the_module_is_named_from_here_or_from_the_root(
    project: Repository, module: str, monkeypatch: pytest.MonkeyPatch, capsys: Out
) -> None:
    monkeypatch.chdir(project.root / "shop")
    assert main(["retrofit", module]) == 0
    out, _ = capsys.readouterr()
    assert out.startswith("Functions of shop/prices.py ")
    assert "Fix the total" in out


def test_the_command_writes_stubs_once(project: Repository, capsys: Out) -> None:
    assert main(["retrofit", "shop/prices.py", "--write"]) == 0
    out, _ = capsys.readouterr()
    assert out.endswith("\nwritten: tests/test_shop_prices_retrofit.py\n")
    path = project.root / "tests/test_shop_prices_retrofit.py"
    assert path.read_text().count("retrofit: characterize ") == 2
    path.write_text("mine")
    assert main(["retrofit", "shop/prices.py", "--write"]) == 4
    assert "tests/test_shop_prices_retrofit.py: exists already; not written" in capsys.readouterr().err
    assert path.read_text() == "mine"


def test_no_functions_no_stubs(project: Repository, capsys: Out) -> None:
    (project.root / "shop/__init__.py").write_text("")
    assert main(["retrofit", "shop/__init__.py", "--write"]) == 0
    assert capsys.readouterr().out == "No functions to test in shop/__init__.py.\n"
    assert not (project.root / "tests").exists()


@pytest.mark.parametrize(
    ("module", "said"),
    [
        ("shop/gone.py", "shop/gone.py: does not exist"),
        ("shop", "shop: is a directory, not a file"),
        ("../other.py", "../other.py: lies outside the repository"),
        ("/etc/passwd", "/etc/passwd: lies outside the repository"),
        ("incidents/README.md", "incidents/README.md: is not a Python file"),
    ],
)
@pytest.mark.usefixtures("project")
def test_a_bad_module_is_a_usage_error(module: str, said: str, capsys: Out) -> None:
    assert main(["retrofit", module]) == 4
    out, err = capsys.readouterr()
    assert out == ""
    assert f"prevention: {said}" in err


def test_coverage_is_read_from_where_policy_says(project: Repository, capsys: Out) -> None:
    data = CoverageData(basename=str(project.root / "data"))
    data.add_lines({str(project.root / "shop/prices.py"): [1, 4, 6, 8, 11, 12, 14, 18]})
    data.write()
    (project.root / "prevention-policy.yaml").write_text("version: 1\ncoverage: {file: data}\n")
    assert main(["retrofit", "shop/prices.py"]) == 0
    out, _ = capsys.readouterr()
    assert "1. Price.cents (line 14): 2 lines of code, 0 % covered, 2 fixes" in out
    assert "2. total (line 4): 3 lines of code, 100 % covered, 1 fix" in out
    assert "not known" not in out


def test_a_module_that_history_does_not_follow(project: Repository, capsys: Out) -> None:
    """No fixes known is not the same as none."""
    (project.root / "shop/new.py").write_text(SOURCE)
    assert main(["retrofit", "shop/new.py"]) == 0
    out, _ = capsys.readouterr()
    assert "fixes: not known: shop/new.py is no source file that is committed" in out
    assert "0 fixes" not in out


def test_a_shallow_clone_says_so(
    project: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Out
) -> None:
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{project.root}", "clone")
    monkeypatch.chdir(tmp_path / "clone")
    assert main(["retrofit", "shop/prices.py"]) == 0
    out, _ = capsys.readouterr()
    assert "fixes: not known: " in out
    assert "git fetch --shallow-since=" in " ".join(out.split())
