"""The HTTP layer: a request comes in, a status and an answer go out."""

import json
from datetime import date

from shop.errors import BadRequest, PaymentFailed
from shop.orders import Shop, place_order
from shop.payments import Gateway, pay


def handle(method: str, path: str, body: bytes, shop: Shop, gateway: Gateway, today: date) -> tuple[int, dict]:
    if (method, path) != ("POST", "/orders"):
        return 404, {"error": "there is nothing here"}
    try:
        order = place_order(read_object(body), shop, today)
        receipt = pay(order, gateway)
    except BadRequest as problem:
        return 400, {"error": str(problem)}
    except PaymentFailed as problem:
        return 402, {"error": str(problem)}
    return 201, {"order": order.number, "total": order.total, "receipt": receipt, "arrives": order.arrives.isoformat()}


def read_object(body: bytes) -> dict:
    try:
        data = json.loads(body)
    except ValueError:
        raise BadRequest("the body is not JSON") from None
    if not isinstance(data, dict):
        raise BadRequest("the body is not a JSON object")
    return data
