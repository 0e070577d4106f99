import pytest

from shop.price_list import BadPriceList, cents, read_prices


def test_a_price_list_is_read():
    assert read_prices("mug;12.00\n\nlamp ; 49,90\n") == {"mug": 1200, "lamp": 4990}


@pytest.mark.incident("INC-004", action=11)
class TestPricesThatCouldMeanTwoThings:
    @pytest.mark.parametrize("price", ["1.299", "1,299", "1.299,00", "1,299.00"])
    def test_a_thousands_mark_is_refused(self, price):
        with pytest.raises(ValueError, match="is not a price"):
            cents(price)

    @pytest.mark.parametrize("price", ["", "-1", "1.5", "1.", ".50", "1e3", "1_299", "free"])
    def test_so_is_anything_else(self, price):
        with pytest.raises(ValueError, match="is not a price"):
            cents(price)

    @pytest.mark.parametrize("price", ["1299", "1299.00", "1299,00"])
    def test_a_clear_price_is_read(self, price):
        assert cents(price) == 129900


def test_one_bad_line_refuses_the_whole_list():
    with pytest.raises(BadPriceList, match="line 2"):
        read_prices("mug;12.00\nlaptop;1.299\n")
