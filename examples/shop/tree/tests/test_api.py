import json

import pytest

from shop.api import handle


def post(body, shop, gateway, today):
    return handle("POST", "/orders", body, shop, gateway, today)


def test_an_order_is_placed_and_paid(shop, gateway, today):
    body = json.dumps({"items": {"mug": 2, "lamp": 1}}).encode()
    status, answer = post(body, shop, gateway, today)
    assert (status, answer["total"]) == (201, 7390)
    assert answer["arrives"] == "2025-01-11"
    assert list(gateway.charges.values()) == [7390]


def test_other_paths_are_not_found(shop, gateway, today):
    assert handle("GET", "/", b"", shop, gateway, today)[0] == 404


@pytest.mark.incident("INC-001", action=1)
def test_an_empty_body_is_the_customers_mistake(shop, gateway, today):
    assert post(b"", shop, gateway, today) == (400, {"error": "the body is not JSON"})


@pytest.mark.parametrize("body", [b"[]", b"null", b'{"items": {}}', b'{"items": ["mug"]}'])
def test_a_body_without_items_is_the_customers_mistake(body, shop, gateway, today):
    assert post(body, shop, gateway, today)[0] == 400
