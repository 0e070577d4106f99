"""The work list as people read it, and the test stubs that are made of it."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_prevention.model import Commit, Unavailable
from pytest_prevention.model.retrofit import Function, Unplaced, WorkList
from pytest_prevention.reporters.layout import WIDTH, columns
from pytest_prevention.reporters.retrofit import most_urgent, stubs_text, work_list_text
from pytest_prevention.reporters.safe import safe
from tests.reporters.approved import assert_approved

HOSTILE = 'a\n"""\\N\'\x1b[31m::error::\u202e\udcff{0}%s.py'


def fix(number: int, subject: str = "Fix the rounding of prices in more than one currency") -> Commit:
    at = 1_700_000_000 + number * 86_400
    return Commit(f"{number:040x}"[::-1], at, at, 0, subject, "fix")


def function(name: str, fixes: int = 0, *, size: int = 10, covered: Fraction | None = None, line: int = 1) -> Function:
    return Function(
        name=name,
        first_line=line,
        last_line=line + size,
        size=size,
        covered=covered,
        fixes=tuple(fix(number) for number in range(fixes, 0, -1)),
    )


def work(*functions: Function, module: str = "shop/pricing.py") -> WorkList:
    return WorkList(module=module, functions=functions)


SAMPLE = WorkList(
    module="shop/pricing.py",
    functions=(
        function("total", 2, size=34, covered=Fraction(1, 3), line=12),
        function("Price.__init__", covered=Fraction(1), size=4, line=50),
        function("Price.in_the_currency_of_the_customer", 1, covered=Fraction(0), line=60),
        function("one_line", covered=None, size=1, line=80),
        function("<module>", 1, size=8, covered=None),
    ),
    unplaced=(
        Unplaced(fix(7), "what it changed has another name now, has no body, or has gone: amount, amount_with_tax"),
        Unplaced(fix(3, "Fix"), "the file could not be parsed then: invalid syntax"),
    ),
)
UNKNOWN = WorkList(
    module="shop/pricing.py",
    functions=(function("total", size=34), function("rounded", size=40)),
    no_coverage=Unavailable(".coverage does not exist", "run the tests with coverage: pytest --cov=. --cov-report="),
    no_history=Unavailable("history reaches back 12 days of 1,095", "git fetch --unshallow"),
)


@pytest.mark.parametrize(("sample", "name"), [(SAMPLE, "retrofit.txt"), (UNKNOWN, "retrofit-unknown.txt")])
def test_the_list(sample: WorkList, name: str) -> None:
    """Rank, function, line, size, coverage and fixes; what is not known is said once, with what to do about it."""
    assert_approved(work_list_text(sample), name)


def test_the_stubs() -> None:
    assert_approved(stubs_text(SAMPLE), "retrofit-stubs.txt")


def test_no_functions() -> None:
    assert work_list_text(work()) == "No functions to test in shop/pricing.py.\n"


def test_the_order() -> None:
    """First what no test executes, then what was fixed more often, then what is larger, then what stands higher."""
    first = [
        function("f1", 5, covered=Fraction(0)),
        function("f2", 1, covered=Fraction(0), size=90),
        function("f3", 1, covered=Fraction(0), size=20),
        function("f4", 0, covered=Fraction(0), size=99),
    ]
    part = [function("p1", 9, covered=Fraction(9, 10)), function("p2", 8), function("p3", 7, covered=Fraction(1, 10))]
    last = [function("l1", 9, covered=Fraction(1), line=3), function("l2", 9, covered=Fraction(1), line=5)]
    expected = [*first, *part, *last]
    assert most_urgent(work(*reversed(expected))) == expected


def test_a_long_list_is_cut_and_counted() -> None:
    """The list and the stubs at the same place."""
    many = work(*(function(f"f{number}", size=1000 - number) for number in range(63)))
    *_, last, rest = work_list_text(many).splitlines()
    assert last == " 20. f19 (line 1): 981 lines of code, coverage cannot be told, 0 fixes"
    assert rest == "  and 43 more"
    assert stubs_text(many).count("def test_") == 20
    fixes = WorkList(module="a.py", functions=(), unplaced=tuple(Unplaced(fix(number), "why") for number in range(9)))
    assert work_list_text(fixes).count("why") == 5
    assert work_list_text(fixes).endswith("  and 4 more\n")


NAMES = st.sampled_from(["<module>", "A.b", "a_b", "a.b", "_", "__", "Ab", "\u212a", "\ufb01", "हिन्दी", "İ"]) | st.text(
    min_size=1, max_size=6
).filter(str.isidentifier)
TEXTS = st.one_of(st.text(max_size=12), st.sampled_from([HOSTILE, '"', "'", "\"'\\"]))


@given(st.lists(NAMES, max_size=8), TEXTS, TEXTS)
def test_nothing_in_the_list_acts(names: list[str], module: str, subject: str) -> None:
    """Whatever a path, a name or a subject holds; and no line is wider than a terminal unless one word of it is."""
    functions = tuple(
        Function(name=name, first_line=1, last_line=2, size=1, fixes=(fix(1, subject),)) for name in names
    )
    gap = Unavailable(subject, subject)
    text = work_list_text(
        WorkList(
            module=module,
            functions=functions,
            unplaced=(Unplaced(fix(2, subject), subject),),
            no_coverage=gap,
            no_history=gap,
        )
    )
    for line in text.splitlines():
        assert safe(line) == line
        assert columns(line) <= WIDTH or " " not in line.strip(" ")
    text.encode()


@given(st.lists(NAMES, max_size=8, unique=True), TEXTS)
def test_stubs_are_python(names: list[str], module: str) -> None:
    """One test of its own per function, skipped with its name and place; whatever a path or a name holds."""
    functions = [function(name, line=number) for number, name in enumerate(names, start=1)]
    text = stubs_text(work(*functions, module=module))
    tree = ast.parse(text.encode())
    tests = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    assert max(Counter(node.name for node in tests).values(), default=1) == 1, "ast gives normalized names"
    assert all(node.name.startswith("test_") for node in tests)
    reasons = [ast.literal_eval(node.decorator_list[0].keywords[0].value) for node in tests]  # type: ignore[attr-defined]
    assert reasons == [
        f"retrofit: characterize {safe(name)} ({safe(module)}:{line})" for line, name in enumerate(names, start=1)
    ]
    docstring = ast.get_docstring(tree)
    assert docstring
    assert f"tests of {safe(module)}: what" in docstring
    assert len(tree.body) == 2 + len(names)


@pytest.mark.parametrize("width", [79, 88, 120])
@pytest.mark.parametrize("module", ["shop/pricing.py", "a'b.py", 'a"b.py', HOSTILE])
def test_stubs_are_formatted(width: int, module: str) -> None:
    """As formatters write them, at any line length."""
    text = stubs_text(WorkList(module=module, functions=SAMPLE.functions))
    command = [sys.executable, "-m", "ruff", "format", "--isolated", f"--line-length={width}", "--diff", "-"]
    done = subprocess.run(command, input=text.encode(), capture_output=True, check=False)
    assert (done.returncode, done.stdout.decode()) == (0, "")


def test_stubs_are_skipped_and_never_pass(pytester: pytest.Pytester) -> None:
    """They are collected and skipped with their reason; with the skip taken away they fail."""
    text = stubs_text(SAMPLE)
    pytester.makepyfile(test_stubs=text)
    result = pytester.runpytest_inprocess("-rs", "--strict-markers")
    result.assert_outcomes(skipped=5)
    result.stdout.fnmatch_lines(["*retrofit: characterize Price.__init__ (shop/pricing.py:50)*"])
    pytester.makepyfile(
        test_stubs="\n".join(line for line in text.splitlines() if line[:1] not in "@)" and "reason=" not in line)
    )
    pytester.runpytest_inprocess().assert_outcomes(failed=5)
