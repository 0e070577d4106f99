from unittest.mock import Mock

import pytest

from shop.errors import PaymentFailed
from shop.orders import place_order
from shop.payments import CardDeclined, pay


@pytest.fixture
def order(shop, today):
    return place_order({"items": {"lamp": 1}}, shop, today)


def test_the_total_is_charged(order, gateway):
    assert pay(order, gateway) == "receipt for order-1001"
    assert gateway.charges == {"order-1001": 4990}


def test_a_declined_card_is_told(order, gateway):
    gateway.capture = Mock(side_effect=CardDeclined)
    with pytest.raises(PaymentFailed, match="declined"):
        pay(order, gateway)


def test_a_late_answer_charges_the_card_once(order, gateway):
    gateway.timeouts = 2
    pay(order, gateway)
    assert list(gateway.charges.values()) == [4990]


def test_no_answer_at_all_is_told(order, gateway):
    gateway.timeouts = 3
    with pytest.raises(PaymentFailed):
        pay(order, gateway)


def test_an_order_that_costs_nothing_is_not_charged(shop, gateway, today):
    free = place_order({"items": {"mug": 1}, "voucher": "WELCOME20"}, shop, today)
    assert pay(free, gateway) == ""
    assert gateway.charges == {}
