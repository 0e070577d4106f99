def rounded(cents: float) -> int:
    """Half a cent is rounded up, as the tax office wants it; round() would go to the even neighbour."""
    return int(cents + 0.5)
