from datetime import date

import pytest

from shop.errors import BadRequest
from shop.shipping import arrival, cost


def test_an_order_can_be_picked_up():
    assert cost(None, 1200) == 0


@pytest.mark.parametrize(
    ("country", "goods", "cents"),
    [
        ("AT", 1200, 1090),
        ("CH", 19999, 2490),
        ("DE", 7999, 490),
        ("DE", 8000, 0),
        ("IT", 1200, 1290),
        ("NL", 1200, 890),
        ("PL", 1200, 1090),
        (" se", 1200, 1390),
    ],
)
def test_what_a_parcel_costs(country, goods, cents):
    assert cost(country, goods) == cents


@pytest.mark.parametrize(
    ("country", "today", "day"),
    [
        (None, date(2024, 6, 3), date(2024, 6, 4)),
        ("AT", date(2024, 6, 3), date(2024, 6, 6)),
        ("DE", date(2024, 6, 7), date(2024, 6, 10)),
        ("DE", date(2024, 12, 2), date(2024, 12, 5)),
        ("DE", date(2025, 4, 16), date(2025, 4, 19)),
        ("DE", date(2025, 4, 19), date(2025, 4, 22)),
    ],
)
def test_a_parcel_arrives(country, today, day):
    assert arrival(country, today) == day


def test_express_arrives_the_next_day():
    assert cost("DE", 10000, express=True) == 1290
    assert cost("AT", 10000, express=True) == 2490
    assert arrival("DE", date(2024, 9, 2), express=True) == date(2024, 9, 3)
    with pytest.raises(BadRequest, match="no express"):
        cost("SE", 10000, express=True)


@pytest.mark.parametrize("country", ["US", "", 49, ["DE"]])
def test_elsewhere_we_do_not_deliver(country):
    with pytest.raises(BadRequest, match="we do not deliver"):
        cost(country, 1200)
