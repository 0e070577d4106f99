def price(order: dict) -> int:
    """The price in cents, less the discount if there is one."""
    discount = order.get("discount") or {}
    return order["amount"] - discount.get("cents", 0)
