def recipients(line: str) -> list[str]:
    return [name for name in (part.strip() for part in line.split(",")) if name]
