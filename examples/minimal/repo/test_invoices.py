import pytest

from invoices import rounded


@pytest.mark.incident("INC-001")
def test_half_a_cent_is_rounded_up():
    assert [rounded(0.5), rounded(1.5), rounded(2.5)] == [1, 2, 3]
