"""Pattern: the same module keeps breaking."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Literal

from pytest_prevention.days import midnight
from pytest_prevention.indicators.window import observed, observed_from
from pytest_prevention.model import Facts, Incident, Unavailable
from pytest_prevention.patterns.chance import Word, carries, word
from pytest_prevention.patterns.modules import Names, joined, touching
from pytest_prevention.policy import Policy
from pytest_prevention.statistics import binomial_greater, holm, least_for_share

Origin = Literal["policy", "history", "equal"]
Share = tuple[float | None, Origin]
"""Which part of all changes falls on a module (None: nothing is left for it), and where that comes from."""


@dataclass(frozen=True, slots=True)
class Recent:
    """``incidents`` within so many ``days`` before as-of; the module is flagged from ``flagged_from`` on."""

    days: int
    incidents: int
    flagged_from: int

    @property
    def reached(self) -> bool:
        return self.incidents >= self.flagged_from


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """``ids`` of the ``incidents`` that name it, the newest last, ``of`` all that name a module.

    ``flagged``: one of the ``recent`` counts is reached. ``p``: one-sided, of "its part of the incidents is no larger
    than its ``exposure_share``", ``p_holm`` corrected for all modules that could be tested; ``reason``: why this one
    could not. With fewer incidents than ``needed`` it would show nothing even if all were its own.
    """

    incidents: int
    of: int
    ids: tuple[str, ...]
    recent: tuple[Recent, ...]
    flagged: bool
    exposure_share: float | None
    exposure_from: Origin
    p: float | None
    p_holm: float | None
    needed: int | None
    verdict: Word
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SameModule:
    """``modules``: those that incidents name, and those to which policy gives an exposure; what broke most comes first.

    The incidents ``without_module`` name none.
    """

    modules: Mapping[str, Module]
    without_module: tuple[str, ...]

    @property
    def flagged(self) -> dict[str, Module]:
        return {name: module for name, module in self.modules.items() if module.flagged}


@lru_cache(maxsize=1)
def measure(facts: Facts, policy: Policy) -> SameModule:
    """Over the incidents in the observed time; MissingSource without incidents."""
    incidents, names = observed(facts, policy), Names(facts.history)
    told = {names.today(glob): share for glob, share in policy.tree["patterns"]["same_module"]["exposure"].items()}
    named = joined(incidents, names, told)
    of: dict[str, list[Incident]] = {module: [] for module in told}
    for one in incidents:
        for module in named.get(one.id, ()):
            of.setdefault(module, []).append(one)
    shares = _shares(of, told, facts, policy)
    tested = {module: share for module, (share, _) in shares.items() if share and share < 1}
    ps = {module: binomial_greater(len(of[module]), len(named), share) for module, share in tested.items()}
    corrected = holm(ps)
    needed = {module: least_for_share(share, policy.level / len(tested)) for module, share in tested.items()}
    return SameModule(
        modules={
            module: Module(
                incidents=len(of[module]),
                of=len(named),
                ids=tuple(one.id for one in of[module]),
                recent=(recent := tuple(_recent(of[module], facts, policy))),
                flagged=any(one.reached for one in recent),
                exposure_share=shares[module][0],
                exposure_from=shares[module][1],
                p=ps.get(module),
                p_holm=corrected.get(module),
                needed=needed.get(module),
                verdict=word(corrected.get(module, 1.0), policy.level, enough=carries(len(named), needed.get(module))),
                reason="" if module in tested else _untested(*shares[module]),
            )
            for module in sorted(of, key=lambda module: (-len(of[module]), module))
        },
        without_module=tuple(one.id for one in incidents if one.id not in named),
    )


def _shares(modules: Collection[str], told: Mapping[str, float], facts: Facts, policy: Policy) -> dict[str, Share]:
    """What policy says; else the part of the commits in the observed time, of those that touched any of the modules;
    where there is none, equal parts of what policy leaves."""
    touched = _touched(modules, facts, policy)
    total, others = len(set[str]().union(*touched.values())), len(set(modules) - set(told))
    left = 1 - sum(told.values())

    def share(module: str) -> Share:
        if module in told:
            return told[module], "policy"
        if total:
            return len(touched.get(module, ())) / total, "history"
        return left / others if left > 0 else None, "equal"

    return {module: share(module) for module in modules}


def _touched(modules: Iterable[str], facts: Facts, policy: Policy) -> Mapping[str, Collection[str]]:
    first, _ = observed_from(facts, policy)
    if first is None or isinstance(facts.history, Unavailable):
        return {}
    return touching(modules, facts.history, midnight(first, policy).timestamp())


def _recent(incidents: Iterable[Incident], facts: Facts, policy: Policy) -> Iterator[Recent]:
    began = [one.began_at for one in incidents if one.began_at]
    for flag in policy.tree["patterns"]["same_module"]["flag"]:
        since = facts.as_of - timedelta(days=flag["days"])
        yield Recent(flag["days"], sum(at >= since for at in began), flag["incidents"])


def _untested(share: float | None, origin: Origin) -> str:
    if share is None:
        return "patterns.same_module.exposure leaves nothing for it"
    if share:
        return "it has part in every change: its part of the incidents cannot be larger"
    return "policy gives it no exposure" if origin == "policy" else "no commit in the observed time touches it"
