import pytest

from shop.orders import place_order
from shop.payments import outstanding, read_transfers, reference, unpaid


@pytest.fixture
def order(shop, today):
    return place_order({"items": {"lamp": 1}}, shop, today)


def test_the_reference_has_check_digits():
    assert reference(1001) == "RF4000001001"
    assert reference(1006) == "RF0200001006"


@pytest.mark.parametrize(
    ("file", "cents"),
    [
        ("B1;49,90 EUR;Lamp", 4990),
        ("B1;49,90 EUR", 4990),
        ("B1;49,90 EUR;Lamp RF4000001001\n", 0),
        ("B1;49,90 EUR;rf40 0000 1001\n", 0),
        ("B1;1.049,90 EUR;RF4000001001\n", 0),
        ("B1;49,90 CHF;RF4000001001\n", 4990),
        ("B1;49,90 EUR;RF4000001001\nB2;-49,90 EUR;RF4000001001\n", 0),
        ("B1;20,00 EUR;RF4000001001\nB1;20,00 EUR;RF4000001001\n", 2990),
        ("B1;20,00 EUR;RF4000001001\nB2;20,00 EUR;RF4000001001\n", 990),
    ],
)
def test_what_is_left_to_pay(file, cents, order):
    assert outstanding(order, read_transfers(file)) == cents


def test_paid_orders_are_not_listed(order, shop, today):
    other = place_order({"items": {"mug": 2}}, shop, today)
    assert unpaid([order, other], read_transfers("B1;49,90 EUR;RF4000001001")) == {1002: 2400}
