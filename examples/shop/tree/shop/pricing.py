"""What an order costs. All amounts are whole cents."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Line:
    article: str
    quantity: int
    price: int


@dataclass(frozen=True)
class Voucher:
    """Takes off an amount or a share of the order, up to and including its last day."""

    last_day: date
    amount: int = 0
    percent: int = 0

    def discount(self, subtotal: int) -> int:
        return self.amount + (subtotal * self.percent + 50) // 100

    def reduced(self, subtotal: int) -> int:
        """What is left to pay, and never less than nothing."""
        return max(0, subtotal - self.discount(subtotal))


def total(lines: Iterable[Line], voucher: Voucher | None = None) -> int:
    subtotal = sum(line.quantity * line.price for line in lines)
    if voucher is None:
        return subtotal
    return voucher.reduced(subtotal)
