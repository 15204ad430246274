"""Reading what stands in an address."""


def number(text: str | None) -> int | None:
    """A row's number as it stands in a query string; None for anything else, also for numbers no row can have."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None
