import pytest

from orders import price


@pytest.mark.incident("INC-001", action=1)
def test_an_order_without_discount():
    assert price({"amount": 900, "discount": None}) == 900


def test_an_order_with_discount():
    assert price({"amount": 900, "discount": {"cents": 100}}) == 800
