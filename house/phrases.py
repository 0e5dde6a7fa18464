"""Finds every phrase the program says to people: in Python by its syntax, in templates through Django's own reader."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation.template import templatize

from house.environment import ROOT

ORDERS = {
    "gettext": ("id",),
    "gettext_noop": ("id",),
    "gettext_lazy": ("id",),
    "ngettext": ("id", "plural"),
    "ngettext_lazy": ("id", "plural"),
    "pgettext": ("context", "id"),
    "pgettext_lazy": ("context", "id"),
    "npgettext": ("context", "id", "plural"),
    "npgettext_lazy": ("context", "id", "plural"),
}
CALL = re.compile(r"(?<![\w.])(?:_|n?p?gettext)\(")


@dataclass(frozen=True)
class Phrase:
    """One phrase as written in the sources, with the app folder it belongs to and where it stands."""

    app: Path
    place: str
    context: str | None
    id: str
    plural: str | None = None

    @property
    def key(self) -> tuple[str | None, str]:
        return self.context, self.id


def all_phrases(top: Path = ROOT / "opora") -> Iterator[Phrase]:
    """Every phrase below `top`, in the order of files and lines."""
    for path in sorted(top.rglob("*")):
        if path.suffix == ".py" and "migrations" not in path.parts:
            yield from _in_python(path, top)
        elif path.suffix in {".html", ".txt"} and "templates" in path.parts:
            yield from _in_template(path, top)


def all_words(top: Path) -> set[str]:
    """Every text constant of the program: pure rules name a phrase without translating it, so any may be one."""
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in top.rglob("*.py"))
    return {text for tree in trees for node in ast.walk(tree) if (text := _constant(node))}


def app_of(path: Path, top: Path) -> Path:
    """The nearest folder above that is a Django app, else the program itself: its catalogue holds the phrase."""
    return next((folder for folder in path.parents if (folder / "apps.py").exists() or folder == top), top)


def _in_python(path: Path, top: Path) -> Iterator[Phrase]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    orders = dict(ORDERS)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation":
            orders |= {alias.asname or alias.name: ORDERS[alias.name] for alias in node.names if alias.name in ORDERS}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in orders:
            yield from _phrase(node, orders[node.func.id], app_of(path, top), f"{_short(path)}:{node.lineno}")


def _in_template(path: Path, top: Path) -> Iterator[Phrase]:
    code = templatize(path.read_text(encoding="utf-8"), origin=str(path))
    for found in CALL.finditer(code):
        name = found.group()[:-1]
        call = _call_at(code, found.start())
        if call:
            place = f"{_short(path)}:{code.count(chr(10), 0, found.start()) + 1}"
            yield from _phrase(call, ORDERS.get(name, ("id",)), app_of(path, top), place)


def _call_at(code: str, start: int) -> ast.Call | None:
    """The call that begins at `start`: the shortest text from there that is an expression."""
    for end in re.finditer(r"\)", code[start:]):
        try:
            node = ast.parse(code[start : start + end.end()], mode="eval").body
        except SyntaxError:
            continue
        return node if isinstance(node, ast.Call) else None
    return None


def _phrase(call: ast.Call, order: tuple[str, ...], app: Path, place: str) -> Iterator[Phrase]:
    said = dict(zip(order, (_constant(argument) for argument in call.args), strict=False))
    if said.get("id"):
        yield Phrase(app, place, said.get("context"), said["id"] or "", said.get("plural"))


def _constant(node: ast.AST) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _short(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else path.name
