"""Modules that break repeatedly, as the rules look at them."""

from __future__ import annotations

from datetime import UTC, datetime

from pytest_prevention.hotspots import Hotspot
from pytest_prevention.model import Facts, Incident, Standing, available


def incidents_of(module: Hotspot, facts: Facts) -> list[Incident]:
    """The incidents that name the module, the newest first; one that does not say when it was comes last."""
    known = available(facts.incidents).by_id()
    return sorted((known[id_] for id_ in dict.fromkeys(module.incidents)), key=_moment, reverse=True)


def claim_in_words(shortfall: Standing) -> str:
    """What a Done retrofit that answers nothing amounts to: ``Done, but only claimed: no test is linked``."""
    rung = f"only {shortfall.rung}" if shortfall.rung is not None else "its evidence is not known"
    return f"Done, but {rung}: {shortfall.reason}"


def _moment(incident: Incident) -> tuple[datetime, str]:
    return incident.detected_at or incident.anchor or datetime.min.replace(tzinfo=UTC), incident.id
