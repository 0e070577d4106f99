"""Delivery: what it costs, in whole cents, and on which day it arrives."""

from dataclasses import dataclass
from datetime import date, timedelta

from shop.errors import BadRequest

SUNDAY = 6
DECEMBER = 12
HOLIDAYS = {date(2025, 4, 18), date(2025, 4, 21), date(2025, 5, 1), date(2025, 5, 29), date(2025, 6, 9)}


@dataclass(frozen=True)
class Destination:
    """Where we deliver to; express, where there is any, arrives on the next day."""

    cents: int
    days: int
    express: int | None = None
    free_from: int = 10000


DESTINATIONS = {
    "AT": Destination(1090, days=3, express=2490),
    "BE": Destination(990, days=3),
    "CH": Destination(2490, days=5, free_from=20000),
    "CZ": Destination(1090, days=4),
    "DE": Destination(490, days=2, express=1290, free_from=8000),
    "DK": Destination(1290, days=3),
    "FR": Destination(1190, days=3),
    "IT": Destination(1290, days=4),
    "LU": Destination(990, days=3),
    "NL": Destination(890, days=2),
    "PL": Destination(1090, days=4),
    "SE": Destination(1390, days=4),
}


def cost(country: object, goods: int, express: bool = False) -> int:
    """For a parcel with goods of that price. Without a country the order is picked up in the shop."""
    if country is None:
        return 0
    to = destination(country)
    if not express:
        return 0 if goods >= to.free_from else to.cents
    if to.express is None:
        raise BadRequest(f"there is no express delivery to {country}")
    return to.express


def arrival(country: object, today: date, express: bool = False) -> date:
    """For a parcel that is packed today. Without a country the order waits in the shop from tomorrow on."""
    days = 1 if country is None or express else destination(country).days + (today.month == DECEMBER)
    return next_delivery(today + timedelta(days))


def next_delivery(day: date) -> date:
    """That day, or the first one after it on which parcels are delivered."""
    while day.weekday() == SUNDAY or day in HOLIDAYS:
        day += timedelta(days=1)
    return day


def destination(country: object) -> Destination:
    code = str(country).strip().upper()
    if code not in DESTINATIONS:
        raise BadRequest(f"we do not deliver to {country}, only to {', '.join(DESTINATIONS)}")
    return DESTINATIONS[code]
