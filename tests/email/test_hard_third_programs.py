"""Reports, absences, notices of other desks, and people who sound like them. Expectations were written before the first run."""

import pytest

from opora.desk.channels.email.parsing import read_letter
from tests.email.test_hard_programs import GONE, report, status, written

SES = """An error occurred while trying to deliver the mail to the following recipients:
gone@bakery.example
"""
SENDMAIL = """The original message was received at Mon, 23 Nov 2026 10:15:41 +0300
from relay.opora.example [192.0.2.5]

   ----- The following addresses had permanent fatal errors -----
<gone@bakery.example>
    (reason: 550 5.1.1 <gone@bakery.example>... User unknown)

   ----- Transcript of session follows -----
... while talking to mx.bakery.example.:
>>> DATA
<<< 550 5.1.1 <gone@bakery.example>... User unknown
550 5.1.1 <gone@bakery.example>... User unknown
"""
SENDMAIL_WAITS = """    **********************************************
    **      THIS IS A WARNING MESSAGE ONLY      **
    **  YOU DO NOT NEED TO RESEND YOUR MESSAGE  **
    **********************************************

The original message was received at Mon, 23 Nov 2026 10:15:41 +0300

   ----- Transcript of session follows -----
<gone@bakery.example>... Deferred: Connection timed out with mx.bakery.example.
Warning: message still undelivered after 4 hours
Will keep trying until message is 5 days old
"""
GMAIL_PLAIN = """
** Address not found **

Your message wasn't delivered to gone@bakery.example because the address couldn't be found, or is unable to receive mail.

The response from the remote server was:
550 5.1.1 <gone@bakery.example> User unknown
"""
GMAIL_RU = """
** Адрес не найден **

Письмо не доставлено на адрес gone@bakery.example, так как он не существует или не может принимать почту.

Ответ:
550 5.1.1 The email account that you tried to reach does not exist.
"""
EXCHANGE_ONLINE_RU = """Ваше сообщение для gone@bakery.example не удалось доставить.

gone не найден по адресу bakery.example.

Диагностическая информация для администраторов:
Создающий сервер: AM0PR01.eurprd01.prod.outlook.example
gone@bakery.example
Remote server returned '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient gone@bakery.example not found by SMTP address lookup'
"""
EXCHANGE_DE = """Fehler bei der Nachrichtenzustellung an folgende Empfänger oder Gruppen:

gone@bakery.example
Die von Ihnen eingegebene E-Mail-Adresse konnte nicht gefunden werden.

Diagnoseinformationen für Administratoren:
Generierender Server: mx.bakery.example
gone@bakery.example
#550 5.1.1 RESOLVER.ADR.RecipNotFound; not found ##
"""
KERIO = """Your mail could not be delivered to the following recipient(s):

  gone@bakery.example
  Reason: 550 5.1.1 Mailbox unavailable
"""
COMMUNIGATE = """Failed to deliver to 'gone@bakery.example'
SMTP module(domain bakery.example) reports:
 gone@bakery.example: user unknown
 response: 550 5.1.1 gone@bakery.example: user unknown
"""
POSTFIX_PLAIN = """This is the mail system at host mx.opora.example.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients. It's attached below.

                   The mail system

<gone@bakery.example>: host mx.bakery.example[192.0.2.1] said: 550 5.1.1
    <gone@bakery.example>: Recipient address rejected: User unknown (in
    reply to RCPT TO command)
"""
BARRACUDA = (
    """Your message to gone@bakery.example was blocked. <gone@bakery.example>: 554 5.7.1 Message rejected as spam"""
)
GERMAN_EXIM = """Diese Nachricht wurde automatisch von der Mail-Software erzeugt.

Eine von Ihnen gesendete Nachricht konnte nicht an einen oder mehrere Empfänger zugestellt werden.
Dies ist ein dauerhafter Fehler. Folgende Adresse(n):

  gone@bakery.example
    550 5.1.1 Unknown user
"""
DAEMON = "MAILER-DAEMON@mx.x.example (Mail Delivery System)"

REPORTS = {
    "Amazon SES": (
        report(
            "MAILER-DAEMON@eu-west-1.amazonses.com",
            "Delivery Status Notification (Failure)",
            SES,
            status("failed", "5.1.1"),
        ),
        "failed",
        "5.1.1",
    ),
    "Sendmail": (
        report(
            "Mail Delivery Subsystem <MAILER-DAEMON@mx.x.example>",
            "Returned mail: see transcript for details",
            SENDMAIL,
            status("failed", "5.1.1"),
        ),
        "failed",
        "5.1.1",
    ),
    "Sendmail, plain": (
        report(
            "Mail Delivery Subsystem <MAILER-DAEMON@mx.x.example>",
            "Returned mail: see transcript for details",
            SENDMAIL,
        ),
        "failed",
        "5.1.1",
    ),
    "Sendmail, it will try again": (
        report(
            "Mail Delivery Subsystem <MAILER-DAEMON@mx.x.example>",
            "Warning: could not send message for past 4 hours",
            SENDMAIL_WAITS,
        ),
        "delayed",
        "",
    ),
    "Gmail, plain": (
        report(
            "Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
            "Delivery Status Notification (Failure)",
            GMAIL_PLAIN,
        ),
        "failed",
        "5.1.1",
    ),
    "Gmail, Russian, plain": (
        report(
            "Mail Delivery Subsystem <mailer-daemon@googlemail.com>", "Delivery Status Notification (Failure)", GMAIL_RU
        ),
        "failed",
        "5.1.1",
    ),
    "Gmail, it will try again": (
        report(
            "Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
            "Delivery Status Notification (Delay)",
            "Delivery incomplete",
            status("delayed", "4.4.1"),
        ),
        "delayed",
        "4.4.1",
    ),
    "Exchange Online, Russian": (
        report("Microsoft Outlook <postmaster@bakery.example>", "Недоставлено: [T-1042] VPN", EXCHANGE_ONLINE_RU),
        "failed",
        "5.1.10",
    ),
    "Exchange, German": (
        report("Microsoft Outlook <postmaster@bakery.example>", "Unzustellbar: [T-1042] VPN", EXCHANGE_DE),
        "failed",
        "5.1.1",
    ),
    "Exchange, relayed": (
        report(
            "Microsoft Outlook <postmaster@bakery.example>",
            "Relayed: [T-1042] VPN",
            "Delivery to these recipients is complete, but no notification was sent by the destination",
            status("relayed", "2.0.0"),
        ),
        "delivered",
        "2.0.0",
    ),
    "expanded to a list": (
        report(DAEMON, "Successful Mail Delivery Report", "expanded", status("expanded", "2.0.0")),
        "delivered",
        "2.0.0",
    ),
    "CommuniGate": (
        report("MAILER-DAEMON@mx.bakery.example", "Undeliverable mail: [T-1042] VPN", COMMUNIGATE),
        "failed",
        "5.1.1",
    ),
    "Kerio": (
        report("Mail Delivery Subsystem <MAILER-DAEMON@mx.bakery.example>", "Delivery failure", KERIO),
        "failed",
        "5.1.1",
    ),
    "Postfix, its form removed": (
        report(DAEMON, "Undelivered Mail Returned to Sender", POSTFIX_PLAIN),
        "failed",
        "5.1.1",
    ),
    "Zimbra": (
        report(
            "MAILER-DAEMON@zimbra.x.example (Mail Delivery System)",
            "Undelivered Mail Returned to Sender",
            POSTFIX_PLAIN,
            status("failed", "5.1.1"),
        ),
        "failed",
        "5.1.1",
    ),
    "a filter": (report("postmaster@mx.bakery.example", "Undeliverable: [T-1042] VPN", BARRACUDA), "failed", "5.7.1"),
    "Exim, German": (
        report(
            "Mail Delivery System <Mailer-Daemon@mx.x.example>",
            "Mail delivery failed: returning message to sender",
            GERMAN_EXIM,
        ),
        "failed",
        "5.1.1",
    ),
    "status in small letters, blanks before, a comment behind": (
        report(
            DAEMON,
            "Undelivered",
            "x",
            f"Reporting-MTA: dns;mx\n\nfinal-recipient:RFC822;{GONE}\naction: Failed\nSTATUS: 5.1.1 (user unknown)\n",
        ),
        "failed",
        "5.1.1",
    ),
    "status without a recipient's form": (
        report(
            DAEMON,
            "Undelivered",
            "x",
            f"Reporting-MTA: dns;mx\n\nFinal-Recipient: <{GONE}>\nAction: failed\nStatus: 5.1.1\n",
        ),
        "failed",
        "5.1.1",
    ),
    "only the original recipient": (
        report(
            DAEMON,
            "Undelivered",
            "x",
            f"Reporting-MTA: dns;mx\n\nOriginal-Recipient: rfc822;{GONE}\nAction: failed\nStatus: 5.1.1\n",
        ),
        "failed",
        "5.1.1",
    ),
    "no blank line between the two blocks": (
        report(
            DAEMON,
            "Undelivered",
            "x",
            f"Reporting-MTA: dns;mx\nFinal-Recipient: rfc822;{GONE}\nAction: failed\nStatus: 5.1.1\n",
        ),
        "failed",
        "5.1.1",
    ),
}


@pytest.mark.parametrize("name", REPORTS)
def test_it_reads_the_report(name: str) -> None:
    letter, kind, code = REPORTS[name]
    assert (letter.bounce.kind, letter.bounce.status, letter.bounce.recipients) == (kind, code, (GONE,))
    assert letter.automatic and not letter.automatic.answerable


def test_it_reads_a_report_on_several_people_some_of_whom_have_it() -> None:
    fields = f"{status('failed', '5.1.1')}\nFinal-Recipient: rfc822; other@bakery.example\nAction: delivered\nStatus: 2.0.0\n"
    bounce = report(DAEMON, "Undelivered Mail Returned to Sender", "x", fields).bounce
    assert (bounce.kind, bounce.recipients) == ("failed", (GONE,))


def test_it_reads_a_report_within_a_mixed_letter_of_a_gateway() -> None:
    inner = (
        "--b\nContent-Type: multipart/report; report-type=delivery-status; boundary=c\n\n--c\n\nx\n--c\nContent-Type: "
        f"message/delivery-status\n\n{status('failed', '5.1.1')}\n--c--\n--b\nContent-Type: text/plain\n\nscanned\n--b--\n"
    )
    head = "From: MAILER-DAEMON@mx.x.example\nSubject: Undelivered Mail Returned to Sender\nContent-Type: "
    "multipart/mixed; boundary=b\n\n"
    assert read_letter((head + inner).encode()).bounce.recipients == (GONE,)


AWAY = {
    "Yandex": (
        "Автоответ: Re: VPN",
        "Буду в понедельник.",
        {"auto_submitted": "auto-replied", "x_yandex_autoreply": "yes"},
    ),
    "Mail.ru, without a header": ("Автоматический ответ Re: VPN", "Я в отпуске", {}),
    "Zimbra, Russian": (
        "Нет на рабочем месте: VPN",
        "Меня нет.",
        {"auto_submitted": "auto-replied (zimbra; vacation)"},
    ),
    "Exchange, Russian, of old": (
        "Нет на работе: VPN",
        "Буду 30 ноября.",
        {"x_ms_exchange_inbox_rules_loop": "p@r.example"},
    ),
    "Exchange, generated": (
        "Отсутствует: VPN",
        "Вернусь.",
        {"x_ms_exchange_generated_message_source": "Mailbox Rules Agent"},
    ),
    "Lotus Notes": ("Clara Berg is out of the office.", "I will be out of the office from 23.11. until 30.11.", {}),
    "Lotus Notes, German": ("Klaus Weber ist außer Haus", "Ich werde ab 23.11. nicht im Büro sein.", {}),
    "Novell": ("Out of the Office: VPN", "I am away.", {"x_autogenerated": "Reply"}),
    "cPanel": ("Autoresponder: VPN", "I am away.", {"x_autorespond": "Re: VPN", "precedence": "auto_reply"}),
    "Plesk": ("Re: VPN", "I am away.", {"precedence": "bulk", "auto_submitted": "auto-replied"}),
    "Sieve of Dovecot": (
        "Auto: VPN",
        "I am away.",
        {"auto_submitted": "auto-replied (vacation)", "precedence": "bulk"},
    ),
    "SOGo": ("Auto: VPN", "Ich bin im Urlaub", {"auto_submitted": "auto-replied"}),
    "Norwegian": ("Automatisk svar: VPN", "Jeg er borte.", {}),
    "Bulgarian": ("Автоматичен отговор: VPN", "В отпуск съм.", {}),
    "Slovak": ("Automatická odpoveď: VPN", "Nie som v kancelárii.", {}),
    "Arabic": ("رد تلقائي: VPN", "أنا خارج المكتب", {}),
    "Hebrew": ("תגובה אוטומטית: VPN", "אני לא במשרד", {}),
    "Kazakh": ("Автоматты жауап: VPN", "Мен демалыстамын.", {}),
    "Belarusian": ("Аўтаматычны адказ: VPN", "Я ў адпачынку.", {}),
    "Russian, the robot without any header": (
        "Re: [T-1042] VPN",
        "Здравствуйте!\n\nСейчас я в отпуске и вернусь 30 ноября. По срочным вопросам пишите Ивану.",
        {"in_reply_to": "<a@opora.example>"},
    ),
    "English, the robot without any header": (
        "RE: [T-1042] VPN",
        "Hello,\n\nI am currently out of the office with limited access to e-mail and will return on Monday.",
        {"in_reply_to": "<a@opora.example>"},
    ),
    "German, the robot without any header": (
        "AW: [T-1042] VPN",
        "Sehr geehrte Damen und Herren,\n\nich bin bis 30.11. nicht im Büro. Ihre E-Mail wird nicht weitergeleitet.",
        {"in_reply_to": "<a@opora.example>"},
    ),
    "one who left": (
        "Re: VPN",
        "Добрый день! Данный почтовый ящик больше не используется. Пишите на info@romashka.example.",
        {"auto_submitted": "auto-replied"},
    ),
    "OTRS": (
        "[Ticket#2026112310000015] RE: VPN",
        "Ihre Anfrage ist eingegangen.",
        {"x_powered_by": "OTRS", "precedence": "bulk", "auto_submitted": "auto-replied"},
    ),
    "Zendesk": (
        "[Request received] VPN",
        "Your request (7731) has been received.",
        {"x_auto_response_suppress": "All", "auto_submitted": "auto-generated"},
    ),
    "Jira": ("[JIRA] (OPS-17) VPN", "Anna created OPS-17", {"auto_submitted": "auto-generated", "precedence": "bulk"}),
    "Bitrix24": ("Ваше обращение зарегистрировано", "Номер обращения 17.", {"auto_submitted": "auto-generated"}),
    "UserSide desk without headers": (
        "[#7731] Ваша заявка принята",
        "Здравствуйте! Ваша заявка зарегистрирована под номером 7731. Пожалуйста, не отвечайте на это письмо.",
        {"from": "noreply@desk.example"},
    ),
    "Zabbix": ("PROBLEM: High CPU", "Trigger: cpu", {"from": "zabbix@x.example", "precedence": "bulk"}),
    "a read receipt of Outlook, Russian": (
        "Прочтено: VPN",
        "Ваше сообщение прочитано",
        {"content_type": "multipart/report; report-type=disposition-notification; boundary=b"},
    ),
    "a calendar's answer": ("Accepted: works", "x", {"content_type": "text/calendar; method=REPLY; charset=utf-8"}),
}
HUMAN = {
    "through GitHub, a person's comment": (
        "Re: [x/y] VPN (#17)",
        "I can reproduce it.",
        {
            "list_id": "x/y <y.x.github.com>",
            "precedence": "list",
            "from": "Clara <notifications@github.com>",
            "x_github_sender": "clara",
        },
    ),
    "the holiday is about our service": ("Вопрос", "Я в отпуске, но сервер лежит, помогите срочно!", {}),
    "asks about automatic replies in German": ("Automatische Antwort geht nicht mehr", "Seit heute. Bitte prüfen.", {}),
    "on vacation, with approval": (
        "Re: [T-1042] VPN",
        "Добрый день. Согласовано. С понедельника я в отпуске, заменяет Иван.",
        {"in_reply_to": "<a@opora.example>"},
    ),
    "not in the office, asks": (
        "Re: VPN",
        "I am not in the office today, could you call my mobile? The server is down again.",
        {"in_reply_to": "<a@opora.example>"},
    ),
    "delivered, an order": ("Delivered: two servers", "Both servers were delivered, please mount them.", {}),
    "returned": ("Возврат письма", "Нам вернулось письмо с ошибкой 550, что это?", {}),
    "a mailbox called postmaster": (
        "MX",
        "Проверьте, пожалуйста, MX-запись нашего домена.",
        {"from": "postmaster@bakery.example", "user_agent": "Mozilla Thunderbird"},
    ),
    "root writes": (
        "disk",
        "The disk of web-01 must be replaced, please tell me when.",
        {"from": "root@bakery.example"},
    ),
    "says what was received": (
        "Re: VPN",
        "Your message was received, thank you. The servers still do not respond to pings.",
        {},
    ),
    "asks for a read receipt": (
        "VPN",
        "It is broken.",
        {"disposition_notification_to": "clara@bakery.example", "return_receipt_to": "clara@bakery.example"},
    ),
    "with a feedback id of the provider": (
        "VPN",
        "It is broken.",
        {"feedback_id": "1:2:3:mail", "x_mailer": "SmartSend"},
    ),
    "a web form": (
        "Заявка с сайта",
        "Имя: Пётр\nТелефон: +7 495 123-45-67\nНе работает вход.",
        {"from": "no-reply@romashka.example", "reply_to": "p@romashka.example", "x_mailer": "PHPMailer 6"},
    ),
    "an urgent one": ("СРОЧНО!!! Лежит всё", "Помогите", {"x_priority": "1", "importance": "high"}),
    "the robot in the title": ("Робот отвечает клиентам вместо нас", "Отключите автоответ, пожалуйста.", {}),
    "auto-submitted no with words": ("VPN", "x", {"auto_submitted": "No"}),
    "the bounce is about them": (
        "Undeliverable: письма клиентам",
        "Вот такие письма приходят нашим клиентам с утра, разберитесь.",
        {},
    ),
}


@pytest.mark.parametrize("name", AWAY)
def test_it_knows_that_a_program_wrote(name: str) -> None:
    assert written(*AWAY[name]).automatic


@pytest.mark.parametrize("name", HUMAN)
def test_it_takes_no_person_for_a_program(name: str) -> None:
    letter = written(*HUMAN[name])
    assert (letter.automatic.why, letter.bounce.kind) == ("", "")
