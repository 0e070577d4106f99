"""What the report must say of a repository made by make.py: by scipy, lifelines, statsmodels and numpy alone.

Nothing here is shared with the package. Time is a grid of five minutes, on which all stamps lie; a share of it is
counted. Run as a program it computes expected.json from data.json.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, partial
from importlib import import_module
from itertools import count
from math import factorial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

lifelines: Any = import_module("lifelines")
utils: Any = import_module("lifelines.utils")
multitest: Any = import_module("statsmodels.stats.multitest")
np: Any = import_module("numpy")
stats: Any = import_module("scipy.stats")

HERE = Path(__file__).parent
ANCHORS = ("postmortem_at", "resolved_at", "fixed_at", "mitigated_at", "detected_at")
STAMPS = ("started_at", "detected_at", "mitigated_at", "fixed_at", "resolved_at")
DAY, HOUR, MINUTE, STEP = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1), timedelta(minutes=5)
NO_ENDS = {"low": None, "high": None}
Json = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """The data as of a moment."""

    data: Mapping[str, Any]
    as_of: datetime

    @cached_property
    def policy(self) -> Any:
        return self.data["policy"]

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.policy["zone"])

    @cached_property
    def incidents(self) -> list[Json]:
        """In order of their begin, with stamps as moments."""
        read = [one | {key: _moment(one[key]) for key in STAMPS} for one in self.data["incidents"]]
        return sorted(({**one, "began": one["started_at"] or one["detected_at"]} for one in read), key=_order)

    @cached_property
    def happened(self) -> list[Json]:
        return [one for one in self.incidents if one["began"] < self.as_of]

    @cached_property
    def first(self) -> date | None:
        """The first observed day."""
        if self.policy["from"]:
            return date.fromisoformat(self.policy["from"])
        return self.day(self.happened[0]["began"]).replace(day=1) if self.happened else None

    @cached_property
    def start(self) -> datetime:
        return min(self.midnight(self.first), self.as_of) if self.first else self.as_of

    @cached_property
    def middle(self) -> datetime | None:
        """Where two periods meet."""
        told = self.policy["compare_at"]
        at = self.midnight(date.fromisoformat(told)) if told else self.start + (self.as_of - self.start) / 2
        return at if self.start < at < self.as_of else None

    @cached_property
    def observed(self) -> list[Json]:
        return [one for one in self.happened if one["began"] >= self.start]

    @cached_property
    def actions(self) -> list[Json]:
        """As they stood, with days as dates."""
        later = {one["id"] for one in self.incidents if one["began"] >= self.as_of}
        rows = [row for row in self.data["actions"] if row["incident"] not in later]
        return [self._then(row | {"due": _day(row["due"]), "done": _day(row["done"])}) for row in rows]

    def _then(self, row: Json) -> Json:
        row["key"] = f"{row['incident']}#{row['number']}"
        row["done_later"] = row["done"] is not None and row["done"] > self.day(self.as_of)
        if row["done_later"]:
            row |= {"status": "Todo", "done": None}
        return row | {"open": row["status"] not in ("Done", "Dropped"), "anchor": self._anchor(row["incident"])}

    def _anchor(self, incident: str) -> date | None:
        one = next((one for one in self.data["incidents"] if one["id"] == incident), None)
        if one is None:
            return None
        stamp = next(one[name] for name in ANCHORS if one[name])
        return date.fromisoformat(stamp) if len(stamp) == 10 else self.day(datetime.fromisoformat(stamp))

    def day(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()

    def midnight(self, on: date) -> datetime:
        return datetime.combine(on, time(), self.zone).astimezone(UTC)

    @cached_property
    def grid(self) -> list[datetime]:
        """The observed time in steps."""
        return [self.start + n * STEP for n in range((self.as_of - self.start) // STEP)]

    @cached_property
    def working(self) -> set[datetime]:
        """The steps in which people work, by the clock on their wall."""
        begin, end, days = self.policy["from_hour"], self.policy["to_hour"], self.policy["working"]
        local = ((at, f"{at.astimezone(self.zone):%a %H:%M}".lower()) for at in self.grid)
        return {at for at, clock in local if clock[:3] in days and begin <= clock[4:] < end}

    def text(self, at: datetime) -> str:
        return at.astimezone(self.zone).isoformat().replace("+00:00", "Z")


def _order(one: Json) -> tuple[datetime, str]:
    return one["began"], one["id"]


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def compute(data: Mapping[str, Any], as_of: str) -> Json:
    case = Case(data, datetime.fromisoformat(as_of))
    return {
        "indicators": {
            "level": case.policy["level"],
            "leading": {"actions_completed": actions_completed(case), "time_to_complete": time_to_complete(case)},
            "lagging": {
                "incident_count": incident_count(case),
                "repeat_incidents": repeat_incidents(case),
                "time_to_detect": time_to(case, "started_at", "detected_at", MINUTE, ()),
                "time_to_mitigate": time_to(case, "detected_at", "mitigated_at", MINUTE, ("active",)),
                "time_to_fix": time_to(case, "detected_at", "fixed_at", HOUR, ("active", "mitigated")),
            },
        },
        "patterns": {
            "same_module": same_module(case),
            "same_error": same_error(case),
            "deploys": deploys(case),
            "data_changes": data_changes(case),
            "slow_detection": slow_detection(case),
        },
    }


def actions_completed(case: Case) -> Json:
    rows, level, today = (
        [row for row in case.actions if row["status"] != "Dropped"],
        case.policy["level"],
        case.day(case.as_of),
    )
    done = [row for row in rows if row["status"] == "Done"]
    dated = [row["done"] <= row["due"] for row in done if row["done"] and row["due"]]
    stale = case.policy["stale_days"]

    def keys(wanted: Callable[[Json], Any]) -> list[str]:
        return [row["key"] for row in rows if wanted(row)]

    def tallies(group: Callable[[Json], str]) -> Json:
        names = [group(row) for row in rows]
        return {name: {"done": sum(group(row) == name for row in done), "total": names.count(name)} for name in names}

    return {
        "done": len(done),
        "total": len(rows),
        "share": len(done) / len(rows) if rows else None,
        "interval": share_interval(len(done), len(rows), level, "exact"),
        "wilson": share_interval(len(done), len(rows), level, "wilson"),
        "dropped": len(case.actions) - len(rows),
        "by_priority": tallies(lambda row: row["priority"] or "P2"),
        "by_category": tallies(lambda row: row["category"] or "unknown"),
        "on_time": {"done": sum(dated), "total": len(dated)},
        "done_without_date": [row["key"] for row in done if not row["done"]],
        "overdue": keys(lambda row: row["open"] and row["due"] and row["due"] < today),
        "stale": keys(lambda row: row["open"] and row["anchor"] and (today - row["anchor"]).days > stale),
        "no_due": keys(lambda row: row["open"] and not row["due"]),
        "done_after_as_of": [row["key"] for row in case.actions if row["done_later"]],
        "after_as_of": _not_there(case),
        "earlier": 0,
    }


def _not_there(case: Case) -> list[str]:
    there = {row["number"] for row in case.actions}
    return [f"{row['incident']}#{row['number']}" for row in case.data["actions"] if row["number"] not in there]


def time_to_complete(case: Case) -> Json:
    rows, level, today = (
        [row for row in case.actions if row["status"] != "Dropped"],
        case.policy["level"],
        case.day(case.as_of),
    )
    known = [row for row in rows if row["anchor"] and (row["open"] or row["done"])]
    ages = {row["key"]: (row["done"] - row["anchor"]).days for row in known if not row["open"]}
    values = {key: max(days, 0) for key, days in ages.items()}
    waiting = {row["key"]: max((today - row["anchor"]).days, 0) for row in known if row["open"]}
    fit = survival(values.values(), waiting.values(), level)
    within, times = case.policy["within_days"], sorted({*values.values(), *waiting.values()})
    return {
        "unit": "days",
        "completed": len(values),
        "open": len(waiting),
        "values": values,
        "waiting": waiting,
        "curve": {"0": 1.0} | {str(at): float(fit.predict(at)) for at in times} if fit else {},
        "median": survival_median(fit),
        "median_of_completed": float(np.median([*values.values()])) if values else None,
        "interval": survival_interval(fit, len(known), level),
        "within_target": {"days": within, **_within(fit, within)},
        "done_before_anchor": [key for key, days in ages.items() if days < 0],
        "excluded": {
            "dropped": [row["key"] for row in case.actions if row["status"] == "Dropped"],
            "done_without_date": [row["key"] for row in rows if row["status"] == "Done" and not row["done"]],
            "no_anchor": [row["key"] for row in rows if not row["anchor"] and (row["open"] or row["done"])],
            "earlier": [],
            "after_as_of": _not_there(case),
        },
    }


def survival(happened: Iterable[float], waiting: Iterable[float], level: float) -> Any:
    """Kaplan and Meier's curve with the log-log interval; None without values."""
    done, still = [*happened], [*waiting]
    if not done + still:
        return None
    return lifelines.KaplanMeierFitter(alpha=level).fit(done + still, [1] * len(done) + [0] * len(still))


def survival_median(fit: Any) -> float | None:
    """The first time with no more than half left, where rounding does not count."""
    curve = [] if fit is None else fit.survival_function_.iloc[:, 0].items()
    return next((float(at) for at, left in curve if left <= 0.5 + 1e-12), None)


def survival_interval(fit: Any, n: int, level: float) -> Json:
    if n < least(lambda m: 2 * 0.5**m, level):
        return NO_ENDS
    low, high = (float(end) for end in utils.median_survival_times(fit.confidence_interval_).to_numpy().ravel())
    return {"low": finite(low), "high": finite(high)}


def finite(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _within(fit: Any, days: float) -> Json:
    """Nobody knows what lies beyond the last time that was seen."""
    if fit is None or (fit.durations.max() < days and fit.predict(fit.durations.max()) > 1e-12):
        return {"share": None, "interval": NO_ENDS}
    left = float(fit.predict(days))
    if not 1e-12 < left < 1 - 1e-12:
        return {"share": 1 - left, "interval": NO_ENDS}
    lower, upper = fit.confidence_interval_.loc[:days].iloc[-1]
    return {"share": 1 - left, "interval": {"low": 1 - float(upper), "high": 1 - float(lower)}}


def least(p: Callable[[int], float], level: float) -> int:
    """From how many on the most extreme outcome, which has this p, reaches the level."""
    return next(n for n in count(1) if p(n) <= level)


def share_interval(k: int, n: int, level: float, method: str) -> Json:
    if not n:
        return NO_ENDS
    found = stats.binomtest(k, n).proportion_ci(1 - level, method)
    return {"low": float(found.low), "high": float(found.high)}


def greater(k: int, n: int, share: float) -> float:
    return float(stats.binomtest(k, n, share, "greater").pvalue) if k else 1.0


def trend(values: Sequence[float], level: float) -> Json:
    if len(values) < least(lambda m: 2 / factorial(m), level) or len(set(values)) == 1:
        return {"tau_b": None, "p": None, "slope": None}
    order = range(len(values))
    found = stats.kendalltau(order, values)
    slope = stats.theilslopes(values, order).slope
    return {"tau_b": float(found.statistic), "p": float(found.pvalue), "slope": float(slope)}


def incident_count(case: Case) -> Json:
    level, days, n = case.policy["level"], (case.as_of - case.start) / DAY, len(case.observed)
    seen = days > 0
    last = case.day(case.as_of - timedelta(microseconds=1))
    months = (
        [str(month) for month in np.arange(str(case.first)[:7], str(last + 31 * DAY)[:7], dtype="M8[M]")]
        if case.first
        else []
    )
    months = [month for month in months if month <= str(last)[:7]]
    by_month = {month: sum(str(case.day(one["began"]))[:7] == month for one in case.observed) for month in months}
    late = {str(case.first)[:7]} if case.first and case.first.day > 1 else set()
    early = {str(last)[:7]} if (last + DAY).month == last.month else set()
    partial = sorted(late | early) if seen else []
    told = "policy" if case.policy["from"] else "first incident"
    return {
        "by_month": by_month,
        "total": n if seen else None,
        "exposure_days": days if seen else None,
        "rate_per_30_days": n / days * 30 if seen else None,
        "interval": garwood(n, days / 30, level) if seen else NO_ENDS,
        **(_periods(case) if seen and case.middle else {"periods": [], "period_p": None, "rate_ratio": None}),
        "trend": trend([number for month, number in by_month.items() if month not in partial], level),
        "observed_from": str(case.first) if case.first else None,
        "observed_from_is": told if case.first else None,
        "partial": partial,
        "excluded": {
            "before_observation": sorted(one["id"] for one in case.happened if one not in case.observed),
            "after_as_of": sorted(one["id"] for one in case.incidents if one not in case.happened),
            "undated": [],
        },
    }


def garwood(n: int, exposure: float, level: float) -> Json:
    low = stats.chi2.ppf(level / 2, 2 * n) / 2 if n else 0.0
    return {"low": float(low) / exposure, "high": float(stats.chi2.ppf(1 - level / 2, 2 * n + 2)) / 2 / exposure}


def _periods(case: Case) -> Json:
    assert case.middle
    ends = [(case.start, case.middle), (case.middle, case.as_of)]
    counts = [sum(begin <= one["began"] < end for one in case.observed) for begin, end in ends]
    days = [(end - begin) / DAY for begin, end in ends]
    share, n = days[0] / sum(days), sum(counts)

    def p(first: int, of: int) -> float:
        return float(stats.binomtest(first, of, share).pvalue)

    enough = n >= least(lambda m: min(p(0, m), p(m, m)), case.policy["level"])
    stamps = [(case.text(case.start), case.text(case.middle)), (case.text(case.middle), _utc(case.as_of))]
    return {
        "periods": [
            {"from": begin, "to": end, "incidents": number, "days": long}
            for (begin, end), number, long in zip(stamps, counts, days, strict=True)
        ],
        "period_p": p(counts[0], n) if enough else None,
        "rate_ratio": counts[1] / days[1] / (counts[0] / days[0]) if counts[0] else None,
    }


def _utc(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def repeat_incidents(case: Case) -> Json:
    known = [one["id"] for one in case.happened if one["cause"]]
    repeats, prevented = [], []
    for number, one in enumerate(case.happened):
        same = [other for other in case.happened[:number] if one["cause"] and other["cause"] == one["cause"]]
        if same or one["repeat_of"]:
            repeats.append([one["id"], same[0]["id"] if same else one["repeat_of"]])
        rows = [row for other in same for row in case.actions if row["incident"] == other["id"]]
        done = [
            row["number"]
            for row in rows
            if row["done"] and row["status"] == "Done" and row["done"] < case.day(one["began"])
        ]
        prevented += [[one["id"], done]] if done else []
    return {
        "known_cause": len(known),
        "repeats": repeats,
        "share": sum(later in known for later, _ in repeats) / len(known) if known else None,
        "declared": [[one["id"], one["repeat_of"]] for one in case.happened if one["repeat_of"]],
        "after_prevention": prevented,
        "unknown_cause": [one["id"] for one in case.happened if not one["cause"]],
        "undated": [],
        "after_as_of": [one["id"] for one in case.incidents if one not in case.happened],
        "earlier": [],
    }


def time_to(case: Case, begin: str, end: str, unit: timedelta, ongoing: Sequence[str]) -> Json:
    """Of the incidents that were known at as-of; what ended later was open then."""
    level = case.policy["level"]
    known = [one for one in case.incidents if one["detected_at"] <= case.as_of]
    timed = [one for one in known if one[begin] and (one[end] or one["status"] in ongoing)]
    values = {one["id"]: (one[end] - one[begin]) / unit for one in timed if one[end] and one[end] <= case.as_of}
    waiting = {one["id"]: (case.as_of - one[begin]) / unit for one in timed if one["id"] not in values}
    lengths = [*values.values()]
    return {
        "unit": "hours" if unit == HOUR else "minutes",
        "n": len(values),
        "values": values,
        "open": [*waiting],
        "waiting": waiting,
        "missing": sorted(one["id"] for one in known if one not in timed),
        "negative": [],
        "after_as_of": sorted(one["id"] for one in case.incidents if one not in known),
        "earlier": [],
        "median": float(np.median(lengths)) if lengths else None,
        "p90": float(np.percentile(lengths, 90)) if lengths else None,
        "median_with_open": survival_median(survival(lengths, waiting.values(), level)),
        "interval": median_interval(lengths, level),
        "trend": trend(lengths, level),
    }


def median_interval(values: Sequence[float], level: float) -> Json:
    n = len(values)
    if n < least(lambda m: 2 * 0.5**m, level):
        return {"low": None, "high": None, "level": None}
    rank = max(k for k in range(1, n) if 2 * stats.binom.cdf(k - 1, n, 0.5) <= level)
    ordered, outside = sorted(values), 2 * float(stats.binom.cdf(rank - 1, n, 0.5))
    return {"low": ordered[rank - 1], "high": ordered[n - rank], "level": 1 - outside}


def holm(ps: Mapping[Any, float]) -> dict[Any, float]:
    return (
        dict(zip(ps, map(float, multitest.multipletests([*ps.values()], method="holm")[1]), strict=True)) if ps else {}
    )


def verdict(p: float | None, level: float, *, enough: bool) -> str:
    if not enough:
        return "not enough data"
    return "supported" if p is not None and p <= level else "descriptive"


def same_module(case: Case) -> Json:
    told, level = case.policy["exposure"], case.policy["level"]
    of = {module: [one["id"] for one in case.observed if module in one["modules"]] for module in told}
    for module in (module for one in case.observed for module in one["modules"]):
        of[module] = [one["id"] for one in case.observed if module in one["modules"]]
    n = sum(bool(one["modules"]) for one in case.observed)
    shares = _exposure(case, of)
    ps = {module: greater(len(of[module]), n, share) for module, (share, _) in shares.items() if share and share < 1}
    corrected = holm(ps)
    needed = {module: least(partial(pow, shares[module][0]), level / len(ps)) for module in ps}
    return {
        "modules": {
            module: {
                "incidents": len(ids),
                "of": n,
                "ids": ids,
                "recent": (recent := [_recent(case, ids, days, enough) for enough, days in ((2, 90), (3, 365))]),
                "flagged": any(one["incidents"] >= one["flagged_from"] for one in recent),
                "exposure_share": shares[module][0],
                "exposure_from": shares[module][1],
                "p": ps.get(module),
                "p_holm": corrected.get(module),
                "needed": needed.get(module),
                "verdict": verdict(corrected.get(module), level, enough=module in ps and n >= needed[module]),
            }
            for module, ids in of.items()
        },
        "without_module": [one["id"] for one in case.observed if not one["modules"]],
    }


def _recent(case: Case, ids: Sequence[str], days: int, enough: int) -> Json:
    since = case.as_of - days * DAY
    number = sum(one["began"] >= since for one in case.observed if one["id"] in ids)
    return {"days": days, "incidents": number, "flagged_from": enough}


def _exposure(case: Case, modules: Iterable[str]) -> dict[str, tuple[float | None, str]]:
    """As policy says, else by the commits that touched any of the modules, else what is left in equal parts."""
    told = case.policy["exposure"]
    commits = [one for one in case.data["commits"] if case.start <= datetime.fromisoformat(one["at"]) <= case.as_of]
    touched = {
        module: {
            number for number, one in enumerate(commits) if any(file.startswith(f"{module}/") for file in one["files"])
        }
        for module in modules
    }
    total = len(set[int]().union(*touched.values()))
    left, others = 1 - sum(told.values()), len(touched.keys() - told.keys())
    shares: dict[str, tuple[float | None, str]] = {}
    for module, own in touched.items():
        if module in told:
            shares[module] = told[module], "policy"
        elif total:
            shares[module] = len(own) / total, "history"
        else:
            shares[module] = left / others if left > 0 else None, "equal"
    return shares


def same_error(case: Case) -> Json:
    level, at = case.policy["level"], case.middle
    groups = {
        (kind, one[kind]): [other for other in case.observed if other[kind] == one[kind]]
        for kind in ("cause", "error_type")
        for one in case.observed
        if one[kind]
    }
    modules = {key: sorted({module for one in ones for module in one["modules"]}) for key, ones in groups.items()}
    flagged = {key for key in groups if len(modules[key]) >= case.policy["error_modules"] and len(groups[key]) > 1}
    tables = {key: _table(case, key[0], ones) for key, ones in groups.items()} if at else {}
    ps = {key: fisher(table) for key, table in tables.items()}
    corrected = holm({key: p for key, p in ps.items() if key in flagged})
    smallest = {key: fisher(_extreme(tables[key])) for key in corrected}

    def told(kind: str) -> Json:
        return {
            key[1]: {
                "incidents": len(ones),
                "ids": [one["id"] for one in ones],
                "modules": modules[key],
                "flagged": key in flagged,
                "table": tables.get(key),
                "p": ps.get(key),
                "p_holm": corrected.get(key),
                "verdict": verdict(corrected[key], level, enough=len(corrected) * smallest[key] <= level)
                if key in corrected
                else None,
            }
            for key, ones in groups.items()
            if key[0] == kind
        }

    return {
        "causes": told("cause"),
        "error_types": told("error_type"),
        "compared_at": case.text(at) if at else None,
        "unknown": [one["id"] for one in case.observed if not (one["cause"] or one["error_type"])],
    }


def _table(case: Case, kind: str, ones: Sequence[Json]) -> list[list[int]]:
    """With it and without: first the recent time, then the time before."""
    others = [one for one in case.observed if one[kind] and one not in ones]
    recent = [sum(one["began"] >= case.middle for one in some) for some in (ones, others)]
    return [recent, [len(ones) - recent[0], len(others) - recent[1]]]


def _extreme(table: list[list[int]]) -> list[list[int]]:
    """As many as possible of those with it are recent."""
    (a, b), (c, d) = table
    moved = min(b, c)
    return [[a + moved, b - moved], [c - moved, d + moved]]


def fisher(table: list[list[int]]) -> float:
    return float(stats.fisher_exact(table, "greater").pvalue)


def deploys(case: Case) -> Json:
    return _after(case, "deploy", case.data["deploys"], case.policy["deploy_hours"])


def data_changes(case: Case) -> Json:
    commits = [one for one in case.data["commits"] if any("/migrations/" in file for file in one["files"])]
    return _after(case, "data", [one["at"] for one in commits], case.policy["data_hours"])


def _after(case: Case, trigger: str, changes: Sequence[str], hours: float) -> Json:
    width, level = timedelta(hours=hours), case.policy["level"]
    at = sorted({datetime.fromisoformat(one) for one in changes})
    at = [one for one in at if case.start < one + width and one < case.as_of]
    known = bool(case.data["commits"]) or trigger == "deploy"
    starts = {one["id"]: one["started_at"] for one in case.observed if one["started_at"]}
    covered = _covered(at, width)
    hits = [id_ for id_, start in starts.items() if start in covered]
    human = [one for one in case.observed if one["trigger"] not in (None, "unknown")]
    said = [one["id"] for one in human if one["trigger"] == trigger]
    free = [one for one in case.observed if one["trigger"] in (None, "unknown", "deploy") and one["deploy"]]
    named = {one["id"]: one["deploy"] for one in free} if trigger == "deploy" else {}
    share = _share(starts.values(), case.grid, covered, level)
    working = _share(
        [start for start in starts.values() if start in case.working],
        [*case.working],
        covered,
        level,
    )
    if share["verdict"] == "supported" and working["verdict"] != "supported":
        share["verdict"] = "descriptive"
    missing = {"hits": None, "of": len(starts), "time_share": None, "p": None, "verdict": None}
    shifted = _shifted(case, list(starts.values()), covered) if at else "unavailable"
    return {
        **(share if known else missing),
        "window_hours": hours,
        "changes": len(at) if known else None,
        "incidents": hits if known else [],
        "human_said": {"k": len(said), "n_known": len(human), "incidents": said},
        "named": named,
        "other_trigger": {
            one["id"]: one["trigger"] for one in human if one["id"] in hits and one["trigger"] != trigger
        },
        "working_hours": {**working, "hours": _hours(case)} if known else "unavailable",
        "day_shift": shifted if known else "unavailable",
        "no_start": [one["id"] for one in case.observed if not one["started_at"]],
        "flagged": max(len(hits), len({*said, *named})) >= 3,
    }


def _covered(changes: Sequence[datetime], width: timedelta) -> set[datetime]:
    """All steps that lie in a window: its first moment does, its end does not."""
    return {at + n * STEP for at in changes for n in range(width // STEP)}


def _share(starts: Iterable[datetime], grid: Sequence[datetime], covered: set[datetime], level: float) -> Json:
    begun = [*starts]
    hits, n = sum(start in covered for start in begun), len(begun)
    share = sum(one in covered for one in grid) / len(grid) if grid else None
    if not n or not share:
        return {"hits": hits, "of": n, "time_share": share, "p": None, "verdict": "not enough data"}
    p = greater(hits, n, share)
    enough = n >= 3 and share < 1 and n >= least(lambda m: share**m, level)
    return {"hits": hits, "of": n, "time_share": share, "p": p, "verdict": verdict(p, level, enough=enough)}


def _hours(case: Case) -> str:
    policy = case.policy
    return f"{', '.join(policy['working'])} {policy['from_hour']} to {policy['to_hour']} ({policy['zone']})"


def _shifted(case: Case, starts: Sequence[datetime], covered: set[datetime]) -> Any:
    """Hits of the same incidents so many days earlier, by the clock on the wall; who would leave the observed time
    comes four weeks later."""
    if not starts or case.as_of - case.start < 28 * DAY:
        return "unavailable"

    def moved(start: datetime, days: int) -> datetime:
        local = start.astimezone(case.zone)
        earlier = (local - days * DAY).astimezone(UTC)
        return earlier if earlier >= case.start else (local + (28 - days) * DAY).astimezone(UTC)

    observed = sum(start in covered for start in starts)
    shifts = {str(days): sum(moved(start, days) in covered for start in starts) for days in range(1, 28)}
    p = (1 + sum(hits >= observed for hits in shifts.values())) / 28
    return {"observed": observed, "shifts": shifts, "p": p, "separable": p <= case.policy["level"]}


def slow_detection(case: Case) -> Json:
    target, level = case.policy["target_minutes"], case.policy["level"]
    known = [one for one in case.observed if one["started_at"] and one["detected_at"] <= case.as_of]
    minutes = {one["id"]: (one["detected_at"] - one["started_at"]) / MINUTE for one in known}
    slow, n = [id_ for id_, value in minutes.items() if value > target], len(known)
    median = float(np.median([*minutes.values()])) if minutes else None
    p, needed = greater(len(slow), n, 0.5) if n else None, least(lambda m: 0.5**m, level)
    said = [one for one in case.observed if one["detected_by"]]
    ids = [one["id"] for one in said if one["detected_by"] == "customer"]
    bound = stats.binomtest(len(slow), n, alternative="greater").proportion_ci(1 - level).low if n else None
    return {
        "target_minutes": target,
        "slow": len(slow),
        "of": n,
        "ids": slow,
        "median": median,
        "p": p,
        "lower_bound": None if bound is None else float(bound),
        "customers": {
            "detected": len(ids),
            "of": len(said),
            "ids": ids,
            "share": len(ids) / len(said) if said else None,
            "interval": share_interval(len(ids), len(said), level, "exact"),
            "wilson": share_interval(len(ids), len(said), level, "wilson"),
        },
        "unknown": [one["id"] for one in case.observed if one not in known],
        "flagged": (median is not None and median > target and n >= 3)
        or (len(said) >= 3 and 2 * len(ids) >= len(said)),
        "needed": needed,
        "verdict": verdict(p, level, enough=n >= needed),
    }


def expected(data: Mapping[str, Any]) -> Json:
    return {as_of: compute(data, as_of) for as_of in data["as_of"]}


if __name__ == "__main__":
    found = expected(json.loads((HERE / "data.json").read_text(encoding="utf-8")))
    (HERE / "expected.json").write_text(json.dumps(found, indent=1, allow_nan=False) + "\n", encoding="utf-8")
