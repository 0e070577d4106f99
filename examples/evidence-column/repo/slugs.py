def slug(title: str) -> str:
    """The title as it stands in an address: lower case, words joined by hyphens."""
    words = "".join(letter if letter.isalnum() else " " for letter in title.casefold()).split()
    return "-".join(words) or "untitled"
