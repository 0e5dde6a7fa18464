"""Short answers made without Django: in the reader's language, as text or JSON."""

import json
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

_WORDS = {
    "too_large": {
        "en": "This is larger than {limit} MB, which is the most we take at once. Send less, or in several parts.",
        "ru": "Это больше {limit} МБ — столько мы принимаем за один раз. Отправьте меньше или по частям.",
    },
    "busy": {
        "en": "We are very busy right now. Nothing was changed; try again in a few seconds.",
        "ru": "Сейчас слишком много запросов. Ничего не изменено; повторите через несколько секунд.",
    },
    "slow": {
        "en": "This took too long to arrive. Nothing was changed; try again on a better line, or send less.",
        "ru": "Отправка заняла слишком много времени. Ничего не изменено; попробуйте ещё раз или отправьте меньше.",
    },
    "sign_in": {"en": "Sign in first.", "ru": "Сначала войдите."},
    "not_here": {"en": "There is nothing here.", "ru": "Здесь ничего нет."},
}


def words(what: str, headers: Headers, **values: object) -> str:
    """A sentence of ours in the language that the browser asks for."""
    asked = next((value for name, value in headers if name == b"accept-language"), b"")
    language = "ru" if asked.strip().lower().startswith(b"ru") else "en"
    return _WORDS[what][language].format(**values)


async def answer(
    send: Send, status: HTTPStatus | int, text: str, *, kind: str = "text/plain", extra: Headers | None = None
) -> None:
    """Send a whole short answer."""
    body = text.encode()
    headers = [
        (b"content-type", f"{kind}; charset=utf-8".encode()),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        *(extra or []),
    ]
    await send({"type": "http.response.start", "status": int(status), "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def answer_json(send: Send, status: HTTPStatus | int, value: object) -> None:
    """Send a value as JSON."""
    await answer(send, status, json.dumps(value, ensure_ascii=False) + "\n", kind="application/json")
