"""A browser without pictures: cookies, redirects, and forms filled in and sent as they stand on the page."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin
from urllib.request import HTTPCookieProcessor, OpenerDirector, ProxyHandler, Request, build_opener

PATIENCE = 30.0


@dataclass(slots=True)
class Form:
    """A form of the page with the values it would send now."""

    action: str
    method: str
    values: dict[str, str] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Page:
    """What came back."""

    address: str
    status: int
    html: str
    text: str
    forms: list[Form]
    octets: bytes

    def form(self, *, action: str = "", having: str = "") -> Form:
        """The first form that goes to the address and has the field. Raises LookupError."""
        for form in self.forms:
            if action in form.action and (not having or having in form.names):
                return form
        raise LookupError(f"there is no form to “{action}” with “{having}” on {self.address}")


class Browser:
    """One person's browser."""

    def __init__(self, site: str) -> None:
        self.site = site
        self._jar = CookieJar()
        self._opener: OpenerDirector = build_opener(ProxyHandler({}), HTTPCookieProcessor(self._jar))

    def cookies(self) -> str:
        """What its requests carry in the header of that name."""
        return "; ".join(f"{one.name}={one.value}" for one in self._jar)

    def get(self, path: str) -> Page:
        """The page at the path."""
        return self._ask(Request(urljoin(self.site, path)))  # noqa: S310  our own loopback address

    def send(self, page: Page, form: Form, **changes: str) -> Page:
        """Fill the form in and send it; the page after the redirect."""
        address = urljoin(page.address, form.action)
        body = urlencode({**form.values, **changes}).encode()
        return self._ask(Request(address, data=body, headers={"Referer": page.address}))  # noqa: S310

    def _ask(self, request: Request) -> Page:
        try:
            answer = self._opener.open(request, timeout=PATIENCE)
        except HTTPError as error:
            answer = error
        with answer:
            octets = answer.read()
            return self.read(answer.url, int(answer.status or 0), octets)

    @staticmethod
    def read(address: str, status: int, octets: bytes) -> Page:
        """What came back, with its forms and its words."""
        html = octets.decode(errors="replace")
        reader = _Reader(address)
        reader.feed(html)
        return Page(address, status, html, " ".join(" ".join(reader.words).split()), reader.forms, octets)


class _Reader(HTMLParser):
    """Finds the forms and the words of a page."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = address
        self.forms: list[Form] = []
        self.words: list[str] = []
        self._form: Form | None = None
        self._area = ""
        self._select = ""
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given: dict[str, Any] = {name: value or "" for name, value in attrs}
        if tag in {"script", "style", "template"}:
            self._silent += 1
        if tag == "form":
            self._form = Form(given.get("action") or self.address, given.get("method", "get").lower())
            self.forms.append(self._form)
        elif self._form is not None:
            self._field(tag, given)

    def _field(self, tag: str, given: dict[str, Any]) -> None:
        assert self._form is not None
        name = given.get("name", "")
        if tag == "textarea":
            self._area = name
            self._form.values.setdefault(name, "")
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and ("selected" in given or self._select not in self._form.values):
            self._form.values[self._select] = given.get("value", "")
        elif tag == "input" and name:
            kind = given.get("type", "text")
            if kind not in {"file", "submit", "button"} and (kind not in {"radio", "checkbox"} or "checked" in given):
                self._form.values[name] = given.get("value", "on" if kind == "checkbox" else "")
        if name:
            self._form.names.add(name)

    def handle_endtag(self, tag: str) -> None:
        if tag in {"script", "style", "template"}:
            self._silent = max(0, self._silent - 1)
        elif tag == "form":
            self._form = None
        elif tag == "textarea":
            self._area = ""
        elif tag == "select":
            self._select = ""

    def handle_data(self, data: str) -> None:
        if self._area and self._form is not None:
            self._form.values[self._area] = data
        elif not self._silent:
            self.words.append(data)
