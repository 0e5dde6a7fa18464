"""Reads the project's own sources for the laws: the tracked files, and what each Python file imports and names."""

import ast
import re
import subprocess
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
BUILT = re.compile(r"/static/dist/|^frontend/node_modules/")


def tracked_files(*endings: str) -> list[Path]:
    """The project's own text files, as paths from the checkout: what git tracks, or all but caches where git is not."""
    names = _known_to_git() or [str(p.relative_to(CHECKOUT)) for p in CHECKOUT.rglob("*") if p.is_file()]
    ours = [
        name for name in names if not BUILT.search(name) and not re.search(r"(^|/)(\.venv|\.git|__pycache__)/", name)
    ]
    return sorted(Path(name) for name in ours if name.endswith(endings or ("",)) and (CHECKOUT / name).is_file())


def _known_to_git() -> list[str]:
    order = ["git", "-c", f"safe.directory={CHECKOUT}", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        told = subprocess.run(order, cwd=CHECKOUT, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return []
    return [name for name in told.stdout.decode().split("\0") if name]


def program_files() -> Iterator[tuple[Path, str]]:
    """Every Python file of the program with its text."""
    for path in tracked_files(".py"):
        if path.parts[0] == "opora":
            yield path, (CHECKOUT / path).read_text(encoding="utf-8")


def names_used(text: str) -> Iterator[tuple[int, str, ast.AST]]:
    """Every dotted name the code uses, with aliases undone: `from time import time as t; t()` uses time.time.

    Yields the line, the full name and the node (the call itself where the name is called). Imports count as uses.
    """
    tree = ast.parse(text)
    meaning = _meanings(tree)
    called = {id(node.func): node for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name):
            dotted = _dotted(node)
            head, dot, rest = dotted.partition(".")
            if dotted:
                yield node.lineno, meaning.get(head, head) + dot + rest, called.get(id(node), node)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield node.lineno, f"{'.' * node.level}{node.module or ''}.{alias.name}", node


def modules_imported(text: str) -> Iterator[tuple[int, str]]:
    """Every module the code imports, with its line; typing-only and late imports count."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, node.module or "."


def _meanings(tree: ast.AST) -> dict[str, str]:
    meaning = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            meaning |= {
                a.asname or a.name.split(".")[0]: a.name if a.asname else a.name.split(".")[0] for a in node.names
            }
        elif isinstance(node, ast.ImportFrom) and not node.level:
            meaning |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
    return meaning


def _dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = _dotted(node.value)
        return f"{before}.{node.attr}" if before else ""
    return ""


def room_order() -> list[list[str]]:
    """The rooms of the desk, highest layer first, neighbours together, as .importlinter has them."""
    return layers("rooms")


def layers(contract: str) -> list[list[str]]:
    """The layers of one contract of .importlinter, without the parentheses of optional modules."""
    file = ConfigParser()
    file.read(CHECKOUT / ".importlinter")
    lines = file[f"importlinter:contract:{contract}"]["layers"].strip().splitlines()
    return [[name.strip().strip("()") for name in line.split("|")] for line in lines]
