from datetime import date

import pytest

from shop.orders import Shop
from shop.payments import GatewayTimeout
from shop.pricing import Voucher


class FakeGateway:
    """Takes the money once per key, and can be slow: it answers too late so many times."""

    def __init__(self) -> None:
        self.charges: dict[str, int] = {}
        self.timeouts = 0

    def capture(self, cents: int, key: str) -> str:
        self.charges.setdefault(key, cents)
        if self.timeouts:
            self.timeouts -= 1
            raise GatewayTimeout
        return f"receipt for {key}"


@pytest.fixture
def gateway() -> FakeGateway:
    return FakeGateway()


@pytest.fixture
def today() -> date:
    return date(2025, 1, 10)


@pytest.fixture
def shop(today: date) -> Shop:
    prices = {"mug": 1200, "lamp": 4990}
    vouchers = {"WELCOME20": Voucher(today, amount=2000), "SPRING": Voucher(today, percent=15)}
    return Shop(prices, vouchers)
