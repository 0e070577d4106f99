"""Taking the money: from cards through the gateway of our payment provider, and by bank transfer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from shop.errors import PaymentFailed
from shop.orders import Order

ATTEMPTS = 3


class CardDeclined(Exception):
    """The customer's bank said no; nothing was taken."""


class GatewayTimeout(Exception):
    """No answer came; the money may have been taken all the same."""


class Gateway(Protocol):
    def capture(self, cents: int, key: str) -> str:
        """Take the money once per key, whatever the number of calls, and give the receipt."""


def pay(order: Order, gateway: Gateway) -> str:
    """The receipt; for an order that costs nothing there is none."""
    if order.total == 0:
        return ""
    key = f"order-{order.number}"
    for _ in range(ATTEMPTS):
        try:
            return gateway.capture(order.total, key)
        except GatewayTimeout:
            continue
        except CardDeclined:
            raise PaymentFailed("the card was declined") from None
    raise PaymentFailed("the payment provider does not answer; no second charge will be made")


@dataclass(frozen=True)
class Transfer:
    """A line of the bank's file: its number, what came in (in cents), and what the customer wrote."""

    number: str
    cents: int
    text: str


def reference(number: int) -> str:
    """What the customer of that order writes on the transfer: a creditor reference as in ISO 11649."""
    digits = f"{number:08}"
    return f"RF{98 - int(f'{digits}271500') % 97:02}{digits}"


def read_transfers(file: str) -> list[Transfer]:
    """The transfers in euros; a line of the bank's file reads ``B1;49,90 EUR;Invoice RF4000001001``."""
    transfers = []
    for line in file.splitlines():
        number, _, rest = line.partition(";")
        amount, _, text = rest.partition(";")
        value, currency = amount.split()
        if currency == "EUR":
            transfers.append(Transfer(number, cents(value), text))
    return transfers


def cents(amount: str) -> int:
    """The bank always writes two decimals and sets off the thousands: ``1.049,90``."""
    return int(amount.replace(".", "").replace(",", ""))


def outstanding(order: Order, transfers: Iterable[Transfer]) -> int:
    """What is left to pay, in cents."""
    paid = sum(transfer.cents for transfer in set(transfers) if pays(transfer, order))
    return max(0, order.total - paid)


def unpaid(orders: Iterable[Order], transfers: Sequence[Transfer]) -> dict[int, int]:
    """What is left to pay by the number of the order, without the orders that are paid."""
    left = {order.number: outstanding(order, transfers) for order in orders}
    return {number: rest for number, rest in left.items() if rest}


def pays(transfer: Transfer, order: Order) -> bool:
    """Whether it brings money for that order; what goes out names the order as well."""
    return transfer.cents > 0 and reference(order.number) in transfer.text.replace(" ", "").upper()
