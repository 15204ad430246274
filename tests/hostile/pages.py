"""Parse the forms, fields and links of a page."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urljoin, urlsplit


@dataclass
class Form:
    """Action, method and initial data of a form."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)


class Page(HTMLParser):
    """A page and its URL: the forms, and the query parameters of its links."""

    def __init__(self, address: str, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.address = address
        self.forms: list[Form] = []
        self.names: set[str] = set()
        self._by_id: dict[str, Form] = {}
        self._open: Form | None = None
        self._select = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._begin(given)
        elif tag == "a":
            self.names.update(name for name, _value in parse_qsl(urlsplit(given.get("href", "")).query, True))
        elif tag in {"input", "textarea", "select", "button"}:
            self._field(tag, given)
        elif tag == "option" and self._open and "selected" in given:
            self._open.fields[self._select] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None

    def _begin(self, given: dict[str, str]) -> None:
        self._open = Form(self._there(given.get("action", "")), given.get("method", "get").lower())
        self.forms.append(self._open)
        self._by_id[given.get("id", "")] = self._open

    def _field(self, tag: str, given: dict[str, str]) -> None:
        form = self._by_id.get(given["form"]) if "form" in given else self._open
        if "formaction" in given:
            form = Form(self._there(given["formaction"]), "post", *((form.fields, form.files) if form else ()))
            self.forms.append(form)
        name = given.get("name", "")
        if form is None or name in {"", "csrfmiddlewaretoken"}:
            return
        if given.get("type") == "file":
            form.files.add(name)
            return
        if given.get("type") in {"radio", "checkbox"} and "checked" not in given and name in form.fields:
            return
        form.fields[name] = given.get("value", "on" if tag == "input" else "")
        self._select = name

    def _there(self, action: str) -> str:
        return urlsplit(urljoin(self.address, action)).path
