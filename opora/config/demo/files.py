"""What people attach: a drawn picture and a log. Made, not stored, and always the same for the same dice."""

import struct
import zlib
from random import Random

from opora.desk.tickets.actions import NewFile

WIDTH, HEIGHT = 480, 200
_PAPER, _GRID, _INK, _ALARM = b"\xfa\xfb\xfc", b"\xe3\xe7\xec", b"\x2f\x6f\xed", b"\xd6\x45\x45"


def attached(name: str, text: str, dice: Random) -> NewFile:
    """A file of the name: a load graph for a picture, otherwise a log that goes with the words."""
    if name.endswith(".png"):
        return NewFile(name=name, type="image/png", content=_graph(dice))
    return NewFile(name=name, type="text/plain", content=_log(text, dice).encode())


def _graph(dice: Random) -> bytes:
    """A PNG of a load curve that rises into the red."""
    heights, level = [], 0.2
    for place in range(WIDTH):
        climb = 0.004 if place > WIDTH * 0.55 else 0.0
        level = min(0.95, max(0.05, level + dice.uniform(-0.02, 0.02) + climb))
        heights.append(int(level * HEIGHT))
    across = _GRID * WIDTH
    between = b"".join(_GRID if x % 60 == 0 else _PAPER for x in range(WIDTH))
    rows = bytearray(b"".join(b"\0" + (across if y % 40 == 0 else between) for y in range(HEIGHT)))
    for x, height in enumerate(heights):
        for y in range(HEIGHT - height - 1, min(HEIGHT, HEIGHT - height + 2)):
            place = y * (1 + 3 * WIDTH) + 1 + 3 * x
            rows[place : place + 3] = _ALARM if height > HEIGHT * 0.8 else _INK
    head = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    parts = (b"IHDR", head), (b"IDAT", zlib.compress(bytes(rows), 9)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in parts
    )


def _log(text: str, dice: Random) -> str:
    words = [line.strip() for line in text.splitlines() if line.strip()] or ["started"]
    second, lines = dice.randrange(0, 3600), []
    for _ in range(dice.randint(14, 30)):
        second += dice.randint(0, 40)
        level = dice.choice(("info", "info", "info", "warning", "error"))
        clock = f"{9 + second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"
        lines.append(f"{clock} {level:<7} [{dice.randint(900, 32000)}] {dice.choice(words)[:110]}")
    return "\n".join(lines) + "\n"
