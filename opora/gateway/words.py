"""What the gateway itself says to engineers, in their language. The desk's refusals come from the desk, in words of its own."""

import unicodedata

WORDS: dict[str, dict[str, str]] = {
    "code": {"en": "Code from your authenticator: ", "ru": "Код из приложения: "},
    "code_again": {"en": "That code was not right. Code: ", "ru": "Код не подошёл. Код: "},
    "which_host": {"en": "This ticket has several hosts. Which one?", "ru": "В заявке несколько хостов. Какой?"},
    "say_host": {
        "en": "This ticket has several hosts; say which one: ssh {ticket}.{host}@...",
        "ru": "В заявке несколько хостов; укажите какой: ssh {ticket}.{host}@...",
    },
    "no_host": {"en": "The agreement knows no host {host}.", "ru": "В соглашении нет хоста {host}."},
    "not_now": {
        "en": "The agreed window is from {begins} to {ends} UTC; it is not open now.",
        "ru": "Согласованное окно — с {begins} до {ends} UTC; сейчас оно закрыто.",
    },
    "not_you": {"en": "The agreement does not name you.", "ru": "Вас нет в соглашении."},
    "opening": {
        "en": "{ticket}, {host}: everything is recorded, and the customer may watch. Until {ends} UTC.",
        "ru": "{ticket}, {host}: всё записывается, клиент может наблюдать. До {ends} UTC.",
    },
    "waiting": {
        "en": "Waiting until somebody of the customer watches ... (Ctrl-C leaves)",
        "ru": "Ждём, пока кто-нибудь со стороны клиента начнёт наблюдать ... (Ctrl-C — выйти)",
    },
    "must_pause": {
        "en": "Work goes on only while somebody of the customer watches; otherwise it is paused.",
        "ru": "Работа идёт, только пока кто-нибудь со стороны клиента наблюдает; иначе — пауза.",
    },
    "must_end": {
        "en": "Somebody of the customer must be watching; without anybody for a minute the session ends.",
        "ru": "Кто-нибудь со стороны клиента должен наблюдать; если минуту никто не наблюдает, сеанс завершается.",
    },
    "unwatched": {
        "en": "Nobody of the customer watches now; in {seconds} s the session ends.",
        "ru": "Со стороны клиента сейчас никто не наблюдает; через {seconds} с сеанс завершится.",
    },
    "watched": {"en": "The customer watches again.", "ru": "Клиент снова наблюдает."},
    "left": {"en": "{minutes} min left in the agreed window.", "ru": "До конца согласованного окна {minutes} мин."},
    "paused": {
        "en": "Paused ({by}): what you type is not sent. {why}",
        "ru": "Пауза ({by}): ввод не передаётся. {why}",
    },
    "resumed": {"en": "Go on.", "ru": "Продолжайте."},
    "question": {"en": "{by} asks: {text}", "ru": "{by} спрашивает: {text}"},
    "viewer_joined": {"en": "{name} watches.", "ru": "{name} наблюдает."},
    "viewer_left": {"en": "{name} no longer watches.", "ru": "{name} больше не наблюдает."},
    "attached": {"en": "You are back in the session that was running.", "ru": "Вы снова в своём сеансе."},
    "end_window": {"en": "The agreed window is over.", "ru": "Согласованное окно закончилось."},
    "end_stop": {"en": "Stopped by {by}. {why}", "ru": "Остановлено: {by}. {why}"},
    "end_withdrawn": {"en": "The desk ended the session: {why}", "ru": "Сеанс завершён службой: {why}"},
    "end_watch": {
        "en": "Nobody of the customer watches any more.",
        "ru": "Со стороны клиента больше никто не наблюдает.",
    },
    "end_recorder": {
        "en": "The record cannot be written; without it nothing goes on.",
        "ru": "Запись невозможна; без неё работа не продолжается.",
    },
    "end_ledger": {"en": "The ledger does not answer.", "ru": "Журнал не отвечает."},
    "end_host": {"en": "{why}", "ru": "{why}"},
    "end_link": {"en": "The connection was lost.", "ru": "Связь потеряна."},
    "ended": {"en": "The session was ended before it began.", "ru": "Сеанс завершён, не начавшись."},
    "end_gateway": {"en": "The gateway stops.", "ru": "Шлюз останавливается."},
    "end_tunnel": {"en": "{why}", "ru": "{why}"},
    "tunnel_closed": {"en": "The customer closed the tunnel.", "ru": "Клиент закрыл туннель."},
    "tunnel_silent": {
        "en": "The customer’s end of the tunnel does not answer any more.",
        "ru": "Сторона клиента в туннеле больше не отвечает.",
    },
    "no_tunnel": {
        "en": "The customer has not opened the tunnel to {host}; the page of the window shows how it is opened.",
        "ru": "Клиент не открыл туннель к {host}; как его открыть, показано на странице окна.",
    },
    "tunnel_word": {"en": "Word of the tunnel / Слово туннеля: ", "ru": "Слово туннеля / Word of the tunnel: "},
    "tunnel_open": {
        "en": "{ticket}, {host}: the tunnel is yours. Ctrl-C closes it, and ends all work through it at once.",
        "ru": "{ticket}, {host}: туннель ваш. Ctrl-C закроет его и сразу прекратит все работы через него.",
    },
    "tunnel_not_now": {
        "en": "The agreed window is not open now, so no tunnel is needed.",
        "ru": "Согласованное окно сейчас закрыто, туннель не нужен.",
    },
    "tunnel_twice": {
        "en": "A tunnel to this host is open already, from {address}. Close that one first; a lost one is gone in 20 seconds.",
        "ru": "Туннель к этому хосту уже открыт, с адреса {address}. Сначала закройте его; потерянный исчезнет через 20 секунд.",
    },
    "tunnel_window": {"en": "The agreed window is over.", "ru": "Согласованное окно закончилось."},
    "tunnel_withdrawn": {
        "en": "The desk does not allow this tunnel any more.",
        "ru": "Служба поддержки больше не разрешает этот туннель.",
    },
    "tunnel_gateway": {"en": "The gateway stops.", "ru": "Шлюз останавливается."},
    "tunnel_customer": {"en": "Closed.", "ru": "Закрыто."},
    "recorder_unready": {
        "en": "No session can be recorded now ({why}), so none is opened.",
        "ru": "Сейчас сеанс нельзя записать ({why}), поэтому он не открывается.",
    },
    "signer_gone": {
        "en": "The signer does not answer; no new session can be opened.",
        "ru": "Подписывающая программа не отвечает; новый сеанс открыть нельзя.",
    },
    "ledger_gone": {
        "en": "The ledger does not answer; no new session can be opened.",
        "ru": "Журнал не отвечает; новый сеанс открыть нельзя.",
    },
    "desk_gone": {
        "en": "The desk does not answer, so nobody can be let in. Try again soon.",
        "ru": "Служба поддержки не отвечает, поэтому вход невозможен. Попробуйте позже.",
    },
    "host_gone": {"en": "{host} cannot be reached: {why}", "ru": "{host} недоступен: {why}"},
    "host_key": {
        "en": "{host} shows another host key than the agreement names. Nothing was opened.",
        "ru": "{host} предъявил не тот ключ, который указан в соглашении. Ничего не открыто.",
    },
    "host_refuses": {
        "en": "{host} does not accept us as {login}: {why}",
        "ru": "{host} не принимает нас как {login}: {why}",
    },
    "no_files": {
        "en": "The agreement allows no moving of files, or this gateway none.",
        "ru": "Соглашение не разрешает передачу файлов либо шлюз её не умеет.",
    },
}


def plain(text: str) -> str:
    """Return words as a terminal may show them: without whatever steers it or turns the direction of writing.

    Names, questions and reasons come from people and hosts; a terminal obeys C0 and C1 codes wherever they stand (ECMA-48).
    """
    return "".join(letter if unicodedata.category(letter) not in _STEERING else " " for letter in text)


_STEERING = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def say(word: str, language: str, **values: object) -> str:
    """Return the sentence, in English where the language is unknown."""
    told = WORDS[word]
    return told.get(language, told["en"]).format(**values).strip()
