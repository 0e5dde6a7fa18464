"""HTML of mail programs not looked at before: the author's words, and what is folded.

Expectations were written before the first run.
"""

import pytest

from opora.desk.channels.email.parsing import read_letter

S = '"Служба поддержки" &lt;<a href="mailto:support@opora.example">support@opora.example</a>&gt;'
CASES: dict[str, tuple[str, str | tuple[str, ...], str]] = {
    "Outlook new, French": (
        '<div class="elementToProof" style="font-family: Aptos">Bonjour, ça marche.</div><div id="appendonsend"></div><hr '
        'style="display: inline-block; width: 98%;"><div id="divRplyFwdMsg" dir="ltr"><span><b>De&nbsp;:</b>&nbsp;Support<br>'
        "<b>Envoyé&nbsp;:</b>&nbsp;lundi 23 novembre 2026 10:15<br><b>À&nbsp;:</b>&nbsp;Clara<br><b>Objet&nbsp;:</b>&nbsp;VPN"
        "</span><div>&nbsp;</div></div><div>Avez-vous essayé ?</div>",
        "Bonjour, ça marche.",
        "Avez-vous essayé",
    ),
    "Outlook for Android, its line above the rule": (
        '<div dir="auto">Ещё не работает</div><div id="ms-outlook-mobile-body-separator-line"><br></div><div '
        'id="ms-outlook-mobile-'
        'signature">Скачать <a href="https://aka.ms/AAb9ysg">Outlook для Android</a></div><hr><div id="mail-editor-reference-'
        'message-container"><div style="border-top:1px"><b>От:</b> Служба<br><b>Отправлено:</b> 23 ноября<br><b>Кому:</b> Пётр'
        "<br><b>Тема:</b> VPN</div><div>Здравствуйте!</div></div>",
        "Ещё не работает",
        "Здравствуйте!",
    ),
    "Outlook for Mac": (
        '<div class="WordSection1"><p class="MsoNormal">Отлично, спасибо.</p><div id="mail-editor-reference-message-container">'
        '<div><div style="border:none;border-top:solid #B5C4DF 1.0pt"><p class="MsoNormal"><b>From: </b>Support &lt;s@o.example'
        "&gt;<br><b>Date: </b>Monday, 23 November 2026 at 10:15<br><b>To: </b>P<br><b>Subject: </b>VPN</p></div><p>Добрый день"
        "</p></div></div></div>",
        "Отлично, спасибо.",
        "Добрый день",
    ),
    "Outlook desktop, answered between the lines": (
        '<div class="WordSection1"><p>Ответы ниже:</p><div style="border:none;border-top:solid #E1E1E1 '
        '1.0pt"><p><b>From:</b> S<br>'
        "<b>Sent:</b> Monday<br><b>To:</b> P<br><b>Subject:</b> VPN</p></div><p>Какая версия?</p><p style='color:red'>12.3</p>"
        "</div>",
        "Ответы ниже:",
        "12.3",
    ),
    "Gmail on a telephone, words in auto direction": (
        '<div dir="auto">Готово<div dir="auto"><br></div><div dir="auto">Можно закрывать</div></div><br><div class="gmail_quote">'
        f'<div dir="ltr" class="gmail_attr">пн, 23 нояб. 2026 г., 10:15 {S}:<br></div><blockquote class="gmail_quote" style="'
        'margin:0 0 0 .8ex;border-left:1px #ccc solid;padding-left:1ex"><div>Здравствуйте!</div></blockquote></div>',
        "Готово Можно закрывать",
        "Здравствуйте!",
    ),
    "Gmail, with a signature above the quotation": (
        '<div dir="ltr">Please go on.<br clear="all"><div><br></div><span class="gmail_signature_prefix">-- </span><br><div dir='
        '"ltr" class="gmail_signature" data-smartmail="gmail_signature">Clara Berg<br>Bakery Ltd</div></div><br><div class='
        '"gmail_quote"><div class="gmail_attr">On Mon, Nov 23, 2026 S wrote:</div><blockquote class="gmail_quote">Hello'
        "</blockquote></div>",
        "Please go on.",
        "Hello",
    ),
    "Gmail, forwarded with words above": (
        '<div dir="ltr">Что это?<br><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">---------- Forwarded message '
        '---------<br>От: <strong class="gmail_sendername">Банк</strong> &lt;info@bank.example&gt;<br>Date: пн, 23 нояб. 2026'
        "<br>Subject: Счёт<br>To: p@r.example<br></div><br><br><div>Уважаемый клиент</div></div></div>",
        "Что это?",
        "Уважаемый клиент",
    ),
    "Gmail, words below the quotation": (
        '<div class="gmail_quote"><div class="gmail_attr">On Mon, Nov 23, 2026 S wrote:<br></div><blockquote class="gmail_quote">'
        'Which disk?</blockquote></div><div dir="ltr">The second one.</div>',
        "The second one.",
        "Which disk?",
    ),
    "Thunderbird, words below": (
        '<div class="moz-cite-prefix">23.11.2026 10:15, Служба пишет:<br></div><blockquote type="cite" '
        'cite="mid:x@opora.example">'
        "<p>Какая версия?</p></blockquote><p>Версия 12.3</p>",
        "Версия 12.3",
        "Какая версия?",
    ),
    "Thunderbird, between the lines": (
        '<div class="moz-cite-prefix">On 23.11.2026 10:15, S wrote:<br></div><blockquote type="cite"><p>Which?</p></blockquote>'
        '<p>The second.</p><blockquote type="cite"><p>Since when?</p></blockquote><p>Monday.</p>',
        ("The second.", "Monday."),
        "On 23.11.2026 10:15",
    ),
    "Thunderbird, a signature of its own": (
        '<p>Всё хорошо.</p><pre class="moz-signature" cols="72">-- \nПётр Иванов\n+7 495 123-45-67</pre><div class="moz-cite-'
        'prefix">23.11.2026 10:15, Служба пишет:<br></div><blockquote type="cite">Здравствуйте!</blockquote>',
        "Всё хорошо.",
        "Здравствуйте!",
    ),
    "Thunderbird, forwarded": (
        '<p>Посмотрите, пожалуйста.</p><div class="moz-forward-container"><br>-------- Перенаправленное сообщение --------<table '
        'class="moz-email-headers-table"><tr><th>Тема: </th><td>Счёт</td></tr><tr><th>Дата: </th><td>Mon, 23 Nov 2026</td></tr>'
        "<tr><th>От: </th><td>Банк</td></tr></table><p>Уважаемый клиент</p></div>",
        "Посмотрите, пожалуйста.",
        "Уважаемый клиент",
    ),
    "Apple Mail, Russian": (
        '<html><head></head><body style="overflow-wrap: break-word;">Спасибо, помогло.<br '
        'id="lineBreakAtBeginningOfMessage"><div>'
        f'<br><blockquote type="cite"><div>23 нояб. 2026 г., в 10:15, {S} написал(а):</div><br class="Apple-interchange-newline">'
        "<div>Здравствуйте!</div></blockquote></div></body></html>",
        "Спасибо, помогло.",
        "Здравствуйте!",
    ),
    "iPhone, Russian, telephone's line": (
        '<div dir="ltr">Согласен, делайте</div><div dir="ltr"><br>Отправлено с iPhone</div><div dir="ltr"><br><blockquote type='
        f'"cite">23 нояб. 2026 г., в 10:15, {S} написал(а):<br><br></blockquote></div><blockquote type="cite"><div dir="ltr">﻿'
        "Здравствуйте!</div></blockquote>",
        "Согласен, делайте",
        "Здравствуйте!",
    ),
    "Yandex on the web, recent": (
        f"<div><div>Перезагрузили, ждём.</div></div><div> </div><div>-- </div><div>Пётр</div><div> "
        f"</div><div>23.11.2026, 10:15, {S}"
        ':</div><blockquote class="210e7a848e8fcb45wmi-quote"><div>Здравствуйте!</div></blockquote><div> </div>',
        "Перезагрузили, ждём.",
        "Здравствуйте!",
    ),
    "Yandex on a telephone": (
        "<div>Нет, не помогло</div><br/><br/>----------------<br/>Кому: Пётр (p@r.example);<br/>Тема: "
        "VPN;<br/>23.11.2026, 10:15, "
        '"Служба" &lt;support@opora.example&gt;:<br/><blockquote>Здравствуйте!</blockquote>',
        "Нет, не помогло",
        "Здравствуйте!",
    ),
    "Mail.ru, cite of its own": (
        '<div>Счёт оплачен.</div><div data-signature-widget="container"><div '
        'data-signature-widget="content"><div>--<br>Пётр</div>'
        '</div></div><blockquote style="border-left:1px solid #0857A6;margin:10px;padding:0 0 0 10px;">Понедельник, '
        "23 ноября 2026,"
        f' 10:15 +03:00 от {S}:<br>&nbsp;<div id=""><div class="js-helper js-readmsg-msg"><div>Здравствуйте!</div></div></div>'
        "</blockquote>",
        "Счёт оплачен.",
        "Здравствуйте!",
    ),
    "Rambler": (
        f'<div>Сайт открылся.</div><div class="rambler-quote"><div>23.11.2026, 10:15, {S}</div><blockquote '
        f'style="border-left:1px '
        'solid">Здравствуйте!</blockquote></div>',
        "Сайт открылся.",
        "Здравствуйте!",
    ),
    "Yahoo": (
        '<div class="ydp1yahoo-style-wrap"><div dir="ltr">Yes, please.</div></div><div id="yahoo_quoted_1" class="yahoo_quoted">'
        "<div><div>On Monday, November 23, 2026 at 10:15:41 AM GMT+3, S &lt;s@o.example&gt; "
        "wrote:</div><div>Hello</div></div></div>",
        "Yes, please.",
        "Hello",
    ),
    "Roundcube": (
        '<p>Passt, danke.</p><p id="reply-intro">Am 2026-11-23 10:15, schrieb Support:</p><blockquote type="cite" '
        'style="padding: 0 '
        '0.4em; border-left: #1010ff 2px solid; margin: 0">Hallo</blockquote>',
        "Passt, danke.",
        "Hallo",
    ),
    "SOGo": (
        'It works<br><br>On Monday, November 23, 2026 10:15 CET, "Support" &lt;s@o.example&gt; wrote:<br>&nbsp;<blockquote type='
        '"cite" cite="x">Hello</blockquote>',
        "It works",
        "Hello",
    ),
    "Lotus Notes": (
        '<font size=2 face="sans-serif">Please go ahead.</font><br><br><br><font size=1 color=#5f5f5f>From: &nbsp; &nbsp; &nbsp;'
        "</font><font size=1>Support/Opora</font><br><font size=1 color=#5f5f5f>To: &nbsp;</font><font size=1>Clara/Bakery</font>"
        "<br><font size=1 color=#5f5f5f>Date: &nbsp;</font><font size=1>23.11.2026 10:15</font><br><font size=1 color=#5f5f5f>"
        "Subject: &nbsp;</font><font size=1>VPN</font><br><hr noshade><br><tt><font size=2>Hello</font></tt>",
        "Please go ahead.",
        "Hello",
    ),
    "Spark": (
        '<div name="messageBodySection"><div dir="auto">Хорошо, в 22:00.</div></div><div name="messageSignatureSection"><br>Пётр'
        '</div><div name="messageReplySection">23 нояб. 2026 г., 10:15 +0300, Служба &lt;s@o.example&gt;, писал:<br><blockquote '
        'type="cite" style="border-left-color: grey">Здравствуйте!</blockquote></div>',
        "Хорошо, в 22:00. Пётр",
        "Здравствуйте!",
    ),
    "Tuta": (
        "<div>Geht wieder.</div><div><br></div><div>23. Nov. 2026, 10:15 von support@opora.example:</div><blockquote class="
        '"tutanota_quote" style="border-left: 1px solid #93A3B8"><div>Hallo</div></blockquote>',
        "Geht wieder.",
        "Hallo",
    ),
    "K-9": (
        'Поднялось само.<br><br><div class="gmail_quote">23 ноября 2026 г. 10:15:41 GMT+03:00, Служба пишет:<blockquote class='
        '"gmail_quote" style="margin: 0pt 0pt 0pt 0.8ex"><div>Здравствуйте!</div></blockquote></div>',
        "Поднялось само.",
        "Здравствуйте!",
    ),
    "Zoho": (
        '<div>Approved.</div><br><div class="zmail_extra"><div id="Zm-_Id_-Sgn1">---- On Mon, 23 Nov 2026 10:15:41 '
        "+0300 <b>Support"
        '&lt;s@o.example&gt;</b> wrote ----<br></div><blockquote style="margin: 0px;"><div>Hello</div></blockquote></div>',
        "Approved.",
        "Hello",
    ),
    "Front": (
        '<div>Do it tonight.</div><div class="front-signature"></div><div class="front-blockquote">On November 23, 2026, S wrote:'
        '<blockquote type="cite" class="front-quote">Hello</blockquote></div>',
        "Do it tonight.",
        "Hello",
    ),
    "a style sheet and a comment among the words": (
        "<style>p{color:red}</style><!-- secret --><p>Видно <!-- нет -->только "
        "это</p><script>alert(1)</script><title>нет</title>",
        "Видно только это",
        "",
    ),
    "hidden words of a preheader": (
        '<div style="display:none;max-height:0">Предпросмотр</div><p>Заявка принята.</p>',
        "Заявка принята.",
        "",
    ),
    "lists and headings": (
        "<h2>Что сделано</h2><ol><li>диск</li><li>память</li></ol><p>Готово</p>",
        ("Что сделано", "диск", "память", "Готово"),
        "",
    ),
    "tags never closed": ("<b>Сервер <i>лежит<p>с утра<table><td>web-01", "Сервер лежит с утра web-01", ""),
    "entities of every kind": (
        "<p>a &lt; b &amp;&amp; c &gt; d &#1044;&#x430; &nbsp;&copy; &euro;5 &unknown; 100&percnt;</p>",
        "a < b && c > d Да © €5 &unknown; 100%",
        "",
    ),
    "a quotation of the author's own, in the middle": (
        "<p>В договоре:</p><blockquote style='margin-left:20px'>время реакции 15 минут</blockquote><p>Прошло два часа.</p>",
        ("время реакции 15 минут", "Прошло два часа."),
        "",
    ),
    "a forwarded letter alone": (
        '<div class="gmail_quote"><div class="gmail_attr">---------- Forwarded message ---------<br>From: Bank &lt;i@bank.example'
        "&gt;<br>Date: Mon, 23 Nov 2026<br>Subject: Works<br>To: c@b.example</div><p>Dear customer</p></div>",
        ("Dear customer",),
        "",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_it_keeps_the_authors_words_and_folds_the_others(name: str) -> None:
    html, expected, folded = CASES[name]
    read = read_letter(b"From: a@b.example\nContent-Type: text/html; charset=utf-8\n\n" + html.encode())
    if isinstance(expected, str):
        assert " ".join(read.reply_text.split()) == expected
    else:
        assert all(words in read.reply_text for words in expected), read.reply_text
    assert folded in read.quoted_text
    assert not folded or folded not in read.reply_text


def test_it_reads_what_a_letter_hides_if_it_shows_nothing() -> None:
    hidden = "<div style='display: none'>Сервер <b>лежит</b></div>"
    read = read_letter(b"From: a@b.example\nContent-Type: text/html; charset=utf-8\n\n" + hidden.encode())
    assert read.reply_text == "Сервер лежит"
    shown = "<span style='DISPLAY:none'>да</span><p>нет</p>"
    read = read_letter(b"From: a@b.example\nContent-Type: text/html; charset=utf-8\n\n" + shown.encode())
    assert read.reply_text == "нет"
