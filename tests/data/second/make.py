"""A user's repository made out of a seed: incidents, a backlog, deploys, commits and a policy.

``data`` gives it as one plain value, which compute.py reads as JSON; ``write`` puts it into files as people write them.
All times are multiples of five minutes. Run as a program it makes again what lies here: data.json and case/.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

HERE = Path(__file__).parent
SEED = 5
MODULES = ("shop/orders", "shop/billing", "auth", "search", "reports", "mail")
CAUSES = ("input-validation", "missing-index", "null-handling", "Expired Certificate")
UNKNOWN = ("unknown", "TBD", '"?"', "")
ANCHORS = ("postmortem_at", "resolved_at", "fixed_at", "mitigated_at", "detected_at")
STAMPS = ("started_at", "detected_at", "mitigated_at", "fixed_at", "resolved_at")
FIRST = datetime(2024, 1, 1, tzinfo=UTC)
STEP = timedelta(minutes=5)
DAY = timedelta(days=1)
Record = dict[str, Any]


def data(seed: int) -> Record:
    """Everything of one repository; stamps are text in UTC, days are ISO dates."""
    draw = Random(seed)
    zone = ("Europe/Berlin", "America/New_York", "UTC")[seed % 3 - 2]
    deploys = sorted(_deploys(draw, ZoneInfo(zone)))
    incidents = _incidents(draw, deploys, ZoneInfo(zone), draw.choice([3, 8, 14, 24]) if seed != SEED else 24)
    return {
        "seed": seed,
        "policy": _policy(draw, seed, zone),
        "incidents": incidents,
        "actions": [*_actions(draw, incidents, ZoneInfo(zone))],
        "deploys": [_text(at) for at in deploys],
        "commits": [] if seed % 5 == 2 else _commits(draw),
        "as_of": ["2024-06-30T22:00:00Z", "2024-04-17T09:30:00Z", "2024-02-03T00:00:00Z", "2023-12-01T00:00:00Z"],
    }


def _policy(draw: Random, seed: int, zone: str) -> Record:
    exposure = [{}, {"auth": 0.25, "shop/orders": 0.5}, dict.fromkeys(MODULES, 0.125)][seed % 3]
    return {
        "zone": zone,
        "from": draw.choice([None, "2023-12-10"]),
        "compare_at": draw.choice([None, "2024-04-01"]),
        "level": draw.choice([0.05, 0.05, 0.1]),
        "deploy_hours": draw.choice([2, 4, 6.5]),
        "data_hours": draw.choice([4, 24]),
        "working": draw.choice([["mon", "tue", "wed", "thu", "fri"], ["mon", "thu", "sat"]]),
        "from_hour": draw.choice(["00:00", "08:00"]),
        "to_hour": draw.choice(["11:00", "18:30"]),
        "exposure": exposure,
        "target_minutes": draw.choice([15, 20]),
        "error_modules": draw.choice([2, 3]),
        "stale_days": draw.choice([14, 30]),
        "within_days": draw.choice([14, 21]),
    }


def _deploys(draw: Random, zone: ZoneInfo) -> Iterator[datetime]:
    """Most Tuesdays and Thursdays at ten by the clock on the wall, some of them twice; a few at any time."""
    for number in range(200):
        on = date(2023, 12, 5) + number * DAY
        if on.weekday() in (1, 3) and draw.random() < 0.8:
            at = datetime(on.year, on.month, on.day, 10, tzinfo=zone).astimezone(UTC)
            yield at
            if draw.random() < 0.2:
                yield at + draw.choice([0, 6, 30]) * STEP
        elif draw.random() < 0.05:
            yield FIRST + (number - 27) * DAY + draw.randrange(288) * STEP


def _incidents(draw: Random, deploys: list[datetime], zone: ZoneInfo, size: int) -> list[Record]:
    """Some begin just after a deploy, or at the very end of its window; some with a month; two at the same moment."""
    midnight = datetime(2024, 4, 1, tzinfo=zone).astimezone(UTC)
    starts = [midnight, midnight - STEP, deploys[8], deploys[8], deploys[9] + timedelta(hours=4)]
    while len(starts) < size:
        after = draw.choice(deploys) + draw.randrange(60) * STEP
        starts.append(after if draw.random() < 0.5 else FIRST + draw.randrange(200 * 288) * STEP)
    draw.shuffle(starts)
    made: list[Record] = []
    for number, start in enumerate(starts[:size], start=1):
        one = _times(draw, start, zone) | _words(draw)
        earlier = [other["id"] for other in made if other["detected_at"] < one["detected_at"]]
        repeat_of = draw.choice(earlier) if earlier and draw.random() < 0.15 else None
        made.append({"id": f"INC-{number:03}", **one, "repeat_of": repeat_of})
    return made


def _times(draw: Random, start: datetime, zone: ZoneInfo) -> Record:
    """Stamps as far as the status has them; now and then one was forgotten."""
    status = draw.choice(["resolved"] * 6 + ["closed", "closed", "mitigated", "active"])
    detected = start + draw.choice([0, 1, 2, 3, 4, 4, 9, 12, 48]) * STEP
    mitigated = detected + draw.choice([1, 4, 6, 6, 10, 30]) * STEP
    fixed = mitigated + draw.choice([10, 100, 288, 288, 1000]) * STEP
    ended = status in ("resolved", "closed")
    repaired = draw.random() < 0.85
    post = (fixed + draw.randrange(5) * DAY).astimezone(zone).date()
    return {
        "status": status,
        "started_at": _text(start) if draw.random() < 0.85 else None,
        "detected_at": _text(detected),
        "mitigated_at": _text(mitigated) if status != "active" and draw.random() < 0.9 else None,
        "fixed_at": _text(fixed) if ended and repaired else None,
        "resolved_at": _text(fixed + 12 * STEP) if ended and not repaired else None,
        "postmortem_at": str(post) if draw.random() < 0.7 or status == "closed" else None,
    }


def _words(draw: Random) -> Record:
    return {
        "severity": draw.choice(["SEV1", "SEV2", "SEV3", "SEV4"]),
        "modules": draw.sample(MODULES, draw.choice([1, 1, 1, 2])) if draw.random() < 0.9 else [],
        "cause": draw.choice(CAUSES) if draw.random() < 0.8 else None,
        "error_type": draw.choice(["KeyError", "TimeoutError"]) if draw.random() < 0.5 else None,
        "trigger": draw.choice(["deploy", "deploy", "data", "config", "load", "unknown", None]),
        "detected_by": draw.choice(["customer", "customer", "alert", "staff", None]),
        "deploy": draw.choice(["v1.7", None, None]),
    }


def _actions(draw: Random, incidents: list[Record], zone: ZoneInfo) -> Iterator[Record]:
    """Up to three for each incident, some Done before there was a post-mortem; one of an incident nobody knows."""
    of = [one for one in incidents for _ in range(draw.choice([0, 1, 2, 3]))]
    for number, one in enumerate(of, start=1):
        status = draw.choice(["Done"] * 5 + ["Todo", "In progress", "Blocked", "Dropped"])
        anchor = anchor_day(one, zone)
        done = anchor + draw.choice([-2, 0, 1, 7, 14, 14, 15, 40, 90]) * DAY
        yield {
            "number": number,
            "incident": one["id"],
            "category": draw.choice(["Test", "Test", "Monitor", "Code", "Process", None]),
            "priority": draw.choice(["P1", "P1", "P2", "P3", "P4", None]),
            "status": status,
            "due": str(anchor + draw.choice([0, 14, 30, 60]) * DAY) if draw.random() < 0.85 else None,
            "done": str(done) if status == "Done" and draw.random() < 0.9 else None,
        }
    stray = {"category": "Code", "priority": "P1", "status": "Todo", "due": "2024-03-01", "done": None}
    yield {"number": len(of) + 1, "incident": "INC-999", **stray}


def anchor_day(one: Mapping[str, Any], zone: ZoneInfo) -> date:
    """The day from which the actions of an incident count."""
    stamp = next(one[name] for name in ANCHORS if one[name])
    return date.fromisoformat(stamp) if len(stamp) == 10 else datetime.fromisoformat(stamp).astimezone(zone).date()


def _commits(draw: Random) -> list[Record]:
    """The first one brings all files; the later ones change some, in about one case a migration too."""
    files = [f"{module}/code.py" for module in MODULES] + ["shop/billing/migrations/0001.sql"]
    made = [{"at": "2023-11-20T00:00:00Z", "files": files}]
    at = datetime(2023, 12, 1, tzinfo=UTC)
    while (at := at + draw.randrange(12, 900) * STEP) < datetime(2024, 7, 10, tzinfo=UTC):
        touched = draw.sample(files, draw.choice([1, 1, 2]))
        made.append({"at": _text(at), "files": touched})
    return made


def _text(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def write(made: Mapping[str, Any], root: Path) -> None:
    """Policy, records, backlog and deploys, each in one of the forms that people use."""
    draw = Random(f"{made['seed']} written")
    (root / "incidents").mkdir(parents=True, exist_ok=True)
    files = {"prevention-policy.yaml": _policy_text(made["policy"])}
    seen: set[str] = set()
    for one in made["incidents"]:
        files[f"incidents/{one['id']}-what-happened.md"] = _record_text(one, draw, seen)
    files["incidents/prevention-backlog.md"] = _backlog_text(made, draw)
    files["deploys.csv"] = "ref,deployed_at\n" + "".join(
        f"v{n},{_stamp(at, draw)}\n" for n, at in enumerate(made["deploys"])
    )
    for name, text in files.items():
        (root / name).write_text(text, encoding="utf-8", newline="\n")


def _policy_text(policy: Mapping[str, Any]) -> str:
    told = {"from": policy["from"], "compare_at": policy["compare_at"], "timezone": policy["zone"]}
    observation = ", ".join(f'{key}: "{value}"' for key, value in told.items() if value)
    exposure = ", ".join(f"{module}: {share}" for module, share in policy["exposure"].items())
    return f"""version: 1
extends: ["preset:advisory"]
observation: {{{observation}}}
statistics: {{level: {policy["level"]}}}
thresholds: {{action_stale_days: {policy["stale_days"]}, complete_within_days: {policy["within_days"]}}}
deploys:
  csv: deploys.csv
  window_hours: {policy["deploy_hours"]}
  working_hours: {{days: [{", ".join(policy["working"])}], from: "{policy["from_hour"]}", to: "{policy["to_hour"]}"}}
data_changes: {{window_hours: {policy["data_hours"]}}}
patterns:
  same_module: {{exposure: {{{exposure}}}}}
  same_error: {{modules: {policy["error_modules"]}}}
  slow_detection: {{target_minutes: {policy["target_minutes"]}}}
"""


def _record_text(one: Mapping[str, Any], draw: Random, seen: set[str]) -> str:
    """A cause that was named before may be written in other letters, a module as a folder or a glob."""
    keys = {key: value for key, value in one.items() if value and key not in ("modules", "cause", *STAMPS)}
    keys |= {key: _stamp(one[key], draw) for key in STAMPS if one[key]}
    cause = one["cause"]
    if cause is None:
        keys["cause"] = draw.choice(UNKNOWN)
    else:
        keys["cause"] = draw.choice([cause, cause.upper(), f'"  {cause} "']) if cause in seen else cause
        seen.add(cause)
    modules = [module + draw.choice(["", "", "/", "/**"]) for module in one["modules"]]
    lines = [f"{key}: {value}" for key, value in keys.items() if value != ""]
    return "\n".join(
        ["---", *lines, f"title: What happened in {one['id']}", f"modules: {json.dumps(modules)}", "---", ""]
    )


def _backlog_text(made: Mapping[str, Any], draw: Random) -> str:
    zone, incidents = ZoneInfo(made["policy"]["zone"]), {one["id"]: one for one in made["incidents"]}
    head = "| # | Incident | Action | Category | Priority | Status | Due | Done |"
    rows = [head, "|---" * 8 + "|"]
    for action in made["actions"]:
        one = incidents.get(action["incident"])
        days = (_day_text(action[key], anchor_day(one, zone) if one else None, draw) for key in ("due", "done"))
        words = (action[key] or draw.choice(["", "—", "n/a"]) for key in ("category", "priority"))
        rows.append(
            "| "
            + " | ".join([str(action["number"]), action["incident"], "Do it", *words, action["status"], *days])
            + " |"
        )
    return "\n".join(["# Backlog", "", *rows, ""])


def _day_text(day: str | None, anchor: date | None, draw: Random) -> str:
    """Without its year only where the year that is meant can be told."""
    if day is None:
        return draw.choice(["", "—", "-"])
    on = date.fromisoformat(day)
    near = anchor is not None and anchor - 30 * DAY <= on < anchor + 335 * DAY
    return draw.choice([day, f"{on:%b} {on.day}", f"{on.day} {on:%b} {on.year}"]) if near else day


def _stamp(text: str, draw: Random) -> str:
    """The same moment by another clock."""
    at = datetime.fromisoformat(text)
    offset = timezone(timedelta(minutes=draw.choice([0, 60, -480, 345])))
    return draw.choice([text, at.astimezone(offset).isoformat()])


if __name__ == "__main__":
    found = data(SEED)
    write(found, HERE / "case")
    (HERE / "data.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
