from datetime import timedelta

import pytest

from shop.errors import BadRequest
from shop.orders import place_order


def test_orders_are_numbered(shop, today):
    numbers = [place_order({"items": {"mug": 1}}, shop, today).number for _ in range(3)]
    assert numbers == [1001, 1002, 1003]


@pytest.mark.parametrize("items", [{"teapot": 1}, {"mug": 0}, {"mug": -1}, {"mug": 1.5}, {"mug": "2"}, {"mug": True}])
def test_what_cannot_be_delivered_is_refused(items, shop, today):
    with pytest.raises(BadRequest):
        place_order({"items": items}, shop, today)


@pytest.mark.incident("INC-001", action=14)
def test_an_order_without_items_is_refused(shop, today):
    with pytest.raises(BadRequest, match="an order needs items"):
        place_order({}, shop, today)


def test_a_voucher_code_is_taken_in_any_case(shop, today):
    order = place_order({"items": {"lamp": 1}, "voucher": " spring "}, shop, today)
    assert order.total == 4241


def test_a_voucher_is_valid_through_its_last_day(shop, today):
    wanted = {"items": {"lamp": 1}, "voucher": "SPRING"}
    assert place_order(wanted, shop, today).total == 4241
    with pytest.raises(BadRequest, match="not valid"):
        place_order(wanted, shop, today + timedelta(days=1))


def test_delivery_is_in_the_total(shop, today):
    assert place_order({"items": {"mug": 1}, "deliver_to": "DE"}, shop, today).total == 1690
