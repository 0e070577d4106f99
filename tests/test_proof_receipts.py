"""Receipts: written down, read back, merged, and held against today's tests."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from pytest_prevention import __version__, resources
from pytest_prevention.cli import main
from pytest_prevention.exceptions import PreventionError
from pytest_prevention.model import Answer, Incidents, Links, Location, Problem, Proof, Proofs, Receipt
from pytest_prevention.session import read_project
from pytest_prevention.sources import files
from pytest_prevention.sources.proof.fingerprint import fingerprint
from pytest_prevention.sources.proof.receipts import (
    PATH,
    read_receipts,
    receipt_of,
    render,
    standing_receipts,
    updated,
    write_receipts,
)
from tests.records import record
from tests.rules.build import TEST, incident, link

GOLDEN = Path(__file__).parent / "data/proofs/proofs.json"
FIX = "1cd649d" + "0" * 33
MODULE = b"import pytest\n\n@pytest.fixture\ndef body(): return ''\n\ndef test_empty_body(body): assert not body\n"
FILES = {"tests/test_orders.py": MODULE}
TODAY = fingerprint(FILES.get, TEST) or ""


def receipt(guard: str = TEST, incident: str = "INC-001", **changes: Any) -> Receipt:
    """INC-001 is proven by the test as it stands today."""
    ordinary = Receipt(
        incident=incident,
        guard=guard,
        answer=Answer.PROVEN,
        method="at-the-fix",
        grade="assertion",
        excerpt="AssertionError: assert 500 == 400",
        test=TODAY,
        fix=(FIX,),
        python="3.11.4",
        platform="linux",
        tool="pytest-prevention 0.1.0",
        proved_at="2024-01-17T09:30:00Z",
    )
    return replace(ordinary, **changes)


RECEIPTS = (
    receipt(),
    receipt(
        "tests/test_orders.py::test_grüße[a\nb]", answer=Answer.NOT_PROVEN, grade="", reason="it passes", excerpt=""
    ),
    receipt(
        "tests/test_a.py", "INC-002", answer=Answer.INCONCLUSIVE, method="", grade="", reason="flaky", test="", fix=()
    ),
    receipt("tests/test_a.py::Test", "INC-010", answer=Answer.WEAK, grade="fixture", method="old-tree-stubs"),
)


def laid(root: Path, text: str | bytes) -> Path:
    (root / "incidents").mkdir(exist_ok=True)
    (root / PATH).write_bytes(text if isinstance(text, bytes) else text.encode())
    return root


def problems_of(root: Path, text: str | bytes) -> tuple[Problem, ...]:
    with pytest.raises(PreventionError) as caught:
        read_receipts(laid(root, text))
    return caught.value.problems


def test_the_file_is_as_it_always_was() -> None:
    """One entry a line, sorted by incident and guard, in ASCII: what is written here stands in repositories."""
    assert render(reversed(RECEIPTS)) == GOLDEN.read_text(encoding="ascii")


def test_the_file_is_as_its_schema_says() -> None:
    Draft7Validator(json.loads(resources.text("schema", "proofs.schema.json"))).validate(json.loads(GOLDEN.read_text()))


def test_each_receipt_knows_its_line(tmp_path: Path) -> None:
    """So that a finding on it can be looked up."""
    found = read_receipts(laid(tmp_path, GOLDEN.read_bytes()))
    assert found == RECEIPTS
    assert [str(one.location) for one in found] == [f"{PATH}:{place}" for place in ("2:1", "3:2", "4:2", "5:2")]


def test_a_file_that_somebody_laid_out_anew_is_read_alike(tmp_path: Path) -> None:
    """The places are those of the entries, however many lines each has, or all of them."""
    data = json.loads(GOLDEN.read_text())
    assert read_receipts(laid(tmp_path, json.dumps(data, indent=1))) == RECEIPTS
    places = [one.location.line for one in read_receipts(tmp_path)]
    assert [json.dumps(data, indent=1).splitlines()[line - 1].strip() for line in places] == ["{"] * 4
    one_line = json.dumps({"proofs": data["proofs"], "version": 1})
    places = [one.location.column for one in read_receipts(laid(tmp_path, one_line))]
    assert [one_line[column - 1 :][:12] for column in places] == ['{"incident":'] * 4


def test_no_file_is_no_receipts_and_none_is_made(tmp_path: Path) -> None:
    """Who proves nothing has no file."""
    assert read_receipts(tmp_path) == ()
    (tmp_path / "incidents").mkdir()
    write_receipts(tmp_path, ())
    assert not (tmp_path / PATH).exists()
    write_receipts(tmp_path, [receipt()])
    write_receipts(tmp_path, ())
    assert read_receipts(tmp_path) == ()


texts = st.text(max_size=20)
stamps = st.integers(0, 2**32).map(lambda second: f"{datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%M:%SZ}")
receipts = st.builds(
    receipt,
    guard=st.text(min_size=1, max_size=20),
    incident=st.text(min_size=1, max_size=9),
    answer=st.sampled_from(Answer),
    reason=texts,
    excerpt=st.text(st.characters(exclude_categories=()), max_size=20),
    fix=st.lists(st.sampled_from([FIX, "f" * 64]), max_size=2).map(tuple),
    proved_at=stamps,
)


@given(st.lists(receipts, max_size=6, unique_by=lambda one: one.key))
def test_what_is_written_is_read_back(tmp_path_factory: pytest.TempPathFactory, some: list[Receipt]) -> None:
    """Whatever text it holds, in the order of the file, one line for each."""
    root = laid(tmp_path_factory.mktemp("repo"), render(()))
    write_receipts(root, some)
    assert read_receipts(root) == tuple(sorted(some, key=lambda one: one.key))
    assert len((root / PATH).read_bytes().splitlines()) == 2 + len(some)


def test_what_is_the_same_is_not_written_again(tmp_path: Path) -> None:
    """Nobody's editor, watcher or backup is woken for nothing."""
    write_receipts(laid(tmp_path, render(())), RECEIPTS)
    before = (tmp_path / PATH).stat()
    write_receipts(tmp_path, reversed(RECEIPTS))
    assert (tmp_path / PATH).stat().st_ino == before.st_ino


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="no symbolic links here")
def test_links_are_refused(tmp_path: Path) -> None:
    """Not read from outside, and never written through."""
    root = tmp_path / "root"
    (root / "incidents").mkdir(parents=True)
    (tmp_path / "outside.json").write_text(render(()))
    (root / "inside.json").write_text(render(()))
    (root / PATH).symlink_to("../../outside.json")
    with pytest.raises(PreventionError, match="symbolic link out of the repository"):
        read_receipts(root)
    (root / PATH).unlink()
    (root / PATH).symlink_to("../inside.json")
    with pytest.raises(PreventionError, match="is a symbolic link; not written"):
        write_receipts(root, RECEIPTS)
    assert (root / "inside.json").read_text() == render(())
    (root / PATH).unlink()
    (root / PATH).symlink_to("nowhere.json")
    with pytest.raises(PreventionError, match="does not exist"):
        read_receipts(root)


ENTRY = render([receipt()]).splitlines()[1]


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("", ":1:1", "is not JSON"),
        (b"\xff{}", ":1:1", "is not UTF-8"),
        ("{", ":1:2", "is not JSON"),
        ("[" * 100_000, "", "it is nested too deeply"),
        ('{"version": 1, "proofs": [' + "[" * 500 + "]" * 500 + "]}", ":1:27", "must be a mapping"),
        ("9" * 10_000, "", "Exceeds the limit"),
        ('"version"', ":1:1", "must be a mapping"),
        ("[]", ":1:1", "must be a mapping"),
        ('{"version": 1}', ":1:1", "lacks the key proofs"),
        ('{"version": NaN, "proofs": []}', ":1:1", "version must be 1"),
        ('{"version": 2, "proofs": []}', ":1:1", "version must be 1"),
        ('{"version": 1, "proofs": {}}', ":1:1", "proofs must be a list"),
        ('{"version": 1, "version": 1, "proofs": []}', ":1:1", "the key 'version' stands twice"),
        (" " * (files.MAX_BYTES + 1), "", "is larger than"),
        ("\n[\n<<<<<<< HEAD\n{},\n=======\n{}\n>>>>>>> other\n]", ":3:1", "a merge left both sides here"),
    ],
    ids=range(15),
)
def test_what_is_no_file_of_receipts_is_told_with_its_place(
    tmp_path: Path, text: str | bytes, place: str, message: str
) -> None:
    """Exit code 4, and what to do; no traceback, no matter how large or deep it is."""
    (problem,) = problems_of(tmp_path, text)
    assert str(problem.location) == PATH + place
    assert message in problem.message
    assert problem.hint


def test_a_merge_that_was_not_solved_says_what_to_do(tmp_path: Path) -> None:
    """One sentence, and it is true: the lines of both sides are a file that can be read."""
    (problem,) = problems_of(tmp_path, f"{{\n<<<<<<< HEAD\n{ENTRY}\n=======\n>>>>>>> b\n")
    assert problem.hint == "keep the lines of both sides, then: prevention prove"


def test_all_that_is_wrong_with_entries_is_told_at_once(tmp_path: Path) -> None:
    """Each with the line of its entry."""
    entry = json.loads(ENTRY)
    wrong = [
        {**entry, "verdict": "maybe"},
        {**entry, "fix": ["1cd649g"], "test": "1:xyz"},
        {key: value for key, value in entry.items() if key != "guard"},
        "nothing",
        {**entry, "proved_at": "yesterday", "more": 1},
    ]
    lines = ",\n".join(map(json.dumps, wrong))
    found = problems_of(tmp_path, f'{{"version": 1, "proofs": [\n{lines}\n]}}\n')
    assert [(problem.location.line, problem.subject.partition("]")[2]) for problem in found] == [
        (2, ".verdict"),
        (3, ".fix[0]"),
        (3, ".test"),
        (4, ""),
        (5, ""),
        (6, ".more"),
        (6, ".proved_at"),
    ]


def test_two_entries_for_one_guard_are_an_error_that_names_both(tmp_path: Path) -> None:
    """A merge of two branches that proved the same guard: nobody guesses which one holds."""
    other = ENTRY.replace("2024-01-17", "2024-02-18")
    (problem,) = problems_of(tmp_path, f'{{"version": 1, "proofs": [\n{ENTRY},\n{other}\n]}}\n')
    assert problem.location == Location(PATH, 3, 1)
    assert f"{PATH}:2:1" in problem.message
    (problem,) = problems_of(tmp_path, ENTRY.replace('"grade"', '"guard": 1, "grade"').join(['{"proofs": [\n', "]}"]))
    assert (problem.location.line, "'guard' stands twice" in problem.message) == (2, True)


def test_two_branches_that_prove_different_guards_merge(tmp_path: Path) -> None:
    """Git takes both lines where there is one between them."""
    middle = [receipt("tests/test_m.py", f"INC-10{n}") for n in range(3)]
    names = {"base": middle, "ours": [receipt(), *middle], "theirs": [*middle, receipt(TEST, "INC-200")]}
    for name, some in names.items():
        text = render([receipt("tests/test_z.py", "INC-300"), *some])
        (tmp_path / name).write_text(text)
    merged = subprocess.run(
        ["git", "merge-file", "-p", "ours", "base", "theirs"], cwd=tmp_path, capture_output=True, check=True, text=True
    ).stdout
    assert len(read_receipts(laid(tmp_path, merged))) == 6


@pytest.mark.parametrize(
    "base", [[], [receipt("tests/test_a.py")], [receipt("tests/test_a.py"), receipt("z.py", "Z-1")]]
)
def test_the_lines_of_both_sides_of_a_conflict_are_a_file(tmp_path: Path, base: list[Receipt]) -> None:
    """Two branches prove different guards at the end, or in the middle. Two files with one line each need a comma."""

    def git(*command: str) -> int:
        who = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
        return subprocess.run(["git", *who, *command], cwd=tmp_path, capture_output=True).returncode

    def commit(*some: Receipt) -> None:
        write_receipts(laid(tmp_path, render(())), some)
        assert git("add", "-A") + git("commit", "-qm", "receipts") == 0

    ours, theirs = receipt("tests/test_b.py"), receipt("tests/test_c.py", excerpt="another")
    git("init", "-qb", "main")
    commit(*base)
    git("checkout", "-qb", "other")
    commit(*base, theirs)
    git("checkout", "-q", "main")
    commit(*base, ours)
    assert git("merge", "other") == 1
    assert [one.message for one in problems_of(tmp_path, (tmp_path / PATH).read_bytes())] == [
        "a merge left both sides here"
    ]
    both = [line for line in (tmp_path / PATH).read_text().splitlines() if line[:7] not in ("<" * 7, "=" * 7, ">" * 7)]
    if not base:  # a first line has no comma
        both[2] = f",{both[2]}"
    assert {one.key for one in read_receipts(laid(tmp_path, "\n".join(both)))} == {
        one.key for one in (*base, ours, theirs)
    }


def test_what_could_not_be_found_stands_as_the_record_names_it(tmp_path: Path) -> None:
    """Abbreviated: it holds while the record names the same."""
    short = receipt(answer=Answer.INCONCLUSIVE, reason="history-missing", method="", grade="", fix=("1cd6",))
    assert read_receipts(laid(tmp_path, render([short]))) == (short,)
    assert standing(short, fix=("1CD6",)) == Proofs((short.proof,))
    assert standing(short, fix=("1cd7",)) == Proofs()


def test_a_receipt_says_what_was_proved_with_what_and_when() -> None:
    """In UTC, whatever the zone of who proved it; of a long failure the beginning."""
    proof = Proof("INC-001", TEST, Answer.PROVEN, "old-tree", "exception", excerpt="x" * 5000, seconds=1.5)
    at = datetime(2024, 1, 17, 10, 30, 0, 999, tzinfo=timezone(timedelta(hours=1)))
    made = receipt_of(proof, test=TODAY, fix=[FIX], at=at)
    assert (made.proved_at, made.tool, made.test, made.fix) == (
        "2024-01-17T09:30:00Z",
        f"pytest-prevention {__version__}",
        TODAY,
        (FIX,),
    )
    assert made.proof == replace(proof, excerpt="x" * 300, seconds=0.0, carried_from="2024-01-17T09:30:00Z")
    assert receipt_of(proof, test=None, fix=[], at=datetime.now(UTC)).test == ""


def standing(
    *some: Receipt, text: bytes = MODULE, fix: tuple[str, ...] = (FIX[:9],), links: Links | None = None
) -> Proofs:
    """What receipts say with this test file, this fix in the record, and the test linked to INC-001."""
    return standing_receipts(
        some,
        Incidents((incident(fix_commits=fix),)),
        Links((link(),)) if links is None else links,
        {"tests/test_orders.py": text}.get,
    )


@pytest.mark.parametrize("fix", [(FIX[:7],), (FIX.upper(),), (FIX, FIX[:20])])
def test_a_receipt_holds_while_test_and_fix_are_the_same(fix: tuple[str, ...]) -> None:
    """Ids may be abbreviated in the record, in any case of letters; layout does not count."""
    one = receipt()
    assert standing(one, fix=fix) == Proofs((one.proof,))
    assert standing(one, text=MODULE.replace(b"assert", b"#\n  assert").replace(b": #", b":\n  #")) == Proofs(
        (one.proof,)
    )


@pytest.mark.parametrize(
    ("text", "fix", "why"),
    [
        (
            MODULE.replace(b"assert not body", b"assert body"),
            (FIX,),
            "the test, or a helper that it uses, has changed since",
        ),
        (
            MODULE.replace(b"return ''", b"return 1"),
            (FIX,),
            "a fixture that the test names, or a helper of it, has changed since",
        ),
        (MODULE.replace(b"empty_body", b"empty"), (FIX,), "the test is gone, or its file cannot be parsed"),
        (b"def", (FIX,), "the test is gone, or its file cannot be parsed"),
        (MODULE, (), "the incident names other commits as its fix"),
        (MODULE, ("2cd649d",), "the incident names other commits as its fix"),
        (MODULE, (FIX, "2cd649d"), "the incident names other commits as its fix"),
        (MODULE, ("1cd649d1",), "the incident names other commits as its fix"),
    ],
)
@pytest.mark.parametrize("answer", Answer)
def test_a_receipt_of_something_else_is_stale(answer: Answer, text: bytes, fix: tuple[str, ...], why: str) -> None:
    """It says why, and where it stands; one that never proved anything is gone without a word."""
    one = receipt(answer=answer, location=Location(PATH, 2, 1))
    found = standing(one, text=text, fix=fix)
    assert found.proofs == ()
    told = [(stale.incident, stale.guard, str(stale.location), stale.why) for stale in found.stale]
    assert told == ([] if answer is Answer.INCONCLUSIVE else [("INC-001", TEST, f"{PATH}:2:1", why)])


def test_a_receipt_with_more_commits_than_the_record_is_stale() -> None:
    """What was taken back was more than the fix."""
    assert [one.why for one in standing(receipt(fix=(FIX, "2" * 40))).stale] == [
        "the incident names other commits as its fix"
    ]


def test_fingerprints_of_another_version_say_nothing() -> None:
    """What they looked at is not what is looked at now."""
    (stale,) = standing(receipt(test="9" + TODAY)).stale
    assert stale.why.startswith("another version of pytest-prevention made it")


def test_a_receipt_without_a_fingerprint_or_a_fix_proves_nothing() -> None:
    """Nobody could tell whether test and fix are still the same; that there was none to prove stays true."""
    gone = "tests/gone.py::test_it"
    links = Links((link(gone), link()))
    assert standing(receipt(gone, test=""), links=links).stale
    assert standing(receipt(test="")).stale
    assert standing(receipt(fix=()), fix=()).stale
    none = receipt(gone, test="", answer=Answer.INCONCLUSIVE, reason="test-missing")
    assert standing(none, links=links) == Proofs((none.proof,))
    assert standing(replace(none, guard=TEST)) == Proofs()


@pytest.mark.parametrize("changes", [{"incident": "INC-404"}, {"guard": "tests/test_orders.py::test_other"}])
def test_receipts_of_incidents_and_guards_that_are_gone_say_nothing(changes: dict[str, str]) -> None:
    """They are neither proofs nor stale: nobody asks for them."""
    assert standing(receipt(**changes), text=b"") == Proofs()


@pytest.mark.parametrize("linked", [TEST, f"{TEST}[a]", "tests/test_orders.py"])
def test_a_guard_is_linked_by_its_parameters_and_by_what_is_around_it(linked: str) -> None:
    """A run knows the cases of a test, an Evidence cell may name its file."""
    one = receipt()
    assert standing(one, links=Links((link(linked),))) == Proofs((one.proof,))


def test_a_guard_whose_file_cannot_be_parsed_is_still_one() -> None:
    """Its links are unknown, not missing."""
    links = Links(unread=("tests/test_orders.py",))
    assert [one.why for one in standing(receipt(), text=b"def", links=links).stale] == [
        "the test is gone, or its file cannot be parsed"
    ]


def renewed(old: list[Receipt], *new: Receipt, links: Links | None = None) -> tuple[Receipt, ...]:
    links = Links((link(), link("tests/test_b.py"))) if links is None else links
    incidents = Incidents((incident(fix_commits=(FIX,)),))
    return updated(old, new, standing_receipts(old, incidents, links, FILES.get), incidents, links)


def test_a_new_receipt_takes_the_place_of_the_old_one() -> None:
    """What was not proved again stays as it is."""
    other, new = receipt("tests/test_b.py"), receipt(method="strict-reverse")
    assert renewed([receipt(), other], new) == (other, new)
    assert renewed([], new, other) == (other, new)
    assert renewed([receipt()], receipt(answer=Answer.NOT_PROVEN)) == (receipt(answer=Answer.NOT_PROVEN),)


def test_saying_the_same_again_changes_nothing() -> None:
    """Another day, another Python, another address in the message: the line in the file stays as it is."""
    again = receipt(
        proved_at="2024-03-01T00:00:00Z", python="3.13.0", platform="darwin", tool="pytest-prevention 9", excerpt="0x7f"
    )
    (kept,) = renewed([receipt()], again)
    assert kept == receipt()


@pytest.mark.parametrize("answer", [Answer.PROVEN, Answer.WEAK, Answer.NOT_PROVEN])
def test_not_being_able_to_tell_takes_nothing_away_from_what_holds(answer: Answer) -> None:
    """A shallow clone neither loses a proof nor acquits a guard; what is stale is replaced."""
    untold = receipt(answer=Answer.INCONCLUSIVE, reason="history-missing", method="", grade="", fix=())
    assert renewed([receipt(answer=answer)], untold) == (receipt(answer=answer),)
    stale = receipt(answer=answer, test="1:" + "0" * 16)
    assert renewed([stale], untold) == (untold,)


def test_entries_of_what_is_gone_are_left_out() -> None:
    """Of an incident without a record, and of a test that is no longer linked; not of one that cannot be parsed."""
    assert renewed([receipt(incident="INC-404"), receipt("tests/test_c.py"), receipt()]) == (receipt(),)
    unread = Links((link(),), unread=("tests/test_c.py",))
    assert renewed([receipt("tests/test_c.py::test_it")], links=unread) == (receipt("tests/test_c.py::test_it"),)


@given(st.lists(st.tuples(st.sampled_from([*Answer]), st.sampled_from([TEST, "tests/test_b.py"])), max_size=5))
def test_updating_with_what_was_just_written_changes_nothing(new: list[tuple[Answer, str]]) -> None:
    """One entry for each guard, in order; the last word on a guard counts."""
    once = renewed([receipt()], *(receipt(guard, answer=answer) for answer, guard in new))
    assert [one.key for one in once] == sorted({one.key for one in once})
    assert renewed([*once], *once) == once


def project(root: Path, *some: Receipt) -> Path:
    """A repository with one linked test, and these receipts."""
    laid(root, render(some))
    (root / "incidents/INC-001.md").write_text(record(fix_commits="[1cd649d]"))
    row = "| 1 | INC-001 | Test empty body | Test | P1 | Done | 2024-02-10 | 2024-02-01 |"
    (root / "incidents/prevention-backlog.md").write_text(
        f"| # | Incident | Action | Category | Priority | Status | Due | Done |\n{'|---' * 8}|\n{row}\n"
    )
    (root / "tests").mkdir()
    (root / "tests/test_orders.py").write_bytes(
        MODULE.replace(b"def test", b"@pytest.mark.incident('INC-001')\ndef test")
    )
    return root


def test_the_facts_of_a_project_hold_its_proofs(tmp_path: Path) -> None:
    """Those of its receipts that hold, and those that do not."""
    project(tmp_path, receipt())
    assert read_project(tmp_path).facts.proofs == Proofs((receipt().proof,))
    write_receipts(tmp_path, [receipt(test="1:" + "0" * 16)])
    assert [stale.why for stale in read_project(tmp_path).facts.proofs.stale] == [
        "the test, or a helper that it uses, has changed since"
    ]
    (tmp_path / PATH).unlink()
    assert read_project(tmp_path).facts.proofs == Proofs()


def test_a_guard_that_passes_without_the_fix_breaks_the_gate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """From the file to the exit code: it guards a P1. A file that cannot be read is exit code 4, with its line."""
    monkeypatch.chdir(project(tmp_path, receipt(answer=Answer.NOT_PROVEN, grade="")))
    assert main(["check"]) == 1
    assert "PRV313" in capsys.readouterr().out
    laid(tmp_path, "<<<<<<< HEAD\n")
    assert main(["check"]) == 4
    assert f"{PATH}:1:1: a merge left both sides here" in capsys.readouterr().err
