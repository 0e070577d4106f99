import pytest

from fahrplan import minuten


@pytest.mark.incident("INC-001")
def test_mitternacht_am_ende_des_tages():
    assert minuten("24:00") == 1440


@pytest.mark.parametrize("uhrzeit", ["24:01", "12:60"])
def test_keine_uhrzeit(uhrzeit):
    with pytest.raises(ValueError):
        minuten(uhrzeit)
