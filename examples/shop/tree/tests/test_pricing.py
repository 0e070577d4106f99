from datetime import date

import pytest

from shop.pricing import Line, Voucher, total

DAY = date(2025, 1, 10)


@pytest.mark.parametrize(
    ("voucher", "price"),
    [
        (None, 1200),
        (Voucher(DAY, percent=15), 1020),
        (Voucher(DAY, amount=200), 1000),
        pytest.param(Voucher(DAY, amount=2000), 0, id="larger than the basket", marks=pytest.mark.incident("INC-002")),
        pytest.param(Voucher(DAY, amount=700, percent=50), 0, id="both", marks=pytest.mark.incident("INC-002")),
    ],
)
def test_price_of_one_mug(voucher, price):
    assert total([Line("mug", 1, 1200)], voucher) == price


@pytest.mark.incident("INC-002")
def test_a_voucher_takes_off_no_more_than_the_price():
    assert Voucher(DAY, amount=2000).reduced(1200) == 0


def test_half_a_cent_is_rounded_in_favour_of_the_customer():
    assert total([Line("pencil", 1, 50)], Voucher(DAY, percent=1)) == 49
