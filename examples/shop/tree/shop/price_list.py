"""The supplier's price list: one article and one price a line, with a semicolon between."""


class BadPriceList(Exception):
    """Nothing of the list was taken."""


def read_prices(text: str) -> dict[str, int]:
    """Prices in cents by article: all of them, or BadPriceList with every line that is wrong."""
    prices: dict[str, int] = {}
    wrong: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        article, _, price = line.partition(";")
        try:
            prices[article.strip()] = cents(price)
        except ValueError as problem:
            wrong.append(f"line {number}: {problem}")
    if wrong:
        raise BadPriceList("\n".join(wrong))
    return prices


def cents(price: str) -> int:
    """``12``, ``12.50`` or ``12,50``. Anything else could mean two prices (1.299: one euro thirty, or a laptop?)."""
    euros, mark, rest = price.strip().replace(",", ".").partition(".")
    if not euros.isdecimal() or (mark and not (rest.isdecimal() and len(rest) == 2)):
        raise ValueError(f"{price.strip()!r} is not a price; write 1299.00")
    return int(euros) * 100 + int(rest or 0)
