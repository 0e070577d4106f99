"""What `prevention prove` shows: for each guard whether it fails without the fix, and why where nobody can tell."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from pytest_prevention.model.proof import Answer, Proof
from pytest_prevention.reporters.layout import WIDTH, cut, wrapped
from pytest_prevention.reporters.safe import bytes_visible, json_text, safe

VERDICTS: Mapping[Answer, str] = {
    Answer.PROVEN: "proven",
    Answer.WEAK: "weakly proven",
    Answer.NOT_PROVEN: "not proven",
    Answer.INCONCLUSIVE: "inconclusive",
}
METHODS: Mapping[str, str] = {
    "at-the-fix": "at the fix",
    "strict-reverse": "with the fix taken out of newer code",
    "merge-reverse": "with the fix merged out of newer code",
    "function-wise": "with the fix taken out of newer code, function by function",
    "old-tree": "on the code of before the fix",
    "old-tree-stubs": "on the code of before the fix, with stand-ins for what it lacks",
}


def proofs_text(proofs: Sequence[Proof]) -> str:
    """A block for each guard, then the counts."""
    blocks = [_block(proof) for proof in proofs]
    counts = Counter(proof.answer for proof in proofs)
    told = ", ".join(f"{counts[answer]} {VERDICTS[answer]}" for answer in Answer if counts[answer])
    blocks.append([f"Proofs: {told}." if told else "No linked test was to be proven."])
    if any(not (proof.carried_from or proof.receipt) and proof.answer is not Answer.INCONCLUSIVE for proof in proofs):
        blocks[-1].append("What is new is kept in incidents/proofs.json: commit it.")
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def _block(proof: Proof) -> list[str]:
    lines = [f"{VERDICTS[proof.answer]}  {safe(proof.incident)}  {safe(proof.guard)}"]
    how = METHODS.get(proof.method, "")
    if proof.answer is Answer.INCONCLUSIVE:
        lines += wrapped(safe(": ".join(filter(None, (proof.reason, proof.excerpt)))), 2, 4)
    elif proof.answer is Answer.NOT_PROVEN:
        lines += wrapped(f"it passes without the fix, {how}: it guards nothing", 2, 4)
        lines += wrapped(f"see what it executes of the fix: prevention evidence {safe(proof.incident)}", 2, 4)
    else:
        wrong = ", for the wrong reason" if proof.answer is Answer.WEAK else ""
        lines += wrapped(f"fails without the fix{wrong} ({proof.grade}), {how}", 2, 4)
        lines.append(cut(f"    {safe(proof.excerpt)}", WIDTH))
    if proof.carried_from:
        lines += wrapped(f"shown on {safe(proof.carried_from[:10])}, and the test is the same", 2, 4)
    if proof.receipt is not None and proof.contradicts:
        claim = " ".join(filter(None, (proof.receipt.answer, proof.receipt.grade)))
        lines += wrapped(f"its receipt in incidents/proofs.json says: {safe(claim)}", 2, 4)
        lines += wrapped("take that line out of the file, and prove it again", 2, 4)
    return lines


def proofs_json(proofs: Sequence[Proof]) -> str:
    """``{"proofs": [...]}``, indented, in ASCII."""
    data = [
        {
            "incident": proof.incident,
            "guard": bytes_visible(proof.guard),
            "verdict": proof.answer,
            "method": proof.method or None,
            "grade": proof.grade or None,
            "reason": proof.reason or None,
            "seconds": round(proof.seconds, 3),
            "excerpt": bytes_visible(proof.excerpt),
            "carried_from": proof.carried_from or None,
            "receipt": proof.receipt.answer if proof.receipt else None,
        }
        for proof in proofs
    ]
    return json_text(json.dumps({"version": 1, "proofs": data}, indent=2)) + "\n"


PROOF_REPORTERS: Mapping[str, Callable[[Sequence[Proof]], str]] = {"txt": proofs_text, "json": proofs_json}
