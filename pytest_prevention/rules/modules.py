"""Modules that break repeatedly, as the rules look at them."""

from __future__ import annotations

from datetime import UTC, datetime

from pytest_prevention.hotspots import Hotspot
from pytest_prevention.model import Facts, Incident, available


def incidents_of(module: Hotspot, facts: Facts) -> list[Incident]:
    """The incidents that name the module, the newest first; one that does not say when it was comes last."""
    known = available(facts.incidents).by_id()
    return sorted((known[id_] for id_ in dict.fromkeys(module.incidents)), key=_moment, reverse=True)


def _moment(incident: Incident) -> tuple[datetime, str]:
    return incident.detected_at or incident.anchor or datetime.min.replace(tzinfo=UTC), incident.id
