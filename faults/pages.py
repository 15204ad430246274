"""Parse the forms of a page into what a browser would submit if nothing were changed."""

from html.parser import HTMLParser

PRESSED = {"submit", "button", "reset", "image"}


class Forms(HTMLParser):
    """The POST forms of a page: action and fields of each."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, dict[str, list[str]]]] = []
        self._fields: dict[str, list[str]] = {}
        self._select, self._offered, self._chosen = "", list[str](), list[str]()
        self._textarea: str | None = None
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._fields = {}
            if given.get("method", "").lower() == "post":
                self.found.append((given.get("action", ""), self._fields))
        elif tag == "input":
            self._input(given)
        elif tag == "select":
            self._select, self._offered, self._chosen = given.get("name", ""), [], []
        elif tag == "option":
            (self._chosen if "selected" in given else self._offered).append(given.get("value", ""))
        elif tag == "textarea":
            self._textarea = given.get("name", "")
            self._fields[self._textarea] = [""]

    def _input(self, given: dict[str, str]) -> None:
        kind = given.get("type", "text")
        is_left_out = kind in {"radio", "checkbox"} and "checked" not in given
        if "name" in given and kind not in PRESSED | {"file"} and not is_left_out:
            self._fields.setdefault(given["name"], []).append(given.get("value", ""))

    def handle_data(self, data: str) -> None:
        if self._textarea is not None:
            self._fields[self._textarea] = [data.removeprefix("\n")]

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._fields = {}
        elif tag == "textarea":
            self._textarea = None
        elif tag == "select":
            self._fields[self._select] = self._chosen or self._offered[:1]


def fields_to(address: str, *, page: str, text: str) -> dict[str, list[str]]:
    """Fields of the one form that submits to an address, without the CSRF token."""
    (fields,) = (fields for action, fields in Forms(text).found if (action or page) == address)
    return {name: values for name, values in fields.items() if name != "csrfmiddlewaretoken"}
