import pytest

from mail import recipients


@pytest.mark.incident("INC-001")
def test_a_trailing_comma_is_nobody():
    assert recipients("ann@acme.example, ") == ["ann@acme.example"]
