"""The exact text a customer confirms, in its language. The same terms always make the same text. Pure.

Its wording is part of the proof: a changed sentence here makes new requests different, and leaves old ones as they
were kept. So it is written out here, not in a catalogue of translations.
"""

import hashlib
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from opora.desk.consent.rules.terms import Terms

_WORDS = {
    "en": {
        "title": "Request {ticket}, {customer}: please confirm this work on your systems.",
        "what": "What will be done:",
        "systems": "Where: {names}.",
        "actions": "Kinds of action: {names}.",
        "level": "Access: {level}.",
        "window": "When: from {starts} until {ends} ({zone}; in UTC from {utc_starts} until {utc_ends}). "
        "Nothing before, nothing after.",
        "engineers": "Who: {names}. Nobody else.",
        "watching": "Your watching: {watching}.",
        "price": "Price: {price}.",
        "free": "Price: none.",
        "end": "You can take your confirmation back at any moment; work then stops at once. Everything done is recorded.",
        "look": "look",
        "restart": "restart services or machines",
        "change": "change settings",
        "install": "install or update software",
        "transfer_files": "transfer files",
        "restore": "restore from a backup",
        "delete": "delete",
        "level look": "look only, nothing is changed",
        "level user": "an ordinary user",
        "level superuser": "superuser: full rights",
        "watching none": "you may watch, and need not",
        "watching notify": "you will be told when work begins, and may watch",
        "watching must": "work goes on only while somebody of yours is watching",
        "watching must_end": "work ends when nobody of yours has been watching for a minute",
    },
    "ru": {
        "title": "Заявка {ticket}, {customer}: просим подтвердить работы на ваших системах.",
        "what": "Что будет сделано:",
        "systems": "Где: {names}.",
        "actions": "Виды действий: {names}.",
        "level": "Доступ: {level}.",
        "window": "Когда: с {starts} до {ends} ({zone}; по UTC с {utc_starts} до {utc_ends}). Ни раньше, ни позже.",
        "engineers": "Кто: {names}. Никто другой.",
        "watching": "Ваше наблюдение: {watching}.",
        "price": "Цена: {price}.",
        "free": "Цена: бесплатно.",
        "end": "Подтверждение можно отозвать в любой момент, работы сразу прекратятся. Всё сделанное записывается.",
        "look": "осмотр",
        "restart": "перезапуск служб или машин",
        "change": "изменение настроек",
        "install": "установка или обновление программ",
        "transfer_files": "передача файлов",
        "restore": "восстановление из резервной копии",
        "delete": "удаление",
        "level look": "только осмотр, ничего не меняется",
        "level user": "обычный пользователь",
        "level superuser": "суперпользователь: полные права",
        "watching none": "вы можете наблюдать, но не обязаны",
        "watching notify": "вам сообщат о начале работ, вы можете наблюдать",
        "watching must": "работы идут только тогда, когда кто-то от вас наблюдает",
        "watching must_end": "работы прекращаются, если минуту никто от вас не наблюдает",
    },
}


def statement(terms: Terms, language: str) -> str:
    """Return the text to confirm, in Russian or English; every part of the terms stands in it."""
    words = _WORDS["ru" if language.startswith("ru") else "en"]
    lines = [
        words["title"].format(ticket=terms.ticket, customer=terms.customer),
        words["what"],
        *(f"    {line}" for line in terms.what.strip().splitlines()),
        words["systems"].format(names=", ".join(one.name for one in terms.systems)),
        words["actions"].format(names=", ".join(words[code] for code in terms.actions)),
        words["level"].format(level=words[f"level {terms.level}"]),
        words["window"].format(**_moments(terms)),
        words["engineers"].format(names=", ".join(one.name for one in terms.engineers)),
        words["watching"].format(watching=words[f"watching {terms.watching}"]),
        words["price"].format(price=terms.price) if terms.price else words["free"],
        words["end"],
    ]
    return "\n".join(lines) + "\n"


def digest_of(text: str) -> str:
    """Return the SHA-256 of a statement, in hex: the name of exactly this text."""
    return hashlib.sha256(text.encode()).hexdigest()


def _moments(terms: Terms) -> dict[str, str]:
    zone = ZoneInfo(terms.zone)
    return {
        "starts": _told(terms.starts.astimezone(zone)),
        "ends": _told(terms.ends.astimezone(zone)),
        "zone": terms.zone,
        "utc_starts": _told(terms.starts.astimezone(UTC)),
        "utc_ends": _told(terms.ends.astimezone(UTC)),
    }


def _told(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M")
