"""Numbers with what they count, in English words."""


def counted(number: int, one: str, many: str) -> str:
    """Return a number with what it counts, as `1 entry` or `0 entries`."""
    return f"{number} {one if number == 1 else many}"
