"""Reports about letters of ours and letters programs write; and people's letters that speak of such things."""

import pytest

from opora.desk.channels.email.parsing import read_letter
from tests.email.letters import letter

QMAIL = """Hi. This is the qmail-send program at mx.bakery.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<gone@bakery.example>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

Message-ID: <x@y.example>
To: else@bakery.example
"""
EXIM = """This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  gone@bakery.example
    SMTP error from remote mail server after RCPT TO:<gone@bakery.example>:
    550 5.1.1 No such user
"""
EXIM_LATE = """This message was created automatically by mail delivery software.
A message that you sent has not yet been delivered to one or more of its
recipients after more than 24 hours on the queue on mx.bakery.example.

The address to which the message has not yet been delivered is:

  gone@bakery.example

No action is required on your part. Delivery attempts will continue for some time.
"""
POSTFIX = """This is the mail system at host mx.bakery.example.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients. It's attached below.

For further assistance, please send mail to postmaster.

<gone@bakery.example>: host mx2.bakery.example said: 550 5.2.2 Mailbox full (in reply to RCPT TO command)
"""
YANDEX = """Это письмо создано автоматически сервером Яндекс.Почты, отвечать на него не нужно.

К сожалению, мы не можем доставить Ваше письмо одному или нескольким получателям:
К сожалению, письмо не может быть доставлено, потому что такого адреса не существует.

<gone@bakery.example>: 550 5.7.1 No such user!
"""
MAIL_RU = """This message was created automatically by mail.ru.
A message that you sent could not be delivered to one or more of its recipients.

**********************

A message that you sent was rejected by the remote server for the address
gone@bakery.example
"""
EXCHANGE = """Не удалось выполнить доставку следующим получателям или группам:

gone@bakery.example<mailto:gone@bakery.example>
Указанный адрес электронной почты не найден. Проверьте адрес получателя и попробуйте отправить сообщение повторно.
"""


@pytest.mark.parametrize(
    ("sender", "subject", "text", "kind", "status"),
    [
        ("MAILER-DAEMON@mx.bakery.example", "failure notice", QMAIL, "failed", "5.1.1"),
        ("Mail System <Mailer-Daemon@mx.example>", "Mail delivery failed: returning message to sender", EXIM, "failed", "5.1.1"),
        ("Mail Delivery System <Mailer-Daemon@mx.example>", "Warning: message 1ab delayed 24 hours", EXIM_LATE, "delayed", ""),
        ("MAILER-DAEMON@mx.example (Mail Delivery System)", "Undelivered Mail Returned to Sender", POSTFIX, "failed", "5.2.2"),
        ("mailer-daemon@yandex.example", "Недоставленное сообщение", YANDEX, "failed", "5.7.1"),
        ("mailer-daemon@corp.mail.example", "Mail failure.", MAIL_RU, "failed", ""),
        ("Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@bakery.example>", "Не удается доставить: вопрос",
         EXCHANGE, "failed", ""),
        ("postmaster@bakery.example", "Недоставлено: вопрос", EXCHANGE, "failed", ""),
        ("Postmaster <>", "Undeliverable: gone@x.example", "Did not reach the following recipient: gone@bakery.example", "failed",
         ""),
    ],
)  # fmt: skip
def test_it_reads_reports_older_than_their_standard(
    sender: str, subject: str, text: str, kind: str, status: str
) -> None:
    read = read_letter(letter(text, sender=sender, subject=subject))
    assert (read.bounce.kind, read.bounce.status) == (kind, status)
    assert read.bounce.recipients == ("gone@bakery.example",)
    assert read.automatic and not read.automatic.answerable


def report(status: str, kind: str = "message/delivery-status", words: str = "It could not be delivered.") -> bytes:
    return (
        "From: MAILER-DAEMON@mx.example\nSubject: Report\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
        f"--b\n\n{words}\n--b\nContent-Type: {kind}\n\n{status}\n--b\nContent-Type: message/rfc822\n\n"
        "Message-ID: <ours@opora.example>\nSubject: x\n\nhello\n--b--\n"
    ).encode()


@pytest.mark.parametrize(
    ("status", "kind", "code", "recipients"),
    [
        ("MTA: x\n\nFinal-Recipient: rfc822;a@b.example\nAction: failed\nStatus: 5.1.1", "failed", "5.1.1", ("a@b.example",)),
        ("MTA: x\n\nFinal-Recipient: rfc822;a@b.example\nAction: delayed\nStatus: 4.4.1", "delayed", "4.4.1",
         ("a@b.example",)),
        ("MTA: x\n\nFinal-Recipient: rfc822; <a@b.example>\nAction: delivered (final)\nStatus: 2.0.0", "delivered", "2.0.0",
         ("a@b.example",)),
        ("MTA: x\n\nFinal-Recipient: rfc822;a@b.example\nAction: delivered\nStatus: 2.0.0\n\n"
         "Final-Recipient: rfc822;c@d.example\nAction: failed\nStatus: 5.0.0", "failed", "2.0.0", ("c@d.example",)),
    ],
)  # fmt: skip
def test_it_reads_the_standard_report(status: str, kind: str, code: str, recipients: tuple[str, ...]) -> None:
    bounce = read_letter(report(status)).bounce
    assert (bounce.kind, bounce.status, bounce.recipients) == (kind, code, recipients)
    assert bounce.about_message_id == "ours@opora.example"


def test_it_takes_a_receipt_for_automatic_but_not_for_a_failure() -> None:
    receipt = "Final-Recipient: rfc822;a@b.example\nDisposition: manual-action/MDN-sent-manually; displayed"
    raw = report(receipt, "message/disposition-notification", "Your letter was displayed.")
    read = read_letter(
        raw.replace(b"MAILER-DAEMON", b"clara").replace(b"delivery-status;", b"disposition-notification;")
    )
    assert read.automatic and not read.bounce


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Автоответ: ваш запрос", "Меня нет."),
        ("Re: ваш запрос (Автоответ)", "Меня нет."),
        ("Нет на рабочем месте: Клара", "Буду в понедельник."),
        ("Out of Office: your request", "Back on Monday."),
        ("Automatic reply: your request", "Back on Monday."),
        ("Automatische Antwort: Anfrage", "Bin nicht da."),
        ("Réponse automatique : demande", "Absent."),
        ("Ваш запрос", "Это автоматический ответ. Я вернусь в понедельник."),
        ("Your request", "Hello,\nthis is an automated reply: back on Monday.".replace("Hello,\n", "Hello, ")),
    ],
)
def test_it_knows_the_answers_of_those_who_are_away(subject: str, text: str) -> None:
    read = read_letter(letter(text, subject=subject))
    assert read.automatic and not read.automatic.answerable and not read.bounce


@pytest.mark.parametrize(
    ("subject", "text", "headers"),
    [
        ("Fwd: Undelivered Mail Returned to Sender", "Why?\n\n" + POSTFIX, {}),
        ("Re: Mail delivery failed", "I got this:\n\n" + EXIM, {"in_reply_to": "<a@b>"}),
        ("Mail delivery failed for our clients", "Our letters could not be delivered since Monday. Please look.", {}),
        ("Недоставленные письма", "Письма клиентам не доставлены с понедельника. Посмотрите, пожалуйста.", {}),
        ("Автоответчик не работает", "Настроили автоответ, а он не отвечает.", {}),
        ("Отпуск Клары", "С 1 по 14 мая я в отпуске, вопросы к Дану.", {}),
        ("Office is out of paper", "Please order some.", {}),
        ("A question from the list", "Who knows?", {"list_id": "<users.list.example>", "list_post": "<mailto:u@list.example>",
                                                            "precedence": "list"}),
        ("A question from the list", "Does anybody know?", {"precedence": "bulk", "errors_to": "owner-users@list.example"}),
        ("Выключите автоматический ответ", "Он мешает.", {"auto_submitted": "no"}),
    ],
)  # fmt: skip
def test_it_takes_no_person_for_a_program(subject: str, text: str, headers: dict[str, str]) -> None:
    read = read_letter(letter(text, **{"subject": subject, **headers}))
    assert not read.automatic and not read.bounce
