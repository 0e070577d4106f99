"""Receipts: the proofs that stand in ``incidents/proofs.json``, and which of them hold today.

One entry a line, which begins with its comma: where two branches prove different guards, the lines of both are a file.
A receipt holds while its guard, the helpers that it uses and the fixtures that it names are what they were, and its
incident names the same fix.
"""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pytest_prevention import __version__
from pytest_prevention.exceptions import PreventionError
from pytest_prevention.model import (
    Answer,
    Incident,
    Incidents,
    Links,
    Location,
    Problem,
    Proof,
    Proofs,
    Receipt,
    Stale,
)
from pytest_prevention.sources import json_text, schema
from pytest_prevention.sources.files import read_text, write_text
from pytest_prevention.sources.proof.fingerprint import VERSION, Fingerprints, Read

PATH = "incidents/proofs.json"
FORMAT = 1

_HINT = "take the file from git again, or delete it and prove anew: prevention prove"
_HINT_MERGE = "keep the lines of both sides, then: prevention prove"
_QUOTE = 300
"""Characters of a failure that a receipt keeps."""


def read_receipts(root: Path) -> tuple[Receipt, ...]:
    """All receipts, in the order of the file, none where there is no file; PreventionError with all that is wrong."""
    path = root / PATH
    if not os.path.lexists(path):
        return ()
    document = json_text.load(read_text(path, root), PATH, _HINT, _HINT_MERGE)
    problems = schema.validate(document, "proofs", path=PATH)
    if problems:
        raise PreventionError(problems)
    entries = document.value["proofs"]
    receipts = tuple(_receipt(entry, document.place(("proofs", index))) for index, entry in enumerate(entries))
    problems = [*_duplicates(receipts)]
    if problems:
        raise PreventionError(problems)
    return receipts


def write_receipts(root: Path, receipts: Iterable[Receipt]) -> None:
    """Write these and no others, whole or not at all; a file that holds them already is left alone."""
    path, text = root / PATH, render(receipts)
    before = read_text(path, root) if os.path.lexists(path) else render(())
    if text != before:
        write_text(path, text, root)


def render(receipts: Iterable[Receipt]) -> str:
    """The text of the file, sorted by incident and guard; each line but the first begins with its comma."""
    entries = sorted(receipts, key=lambda receipt: receipt.key)
    lines = "\n,".join(json.dumps(_entry(receipt)) for receipt in entries)
    return "\n".join(filter(None, [f'{{"version": {FORMAT}, "proofs": [', lines, "]}\n"]))


def receipt_of(proof: Proof, *, test: str | None, fix: Iterable[str], at: datetime) -> Receipt:
    """The receipt of a proof made just now, with this Python: ``test`` is the guard's fingerprint as it stands today,
    ``fix`` the full ids of all commits that the incident names, ``at`` an aware datetime.
    """
    return Receipt(
        incident=proof.incident,
        guard=proof.guard,
        answer=proof.answer,
        method=proof.method,
        grade=proof.grade,
        reason=proof.reason,
        excerpt=proof.excerpt[:_QUOTE],
        test=test or "",
        fix=tuple(fix),
        python=platform.python_version(),
        platform=sys.platform,
        tool=f"pytest-prevention {__version__}",
        proved_at=f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
    )


def updated(
    old: Iterable[Receipt], new: Iterable[Receipt], standing: Proofs, incidents: Incidents, links: Links
) -> tuple[Receipt, ...]:
    """The old receipts with the new ones in their places; ``standing`` says which of the old hold.

    A proof that could not be told again takes nothing away from one that was told and holds. One that says again what
    was said leaves the old entry as it is, its date included. Entries of incidents and guards that are gone are left
    out: they would never be looked at again.
    """
    known = incidents.by_id()
    kept = {receipt.key: receipt for receipt in old if _is_guard(receipt, known, links)}
    told = {(proof.incident, proof.guard) for proof in standing.proofs if proof.answer is not Answer.INCONCLUSIVE}
    for receipt in new:
        before = kept.get(receipt.key)
        nothing_new = before is not None and _claim(before) == _claim(receipt)
        if not nothing_new and (receipt.answer is not Answer.INCONCLUSIVE or receipt.key not in told):
            kept[receipt.key] = receipt
    return tuple(sorted(kept.values(), key=lambda receipt: receipt.key))


def standing_receipts(receipts: Iterable[Receipt], incidents: Incidents, links: Links, read: Read) -> Proofs:
    """What the receipts say today: proofs that hold, and those that are stale, with the reason.

    Those of incidents and guards that are gone say nothing, and neither do inconclusive ones of what has changed:
    nothing was proven there that could be lost.
    """
    known, fingerprints = incidents.by_id(), Fingerprints(read)
    proofs: list[Proof] = []
    stale: list[Stale] = []
    for receipt in receipts:
        if not _is_guard(receipt, known, links):
            continue
        why = _why_stale(receipt, fingerprints.of(receipt.guard), known[receipt.incident])
        if not why:
            proofs.append(receipt.proof)
        elif receipt.answer is not Answer.INCONCLUSIVE:
            stale.append(Stale(receipt.incident, receipt.guard, receipt.location, why))
    return Proofs(tuple(proofs), tuple(stale))


def _is_guard(receipt: Receipt, known: Mapping[str, Incident], links: Links) -> bool:
    """Whether there is still such a guard; one whose file cannot be parsed may be there."""
    return receipt.incident in known and (
        bool(links.between(receipt.incident, receipt.guard)) or receipt.guard.partition("::")[0] in links.unread
    )


def _why_stale(receipt: Receipt, today: str | None, incident: Incident) -> str:
    """As :class:`Stale` says it; empty: it holds."""
    if today is None:
        nothing = receipt.answer is Answer.INCONCLUSIVE and not receipt.test
        return "" if nothing else "the test is gone, or its file cannot be parsed"
    if receipt.test.partition(":")[0] not in ("", VERSION):
        return "another version of pytest-prevention made it, which looked at tests in another way"
    if receipt.test.partition("+")[0] != today.partition("+")[0]:
        return "the test, or a helper that it uses, has changed since"
    if receipt.test != today:
        return "a fixture that the test names, or a helper of it, has changed since"
    nothing = receipt.answer is Answer.INCONCLUSIVE and not receipt.fix and not incident.fix_commits
    if not nothing and not _is_same_fix(receipt.fix, [commit.lower() for commit in incident.fix_commits]):
        return "the incident names other commits as its fix"
    return ""


def _is_same_fix(proved: Iterable[str], named: Iterable[str]) -> bool:
    """Whether these full ids, of which there are some, are all those commits, which may be abbreviated."""
    proved, named = set(proved), tuple(set(named))
    found = all(any(full.startswith(short) for full in proved) for short in named)
    return bool(proved) and found and all(full.startswith(named) for full in proved)


def _claim(receipt: Receipt) -> Receipt:
    """What it says, without by what, when, and in which words."""
    return replace(receipt, python="", platform="", tool="", proved_at="", excerpt="")


def _entry(receipt: Receipt) -> dict[str, Any]:
    return {
        "incident": receipt.incident,
        "guard": receipt.guard,
        "verdict": receipt.answer.value,
        "method": receipt.method,
        "grade": receipt.grade,
        "reason": receipt.reason,
        "excerpt": receipt.excerpt,
        "test": receipt.test,
        "fix": list(receipt.fix),
        "python": receipt.python,
        "platform": receipt.platform,
        "tool": receipt.tool,
        "proved_at": receipt.proved_at,
    }


def _receipt(entry: Mapping[str, Any], location: Location) -> Receipt:
    """From an entry that is as the schema says."""
    same = {key: value for key, value in entry.items() if key not in ("verdict", "fix")}
    return Receipt(**same, answer=Answer(entry["verdict"]), fix=tuple(entry["fix"]), location=location)


def _duplicates(receipts: Iterable[Receipt]) -> Iterator[Problem]:
    first: dict[tuple[str, str], Receipt] = {}
    for receipt in receipts:
        other = first.setdefault(receipt.key, receipt)
        if other is not receipt:
            message = f"the proof of {receipt.guard} for {receipt.incident} stands in {other.location} already"
            yield Problem(receipt.location, "usage", PATH, message, "delete the older of the two lines")
