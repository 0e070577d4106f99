def minuten(uhrzeit: str) -> int:
    """Minuten seit Mitternacht; 24:00 ist das Ende des Tages."""
    stunde, minute = map(int, uhrzeit.split(":"))
    if not (0 <= stunde < 24 and 0 <= minute < 60) and (stunde, minute) != (24, 0):
        raise ValueError(f"{uhrzeit} ist keine Uhrzeit")
    return 60 * stunde + minute
