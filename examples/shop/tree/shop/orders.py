"""Orders: what the customer wants, at the prices of today."""

from dataclasses import dataclass, field
from datetime import date
from itertools import count

from shop import shipping
from shop.errors import BadRequest
from shop.pricing import Line, Voucher, total


@dataclass
class Shop:
    """The prices by article (in cents), the vouchers by code, and the next order number."""

    prices: dict[str, int]
    vouchers: dict[str, Voucher] = field(default_factory=dict)
    numbers: count = field(default_factory=lambda: count(1001))


@dataclass(frozen=True)
class Order:
    number: int
    lines: tuple[Line, ...]
    total: int
    arrives: date


def place_order(wanted: dict, shop: Shop, today: date) -> Order:
    items = wanted.get("items")
    if not isinstance(items, dict) or not items:
        raise BadRequest("an order needs items: an article and a quantity each")
    lines = tuple(order_line(article, quantity, shop) for article, quantity in items.items())
    voucher = find_voucher(wanted.get("voucher"), shop, today)
    goods = total(lines, voucher)
    country, express = wanted.get("deliver_to"), wanted.get("express") is True
    delivery = shipping.cost(country, goods, express)
    return Order(next(shop.numbers), lines, goods + delivery, shipping.arrival(country, today, express))


def order_line(article: str, quantity: object, shop: Shop) -> Line:
    if article not in shop.prices:
        raise BadRequest(f"we do not sell {article}")
    if type(quantity) is not int or quantity < 1:
        raise BadRequest(f"the quantity of {article} must be a whole number above zero")
    return Line(article, quantity, shop.prices[article])


def find_voucher(code: object, shop: Shop, today: date) -> Voucher | None:
    if code is None:
        return None
    voucher = shop.vouchers.get(str(code).strip().upper())
    if voucher is None or today > voucher.last_day:
        raise BadRequest("this voucher is not valid")
    return voucher
