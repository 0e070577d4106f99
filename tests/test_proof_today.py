"""Where the lines of a fix stand today: real histories, read back as the text of the lines."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_prevention.model import FixedLines, Unavailable
from pytest_prevention.sources.proof.places import fixed_files
from pytest_prevention.sources.proof.today import read_fixes
from tests.histories import Files, Writer, writing
from tests.records import STANDARD
from tests.repositories import git

API = "shop/api.py"
BROKEN = '''\
"""Orders as they come in."""
import json

LIMIT = 10


def parsed(body):
    """What a customer sent."""
    data = json.loads(body)
    return data["lines"]


def total(lines):
    prices = [line["price"] for line in lines]
    return sum(prices)
'''
FIXED = BROKEN.replace(
    "    data = json.loads(body)\n",
    """\
    # nothing is no order
    if not body:

        raise ValueError("an order without a body is no order")
    data = json.loads(body)
""",
)
GUARD = ["if not body:", 'raise ValueError("an order without a body is no order")']


def history(folder: Path, write: Callable[[Writer], list[str]]) -> list[str]:
    """A repository checked out, made by ``write``; the fix commits that it tells."""
    with writing(folder) as writer:
        fix = write(writer)
    git(folder, "reset", "-q", "--hard", "main")
    return fix


def fixed_then(*later: Files) -> Callable[[Writer], list[str]]:
    """The fix of one file, then these commits."""

    def write(writer: Writer) -> list[str]:
        writer.commit({API: BROKEN, "shop/__init__.py": ""})
        fix = writer.commit({API: FIXED})
        for files in later:
            writer.commit(files)
        return [fix]

    return write


def told(folder: Path, commits: list[str]) -> FixedLines | Unavailable:
    return read_fixes(folder, STANDARD, {"INC-001": commits})["INC-001"]


def lines(folder: Path, commits: list[str]) -> dict[str, list[str]]:
    """The text of the lines of a fix, by file. Each file is among those that a run would measure."""
    found = told(folder, commits)
    assert isinstance(found, FixedLines), found
    assert found.lines.keys() <= set(fixed_files(folder, STANDARD, {"INC-001": commits}))
    texts = {path: (folder / path).read_text().split("\n") for path in found.lines}
    return {path: [texts[path][line - 1].strip() for line in sorted(numbers)] for path, numbers in found.lines.items()}


def test_what_the_fix_wrote(tmp_path: Path) -> None:
    """Its statements, not its comments and blank lines, nor what stood there before."""
    fix = history(tmp_path / "r", fixed_then())
    assert lines(tmp_path / "r", fix) == {API: GUARD}


MOVED_DOWN = FIXED.replace("def parsed", "def other():\n    return LIMIT\n\n\ndef parsed")
INDENTED = MOVED_DOWN.replace("    if not body:", "    if LIMIT:\n      if not body:").replace(
    "\n\n        raise", "\n        raise"
)
BELOW = (
    BROKEN.replace('    data = json.loads(body)\n    return data["lines"]\n', "    return checked(body)\n")
    + """

def checked(body):
    # nothing is no order
    if not body:

        raise ValueError("an order without a body is no order")
    data = json.loads(body)
    return data["lines"]
"""
)


@pytest.mark.parametrize("now", [MOVED_DOWN, INDENTED, BELOW], ids=["moved down", "indented", "moved in the file"])
def test_lines_are_followed_inside_their_file(tmp_path: Path, now: str) -> None:
    """Other lines above them, another indentation, another function: they are the same lines."""
    fix = history(tmp_path / "r", fixed_then({API: now}))
    assert lines(tmp_path / "r", fix) == {API: GUARD}


def test_lines_are_followed_across_their_file(tmp_path: Path) -> None:
    """Where two functions change places, git calls one of them new, and blame must not."""
    start, between = FIXED.index("def parsed"), FIXED.index("def total")
    head, parsed, total = FIXED[:start], FIXED[start:between], FIXED[between:] + "    # the end\n" * 20
    swapped = f"{head}{total}\n\n{parsed}"
    fix = history(tmp_path / "r", fixed_then({API: head + parsed + total}, {API: swapped}))
    assert lines(tmp_path / "r", fix) == {API: GUARD}


def test_lines_are_followed_through_renames(tmp_path: Path) -> None:
    """A file that was renamed twice, and changed in between."""
    names: list[Files] = [{API: None, "shop/http.py": FIXED}, {"shop/http.py": MOVED_DOWN}]
    names.append({"shop/http.py": None, "shop/web/http.py": MOVED_DOWN})
    fix = history(tmp_path / "r", fixed_then(*names))
    assert lines(tmp_path / "r", fix) == {"shop/web/http.py": GUARD}


def test_a_new_file_of_the_old_name_does_not_hide_a_rename(tmp_path: Path) -> None:
    """What was renamed is found by its lines, though another file bears its name now."""
    moves: list[Files] = [
        {API: None, "shop/http.py": FIXED},
        {API: "def main():\n    return 'something else altogether'\n"},
    ]
    fix = history(tmp_path / "r", fixed_then(*moves))
    assert lines(tmp_path / "r", fix) == {"shop/http.py": GUARD}


def test_lines_are_followed_into_another_file(tmp_path: Path) -> None:
    """A function that went to another file takes the fix with it."""
    function = FIXED[FIXED.index("def parsed") : FIXED.index("\n\ndef total")]
    moved = {
        API: FIXED.replace(function, "from shop.parsing import parsed\n"),
        "shop/parsing.py": f"import json\n\n\n{function}",
    }
    fix = history(tmp_path / "r", fixed_then({"shop/parsing.py": "import json\n"}, moved))
    assert lines(tmp_path / "r", fix) == {"shop/parsing.py": GUARD}


def test_the_same_words_elsewhere_are_not_the_fix(tmp_path: Path) -> None:
    """A file that says the same by chance, before the fix, is looked into; blame knows that it is not the fix's."""
    twin = FIXED.replace("parsed", "twin")
    gone = FIXED.replace(GUARD[1], 'raise LookupError("there is nothing in it")')

    def write(writer: Writer) -> list[str]:
        writer.commit({API: BROKEN, "shop/twin.py": twin})
        fix = writer.commit({API: FIXED})
        writer.commit({API: gone})
        return [fix]

    fix = history(tmp_path / "r", write)
    assert set(fixed_files(tmp_path / "r", STANDARD, {"INC-001": fix})) == {API, "shop/twin.py"}
    assert lines(tmp_path / "r", fix) == {API: GUARD[:1]}


def test_files_are_looked_into_only_for_lines_that_are_gone(tmp_path: Path) -> None:
    """Not while the fix stands where it was written, nor for lines so short that they stand anywhere."""
    twin, gone = FIXED.replace("parsed", "twin"), "def gone():\n    return 'gone by tomorrow'\n"

    def write_both(writer: Writer) -> list[str]:
        writer.commit({API: BROKEN, "shop/twin.py": twin})
        fix = writer.commit({API: FIXED, "shop/gone.py": gone})
        writer.commit({"shop/gone.py": ""})
        return [fix]

    fix = history(tmp_path / "r", write_both)
    assert fixed_files(tmp_path / "r", STANDARD, {"INC-001": fix}) == (API, "shop/gone.py")
    short = BROKEN.replace("    data =", "    if not body:\n        return None\n    data =")

    def write(writer: Writer) -> list[str]:
        writer.commit({API: BROKEN, "shop/twin.py": short})
        fix = writer.commit({API: short})
        writer.commit({API: BROKEN})
        return [fix]

    fix = history(tmp_path / "s", write)
    assert fixed_files(tmp_path / "s", STANDARD, {"INC-001": fix}) == (API,)


def test_several_commits_count_together(tmp_path: Path) -> None:
    """A fix made in two steps, the second of which writes a line of the first anew, with other work in between."""
    better = FIXED.replace("if not body:", "if not body.strip():")

    def write(writer: Writer) -> list[str]:
        writer.commit({API: BROKEN})
        first = writer.commit({API: FIXED})
        writer.commit({API: FIXED.replace("return sum(prices)", "return round(sum(prices))")})
        second = writer.commit({API: better.replace("return sum(prices)", "return round(sum(prices))")})
        return [second[:10], first]

    fix = history(tmp_path / "r", write)
    assert lines(tmp_path / "r", fix) == {API: ["if not body.strip():", GUARD[1]]}


def test_with_a_merge_all_counts_that_came_with_it(tmp_path: Path) -> None:
    """Against its first parent: the commits of the branch, and not what the main line did meanwhile."""

    def write(writer: Writer) -> list[str]:
        base = writer.commit({API: BROKEN})
        half = writer.commit({API: FIXED.replace(GUARD[1], "raise ValueError")}, parents=(base,))
        branch = writer.commit({API: FIXED}, parents=(half,))
        main = writer.commit({"shop/other.py": "def other():\n    return 'written meanwhile'\n"}, parents=(base,))
        return [writer.commit({API: FIXED}, parents=(main, branch))]

    fix = history(tmp_path / "r", write)
    assert lines(tmp_path / "r", fix) == {API: GUARD}


def test_in_the_work_tree_lines_stand_where_tests_meet_them(tmp_path: Path) -> None:
    """What is changed and not committed moves the lines, and a line changed so is no more the fix's."""
    fix = history(tmp_path / "r", fixed_then())
    (tmp_path / "r" / API).write_text("# a note\n\n" + FIXED.replace("if not body:", "if body is None:"))
    assert lines(tmp_path / "r", fix) == {API: GUARD[1:]}
    assert git(tmp_path / "r", "diff", "--cached") == ""


def test_the_lines_are_those_of_git_blame_in_a_checkout(tmp_path: Path) -> None:
    """Where nothing moved between files, a plain git blame over the whole history says the same."""
    fix = history(tmp_path / "r", fixed_then({API: MOVED_DOWN}, {API: INDENTED}))
    blame = git(tmp_path / "r", "blame", "-w", "-M", "-l", "-s", "HEAD", "--", API).split("\n")
    texts = (line.split(") ", 1)[1].strip() for line in blame if line.startswith(fix[0]))
    assert lines(tmp_path / "r", fix) == {API: [text for text in texts if text and not text.startswith("#")]}


EDITS = st.lists(
    st.tuples(st.sampled_from(["change", "insert", "delete", "move", "indent"]), st.integers(0, 99)), max_size=8
)


def edited(text: list[str], edit: tuple[str, int], number: int) -> list[str]:
    """A text of one-line statements after one edit of it, at a place that the edit names."""
    kind, place = edit
    at = place % len(text)
    new = f"answer_{number} = compute_the_answer({place}, {number})"
    match kind:
        case "change":
            return [*text[:at], new, *text[at + 1 :]]
        case "insert":
            return [*text[:at], new, *text[at:]]
        case "delete":
            return [*text[:at], *text[at + 1 :]] if len(text) > 1 else text
        case "move":
            return [*text[at:], *text[:at]]
    return [*text[:at], f"if ready({place}): {text[at]}" if "if ready" not in text[at] else text[at], *text[at + 1 :]]


@given(EDITS, EDITS, EDITS, EDITS)
@settings(max_examples=15)
def test_whatever_happens_in_a_file_the_lines_are_those_of_git_blame(
    before: list[tuple[str, int]],
    fix: list[tuple[str, int]],
    after: list[tuple[str, int]],
    dirty: list[tuple[str, int]],
) -> None:
    """Held against a plain git blame of the work tree, over the whole history, after edits of any kind."""
    text, numbers = [f"start_{line} = begin_with_the_line({line})" for line in range(12)], count()
    with TemporaryDirectory() as folder:
        repository, path = Path(folder) / "r", "shop/api.py"
        ids = []
        with writing(repository) as writer:
            writer.commit({path: source(text)})
            for edits in (before, fix, after):
                for edit in edits:
                    text = edited(text, edit, next(numbers))
                ids.append(writer.commit({path: source(text)}))
        git(repository, "reset", "-q", "--hard", "main")
        for edit in dirty:
            text = edited(text, edit, next(numbers))
        (repository / path).write_text(source(text))
        blame = git(repository, "blame", "-w", "-M", "-l", "-s", "--", path).split("\n")
        expected = {number for number, line in enumerate(blame, 1) if line.startswith(ids[1])}
        found = told(repository, [ids[1]])
        if expected:
            assert isinstance(found, FixedLines)
            assert found == FixedLines({path: frozenset(expected)}, frozenset(), {path: {}})
        else:
            assert isinstance(found, Unavailable) or found.by_function == {path}


def source(text: list[str]) -> str:
    return "def function():\n" + "".join(f"    {line}\n" for line in text)


def test_a_statement_of_several_lines_is_its_first_one(tmp_path: Path) -> None:
    """Whichever of its lines the fix wrote, and whichever a tracer reports."""
    before = "def total(lines):\n    return sum(\n        lines\n    )\n"
    fix = history(
        tmp_path / "r",
        lambda w: [
            w.commit({API: before}),
            w.commit({API: before.replace("        lines\n", "        lines or [0],\n")}),
        ][1:],
    )
    found = told(tmp_path / "r", fix)
    assert found == FixedLines({API: frozenset({2})}, frozenset(), {API: {3: 2, 4: 2}})


@pytest.mark.parametrize(
    ("fixed", "now"),
    [
        (BROKEN.replace('    prices = [line["price"] for line in lines]\n', ""), None),
        (BROKEN.replace("def total(lines)", "def total(lines, voucher=0)"), None),
        (BROKEN.replace("return sum(prices)", "return sum(prices) or None"), BROKEN.replace("prices", "amounts")),
    ],
    ids=["only deleted", "signature", "rewritten since"],
)
def test_where_no_line_is_left_the_function_stands_for_it(tmp_path: Path, fixed: str, now: str | None) -> None:
    """A fix that only deleted, one of what runs at import, one rewritten: its function's body, and that is told."""

    def write(writer: Writer) -> list[str]:
        writer.commit({API: BROKEN})
        fix = writer.commit({API: fixed})
        writer.commit({API: now or fixed})
        return [fix]

    fix = history(tmp_path / "r", write)
    found = told(tmp_path / "r", fix)
    assert isinstance(found, FixedLines)
    assert found.by_function == {API}
    body = (now or fixed).partition("def total")[2].splitlines()[1:]
    assert lines(tmp_path / "r", fix) == {API: [line.strip() for line in body]}


def test_the_function_of_a_file_that_was_renamed_is_found(tmp_path: Path) -> None:
    """A fix that only deleted lines of a file which has another name today, and is changed a little."""
    fixed = FIXED.replace("    return sum(prices)\n", "")

    def write(writer: Writer) -> list[str]:
        writer.commit({API: FIXED})
        fix = writer.commit({API: fixed})
        writer.commit({API: None, "shop/web.py": fixed.replace("LIMIT = 10", "LIMIT = 30")})
        return [fix]

    fix = history(tmp_path / "r", write)
    assert lines(tmp_path / "r", fix) == {"shop/web.py": ['prices = [line["price"] for line in lines]']}


def test_a_file_with_little_of_one_that_is_gone_is_another(tmp_path: Path) -> None:
    """A function of the same name in a file that took over a line or two: nobody fixed that one."""
    fixed = FIXED.replace("    return sum(prices)\n", "")
    other = "def total(lines):\n    return str(lines)\n\n\ndef parsed(body):\n    data = json.loads(body)\n"

    def write(writer: Writer) -> list[str]:
        writer.commit({API: FIXED})
        fix = writer.commit({API: fixed})
        writer.commit({API: None, "shop/web.py": other})
        return [fix]

    assert isinstance(told(tmp_path / "r", history(tmp_path / "r", write)), Unavailable)


def test_functions_stand_only_for_files_that_have_no_line_left(tmp_path: Path) -> None:
    """Of two files one still has its line: there nothing else counts."""
    other = BROKEN.replace("return sum(prices)", "return sum(prices) or None")

    def write(writer: Writer) -> list[str]:
        writer.commit({API: BROKEN, "shop/other.py": BROKEN})
        fix = writer.commit({API: FIXED, "shop/other.py": other})
        writer.commit({"shop/other.py": BROKEN})
        return [fix]

    fix = history(tmp_path / "r", write)
    found = told(tmp_path / "r", fix)
    assert isinstance(found, FixedLines)
    assert found.by_function == {"shop/other.py"}
    assert lines(tmp_path / "r", fix)[API] == GUARD


@pytest.mark.parametrize(
    ("fixed", "later", "why"),
    [
        ({API: BROKEN.replace("LIMIT = 10", "LIMIT = 20")}, {}, "runs at import"),
        ({API: BROKEN.replace("return sum(prices)", "return 0")}, {API: "LIMIT = 10\n"}, "nothing"),
        ({API: FIXED}, {API: None}, "nothing"),
        ({API: FIXED}, {API: FIXED + "def broken(:\n"}, "nothing"),
        ({"shop/page.html": "<p>"}, {}, "no source file"),
        ({"tests/test_api.py": "def test(): pass\n"}, {}, "no source file"),
        ({"shop/fast.pyx": "cdef int a\n", API: FIXED}, {}, "has to be built"),
    ],
    ids=["constant", "function gone", "file gone", "no Python today", "template", "test", "needs build"],
)
def test_what_an_old_fix_leaves_unknown_is_a_gap_by_design(
    tmp_path: Path, fixed: Files, later: Files, why: str
) -> None:
    """Nobody can measure it, the reason says why, and the gate does not fail over it."""

    def write(writer: Writer) -> list[str]:
        writer.commit({API: BROKEN, "README.md": ""})
        fix = writer.commit(fixed)
        writer.commit({"README.md": "later", **later})
        return [fix]

    found = told(tmp_path / "r", history(tmp_path / "r", write))
    assert isinstance(found, Unavailable)
    assert why in found.reason
    assert found.by_design


def test_a_fix_that_did_not_lead_here_is_a_gap_by_design(tmp_path: Path) -> None:
    """A commit of another branch, or an id that no commit has."""
    fix = history(tmp_path / "r", lambda w: [w.commit({API: BROKEN}), w.commit({API: FIXED})])
    git(tmp_path / "r", "reset", "-q", "--hard", fix[0])
    for commits in ([fix[1]], ["0" * 40], ["no id\nat all"]):
        found = told(tmp_path / "r", commits)
        assert isinstance(found, Unavailable)
        assert found.by_design


def test_a_shallow_clone_is_no_gap_by_design(tmp_path: Path) -> None:
    """Whoever cloned too little can fetch the rest: the reason says how."""
    fix = history(tmp_path / "r", fixed_then({"README.md": "later"}))
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{tmp_path}/r", "shallow")
    found = told(tmp_path / "shallow", fix)
    assert isinstance(found, Unavailable)
    assert "git fetch --unshallow" in found.reason
    assert not found.by_design
    assert fixed_files(tmp_path / "shallow", STANDARD, {"INC-001": fix}) == ()


def test_without_git_nothing_is_known(tmp_path: Path) -> None:
    """No repository: unknown, with the reason, and no file to measure."""
    assert isinstance(told(tmp_path, ["0" * 40]), Unavailable)
    assert fixed_files(tmp_path, STANDARD, {"INC-001": ["0" * 40]}) == ()


def test_from_a_root_below_the_top_paths_are_its_own(tmp_path: Path) -> None:
    """A service in a folder of a repository; what the fix did in other folders is not its business."""

    def write(writer: Writer) -> list[str]:
        writer.commit({f"services/one/{API}": BROKEN, f"services/two/{API}": BROKEN})
        fix = writer.commit({f"services/one/{API}": FIXED, f"services/two/{API}": FIXED})
        writer.commit({f"services/one/{API}": None, "services/one/shop/web.py": FIXED})
        return [fix]

    fix = history(tmp_path / "r", write)
    assert lines(tmp_path / "r" / "services" / "one", fix) == {"shop/web.py": GUARD}


@pytest.mark.parametrize(
    "name", ["-x.py", "a\nb.py", 'q"uo\\te.py', "é ü.py", b"\xff.py".decode("utf-8", "surrogateescape"), ":(glob)*.py"]
)
def test_odd_names_of_files_are_names(tmp_path: Path, name: str) -> None:
    """Options, pathspec magic, line ends, quotes, bytes that are not UTF-8."""
    path = f"shop/{name}"
    fix = history(tmp_path / "r", lambda w: [w.commit({path: BROKEN}), w.commit({path: FIXED})][1:])
    assert lines(tmp_path / "r", fix) == {path: GUARD}


def test_nothing_of_the_repository_takes_part(tmp_path: Path) -> None:
    """Filters, text conversions, ignored revisions and hooks of its own: none runs, and the lines are the same."""
    fix = history(tmp_path / "r", fixed_then({".gitattributes": "*.py filter=evil diff=evil\n"}))
    ran = tmp_path / "ran"
    for key in ("filter.evil.clean", "filter.evil.smudge", "diff.evil.textconv", "diff.evil.command", "core.fsmonitor"):
        git(tmp_path / "r", "config", key, f"touch {ran}; cat")
    git(tmp_path / "r", "config", "blame.ignoreRevsFile", "nothing/there")
    assert lines(tmp_path / "r", fix) == {API: GUARD}
    assert not ran.exists()


def test_a_symbolic_link_out_of_the_repository_is_not_read(tmp_path: Path) -> None:
    """In the work tree anything may stand where the file was."""
    fix = history(tmp_path / "r", fixed_then())
    (tmp_path / "secret.py").write_text(FIXED)
    (tmp_path / "r" / API).unlink()
    (tmp_path / "r" / API).symlink_to(tmp_path / "secret.py")
    assert isinstance(told(tmp_path / "r", fix), Unavailable)


def test_incidents_are_read_together(tmp_path: Path) -> None:
    """Each has its own answer, and what cannot be told of one takes nothing from the others."""
    fix = history(tmp_path / "s", fixed_then())
    found = read_fixes(tmp_path / "s", STANDARD, {"INC-001": fix, "INC-002": ["1" * 40], "INC-003": [*fix, *fix]})
    assert found["INC-001"] == found["INC-003"]
    assert isinstance(found["INC-001"], FixedLines)
    assert isinstance(found["INC-002"], Unavailable)
