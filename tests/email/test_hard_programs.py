"""What programs send - reports, absences, lists, robots - and people's letters that only sound like it.

Expectations were written before the first run.
"""

import pytest

from opora.desk.channels.email.parsing import Letter, read_letter

GONE = "gone@bakery.example"


def report(sender: str, subject: str, words: str, status: str = "", **headers: str) -> Letter:
    fields = {"From": sender, "To": "support+b.7.abc@opora.example", "Subject": subject, "Return-Path": "<>"}
    fields |= {name.replace("_", "-").title(): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\n" for name, value in fields.items() if value)
    if not status:
        return read_letter(f"{head}Content-Type: text/plain; charset=utf-8\n\n{words}".encode())
    parts = f"--b\nContent-Type: text/plain; charset=utf-8\n\n{words}\n--b\nContent-Type: message/delivery-status\n\n{status}\n"
    returned = (
        "--b\nContent-Type: message/rfc822\n\nMessage-ID: <one.t+1042.abc@opora.example>\nSubject: x\n\nx\n--b--\n"
    )
    kind = "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
    return read_letter((head + kind + parts + returned).encode())


def status(action: str, code: str, email: str = GONE, address: str = "rfc822") -> str:
    return f"Reporting-MTA: dns; mx.bakery.example\n\nFinal-Recipient: {address}; {email}\nAction: {action}\nStatus: {code}\n"


QMAIL = """Hi. This is the qmail-send program at mx.bakery.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<gone@bakery.example>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

Return-Path: <support@opora.example>
Message-ID: <one.t+1042.abc@opora.example>
"""
EXIM = """This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  gone@bakery.example
    host mx.bakery.example [192.0.2.1]
    SMTP error from remote mail server after RCPT TO:<gone@bakery.example>:
    550 5.1.1 <gone@bakery.example>: Recipient address rejected: User unknown
"""
EXIM_WAITS = """This message was created automatically by mail delivery software.
A message that you sent has not yet been delivered to one or more of its
recipients after more than 24 hours on the queue on mx.opora.example.

The message identifier is:     1abcde-000000-AA
No action is required on your part. Delivery attempts will continue for some time.

The address to which the message has not yet been delivered is:

  gone@bakery.example
"""
YANDEX = """Это письмо отправлено почтовым сервером yandex.ru.

К сожалению, мы вынуждены сообщить Вам о том, что Ваше письмо не может
быть отправлено одному или нескольким адресатам. Технические подробности можно найти ниже.

Возможные причины недоставки указаны по адресу:
https://yandex.ru/support/mail/troubleshooting/email-send.html

Пожалуйста, не отвечайте на это сообщение.

    **********************************************

<gone@bakery.example>: host mx.bakery.example[192.0.2.1] said: 550 5.1.1 No such user! (in reply to RCPT TO command)
"""
MAIL_RU = """This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  gone@bakery.example
    SMTP error from remote mail server after end of data:
    550 Message was not accepted -- invalid mailbox.  Local mailbox gone@bakery.example is unavailable: user not found
"""
EXCHANGE_OLD = """Your message did not reach some or all of the intended recipients.

      Subject:  [T-1042] VPN
      Sent:     11/23/2026 10:15 AM

The following recipient(s) could not be reached:

      gone@bakery.example on 11/23/2026 10:15 AM
            The e-mail account does not exist at the organization this message was sent to.
            <mx.bakery.example #5.1.1>
"""
EXCHANGE_RU = """Сбой доставки следующим получателям или спискам рассылки:

gone@bakery.example
Адрес электронной почты, введенный вами, не найден. Проверьте адрес и отправьте сообщение еще раз.

Диагностические сведения для администраторов:
Формирующий сервер: mx.bakery.example
gone@bakery.example
#550 5.1.1 RESOLVER.ADR.RecipNotFound; not found ##
"""

REPORTS = {
    "Postfix": (report("MAILER-DAEMON@mx.x.example (Mail Delivery System)", "Undelivered Mail Returned to Sender",
                       "This is the mail system at host mx.x.example.", status("failed", "5.1.1")), "failed", "5.1.1"),
    "Postfix, it will try again": (report("MAILER-DAEMON@mx.x.example (Mail Delivery System)", 
                                          "Delayed Mail (still being retried)",
                                          "THIS IS A WARNING ONLY.", status("delayed", "4.4.1")), "delayed", "4.4.1"),
    "Postfix, the mailbox is full": (report("MAILER-DAEMON@mx.x.example", "Undelivered Mail Returned to Sender", "x",
                                            status("failed", "5.2.2")), "failed", "5.2.2"),
    "Exchange Online": (report("Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@bakery.example>",
                               "Undeliverable: [T-1042] VPN", "Your message couldn't be delivered.",
                               status("failed", "5.1.10")), "failed", "5.1.10"),
    "Exchange, Russian": (report("Microsoft Outlook <postmaster@bakery.example>", "Не удается доставить: [T-1042] VPN",
                                 EXCHANGE_RU), "failed", "5.1.1"),
    "Exchange 2003": (report("System Administrator <postmaster@bakery.example>", "Undeliverable: [T-1042] VPN",
                             EXCHANGE_OLD), "failed", "5.1.1"),
    "Exim": (report("Mail Delivery System <Mailer-Daemon@mx.x.example>", "Mail delivery failed: returning message to sender",
                    EXIM, x_failed_recipients=GONE, auto_submitted="auto-replied"), "failed", "5.1.1"),
    "Exim, without its header": (report("Mail Delivery System <Mailer-Daemon@mx.x.example>",
                                        "Mail delivery failed: returning message to sender", EXIM), "failed", "5.1.1"),
    "Exim, it will try again": (report("Mail Delivery System <Mailer-Daemon@mx.x.example>",
                                       "Warning: message 1abcde-000000-AA delayed 24 hours", EXIM_WAITS,
                                       auto_submitted="auto-replied"), "delayed", ""),
    "qmail": (report("MAILER-DAEMON@mx.bakery.example", "failure notice", QMAIL), "failed", "5.1.1"),
    "Yandex": (report("mailer-daemon@yandex.ru", "Недоставленное сообщение", YANDEX), "failed", "5.1.1"),
    "Mail.ru": (report("mailer-daemon@corp.mail.ru", "Mail failure.", MAIL_RU), "failed", ""),
    "Google": (report("Mail Delivery Subsystem <mailer-daemon@googlemail.com>", "Delivery Status Notification (Failure)",
                      "Address not found", status("failed", "5.1.1"), x_failed_recipients=GONE), "failed", "5.1.1"),
    "delivered": (report("postmaster@mx.x.example", "Delivered: VPN", "Your message has been delivered",
                         status("delivered", "2.0.0")),
                  "delivered", "2.0.0"),
    "an address in Cyrillic": (report("MAILER-DAEMON@mx.x.example", "Undelivered Mail Returned to Sender", "x",
                                      status("failed", "5.1.1", "gone@bakery.example", "utf-8")), "failed", "5.1.1"),
}  # fmt: skip


@pytest.mark.parametrize("name", REPORTS)
def test_it_reads_the_report(name: str) -> None:
    letter, kind, code = REPORTS[name]
    assert (letter.bounce.kind, letter.bounce.status, letter.bounce.recipients) == (kind, code, (GONE,))
    assert letter.automatic and not letter.automatic.answerable


AWAY = {
    "Russian, Outlook": ("Автоматический ответ: [T-1042] VPN", "Я в отпуске до 30 ноября.", {}),
    "Russian, by hand": ("Автоответ: VPN", "Меня нет на месте.", {}),
    "Russian, Mail.ru": ("Re: VPN", "Здравствуйте, я в отпуске.", {"auto_submitted": "auto-replied"}),
    "English, Outlook": ("Automatic reply: VPN", "I am away.", {"x_auto_response_suppress": "All"}),
    "English, no header": ("Out of Office: VPN", "Back on Monday.", {}),
    "English, Gmail": ("Away Re: VPN", "I am away.", {"precedence": "bulk", "x_autoreply": "yes"}),
    "English, sieve": ("Auto: VPN", "I am away.", {"auto_submitted": "auto-replied (vacation)"}),
    "German": ("Automatische Antwort: VPN", "Ich bin nicht im Büro.", {}),
    "German, Notes": ("Abwesenheitsnotiz: VPN", "Ich bin ab 30.11. wieder da.", {}),
    "French": ("Réponse automatique : VPN", "Je suis absent.", {}),
    "Spanish": ("Respuesta automática: VPN", "Estoy fuera.", {}),
    "Polish": ("Odpowiedź automatyczna: VPN", "Jestem na urlopie.", {}),
    "Polish, the other order": ("Automatyczna odpowiedź: VPN", "Jestem na urlopie.", {}),
    "Turkish": ("Otomatik yanıt: VPN", "İzindeyim.", {}),
    "Chinese": ("自动回复: VPN", "我不在办公室。", {}),
    "Chinese, Outlook": ("自动答复: VPN", "我不在办公室。", {}),
    "Japanese": ("自動応答: VPN", "不在にしております。", {}),
    "Japanese, the other word": ("自動返信: VPN", "不在にしております。", {}),
    "Italian": ("Risposta automatica: VPN", "Sono assente.", {}),
    "Portuguese": ("Resposta automática: VPN", "Estou ausente.", {}),
    "Ukrainian": ("Автоматична відповідь: VPN", "Я у відпустці.", {}),
    "a bare word in the body": ("Re: VPN", "Это автоматический ответ. Ваше письмо получено.", {}),
    "a robot's header": ("Your request", "We got it.", {"x_autorespond": "yes"}),
    "the null path": ("Ticket received", "We got it.", {"return_path": "<>"}),
    "a read receipt": ("Прочитано: VPN", "x", {"content_type": "multipart/report; report-type=disposition-notification"}),
    "cron": ("Cron <root@web-01> /backup", "done", {"x_cron_env": "<SHELL=/bin/sh>"}),
    "a newsletter": ("News of November", "Buy", {"list_unsubscribe": "<https://x.example/u>", "precedence": "bulk"}),
    "monitoring": ("PROBLEM: web-01 is down", "x", {"auto_submitted": "auto-generated"}),
}  # fmt: skip
HUMAN = {
    "out of office, the printer": ("Out of office printer does not print", "Please help.", {}),
    "Re: out of the office on Friday": ("Re: out of the office on Friday, who is on duty?", "Please tell me who is on duty.", {}),
    "the answering machine is broken": ("Автоответчик не работает", "На АТС пропало приветствие.", {}),
    "automatic answers go to customers": ("Автоответы приходят клиентам дважды", "Как отключить?", {}),
    "automatic reply rule": ("Automatic reply rule does not work in our mailbox", "It worked until Monday.", {}),
    "undeliverable, a question": ("Undeliverable mail: what does 5.7.1 mean?", "Our mail is refused with 5.7.1.", {}),
    "mail delivery failed, a question": ("Mail delivery failed – что это значит?", "Получаем такое при отправке на gmail.", {}),
    "a forwarded report": (
        "Fwd: Undelivered Mail Returned to Sender",
        "Помогите разобраться, письма клиентам не уходят.\n\n---------- Forwarded message ---------\n"
        "From: MAILER-DAEMON@mx.example\n"
        "Subject: Undelivered Mail Returned to Sender\nDate: x\nTo: me\n\n<gone@x.example>: 550 5.1.1 unknown\n",
        {},
    ),
    "vacation": ("Отпуск администратора", "Я в отпуске с понедельника, заявки направляйте Ивану.", {}),
    "who replaces": ("Vacation: who replaces Anna?", "Anna is on vacation, who takes our requests?", {}),
    "an automation": ("Автоматическое резервное копирование", "Не выполнилось, проверьте, пожалуйста.", {}),
    "through a list": (
        "VPN", "It is broken.", {"list_id": "<it.bakery.example>", "precedence": "list", "list_post": "<mailto:it@b.example>"}
    ),
    "of normal precedence": ("VPN", "It is broken.", {"precedence": "normal", "auto_submitted": "no"}),
    "only the answer to nothing": ("VPN", "It is broken.", {"x_auto_response_suppress": "DR, RN, NRN"}),
    "about a message that came by itself": ("VPN", "Приходит письмо: «Это автоматический ответ». Откуда оно?", {}),
    "absence of access": ("Отсутствует доступ к серверу", "С утра.", {}),
    "German, a question": ("Abwesenheitsnotiz einrichten", "Wie richte ich das ein?", {}),
    "the mailbox is full": ("Ящик переполнен, недоставленные сообщения", "Увеличьте, пожалуйста, квоту.", {}),
}  # fmt: skip


def written(subject: str, body: str, headers: dict[str, str]) -> Letter:
    fields = {"From": "clara@bakery.example", "To": "support@opora.example", "Subject": subject}
    fields |= {name.replace("_", "-").title(): value for name, value in headers.items()}
    fields.setdefault("Content-Type", "text/plain; charset=utf-8")
    head = "".join(f"{name}: {value}\n" for name, value in fields.items())
    return read_letter(f"{head}\n{body}\n".encode())


@pytest.mark.parametrize("name", AWAY)
def test_it_knows_that_a_program_wrote(name: str) -> None:
    assert written(*AWAY[name]).automatic


@pytest.mark.parametrize("name", HUMAN)
def test_it_takes_no_person_for_a_program(name: str) -> None:
    letter = written(*HUMAN[name])
    assert (letter.automatic.why, letter.bounce.kind) == ("", "")
