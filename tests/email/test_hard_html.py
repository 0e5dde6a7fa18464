"""Answers that come as HTML alone, with the marks each mail program leaves. Expectations were written before the first run."""

import pytest

from opora.desk.channels.email.parsing import read_letter

SUPPORT = '"Служба поддержки" &lt;<a href="mailto:support@opora.example">support@opora.example</a>&gt;'
CASES = {
    "Outlook desktop, Russian": (
        '<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style><!--p.MsoNormal{margin:0cm}--></style></head>'
        '<body lang="RU"><div class="WordSection1"><p class="MsoNormal">Добрый день!<o:p></o:p></p><p class="MsoNormal">'
        '<o:p>&nbsp;</o:p></p><p class="MsoNormal">Работает.<o:p></o:p></p><div><div style=\'border:none;border-top:solid '
        '#E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm\'><p class="MsoNormal"><b>From:</b> Служба &lt;support@opora.example&gt; <br>'
        "<b>Sent:</b> Monday, November 23, 2026 10:15 AM<br><b>To:</b> Пётр<br><b>Subject:</b> RE: VPN</p></div></div>"
        '<p class="MsoNormal">Здравствуйте!</p></div></body></html>',
        "Добрый день! Работает.",
    ),
    "Outlook on the web, Russian": (
        '<div dir="ltr"><div style="font-family:Calibri">Не помогло.</div></div><div id="appendonsend"></div>'
        '<hr tabindex="-1" style="display:inline-block; width:98%"><div id="divRplyFwdMsg" dir="ltr"><font face="Calibri">'
        "<b>От:</b> Служба<br><b>Отправлено:</b> 23 ноября 2026 г. 10:15<br><b>Кому:</b> Пётр<br><b>Тема:</b> VPN</font>"
        "</div><div>Здравствуйте!</div>",
        "Не помогло.",
    ),
    "Outlook for iOS": (
        '<div dir="ltr">Готово</div><div id="ms-outlook-mobile-signature"><div><br></div>Отправлено из '
        '<a href="https://aka.ms/o0ukef">Outlook для iOS</a></div><hr style="display:inline-block;width:98%">'
        '<div id="divRplyFwdMsg"><b>От:</b> Служба<br><b>Отправлено:</b> сегодня<br></div><div>Здравствуйте!</div>',
        "Готово",
    ),
    "Gmail, Russian": (
        '<div dir="ltr"><div>Спасибо!</div><div>Закрывайте.</div></div><br><div class="gmail_quote gmail_quote_container">'
        f'<div dir="ltr" class="gmail_attr">пн, 23 нояб. 2026 г. в 10:15, {SUPPORT}:<br></div><blockquote class="gmail_quote" '
        'style="margin:0px 0px 0px 0.8ex">Здравствуйте!</blockquote></div>',
        "Спасибо! Закрывайте.",
    ),
    "Gmail, answered between the lines": (
        '<div dir="ltr"><br><div class="gmail_quote"><div class="gmail_attr">On Mon, Nov 23, 2026 at 10:15 AM S '
        '&lt;s@o.example&gt; wrote:<br></div><blockquote class="gmail_quote">Which disk?</blockquote><div>The second.</div>'
        '<blockquote class="gmail_quote">Since when?</blockquote><div>Since Monday.</div></div></div>',
        ("The second.", "Since Monday."),
    ),
    "Yandex on the web": (
        f"<div>Диск заменили.</div><div>&nbsp;</div><div>23.11.2026, 10:15, {SUPPORT}:</div>"
        "<blockquote><div>Здравствуйте!</div></blockquote>",
        "Диск заменили.",
    ),
    "Yandex, with lines of addressees": (
        "<div>Журнал приложен.</div><div>----------------</div><div>Кому: Пётр (p@romashka.example);</div><div>Тема: VPN;</div>"
        f"<div>23.11.2026, 10:15, {SUPPORT}:</div><blockquote><div>Здравствуйте!</div></blockquote>",
        "Журнал приложен.",
    ),
    "Mail.ru on the web": (
        '<HTML><BODY>Сервер не отвечает.<br><br><blockquote style="border-left:1px solid #0857A6; margin:10px;">'
        f'Понедельник, 23 ноября 2026, 10:15 +03:00 от {SUPPORT}:<br><div id=""><div>Добрый день!</div></div></blockquote>'
        "</BODY></HTML>",
        "Сервер не отвечает.",
    ),
    "Mail.ru, newer": (
        '<div>Пришлите счёт.</div><div>&nbsp;</div><div data-signature-widget="container"><div data-signature-widget="content">'
        '<div>--<br>Пётр Иванов</div></div></div><div>&nbsp;</div><blockquote style="border-left:1px solid #0857A6;margin:10px;'
        f'padding:0 0 0 10px;">Понедельник, 23 ноября 2026, 10:15 +03:00 от {SUPPORT}:<br>&nbsp;<div>Добрый день!</div>'
        "</blockquote>",
        "Пришлите счёт.",
    ),
    "Apple Mail": (
        '<html><body style="overflow-wrap: break-word;">Перезагрузите web-02.<br id="lineBreakAtBeginningOfMessage"><div><br>'
        '<blockquote type="cite"><div>23 нояб. 2026 г., в 10:15, Служба &lt;support@opora.example&gt; написал(а):</div><br '
        'class="Apple-interchange-newline"><div>Здравствуйте!</div></blockquote></div></body></html>',
        "Перезагрузите web-02.",
    ),
    "iPhone": (
        '<html><body dir="auto">Принято<br id="lineBreakAtBeginningOfSignature"><div dir="ltr">Отправлено с iPhone</div><div '
        'dir="ltr"><br><blockquote type="cite">23 нояб. 2026 г., в 10:15, Служба &lt;support@opora.example&gt; написал(а):<br>'
        '</blockquote></div><blockquote type="cite"><div>Здравствуйте!</div></blockquote></body></html>',
        "Принято",
    ),
    "Samsung": (
        '<html><body><div dir="auto">Согласен</div><div dir="auto"><br></div><div id="composer_signature" dir="auto"><div '
        'style="font-size:12px">Отправлено с моего Galaxy</div></div><div><br></div><div style="font-size:100%"><!-- '
        "originalMessage --><div>-------- Исходное сообщение --------</div><div>От: Служба &lt;support@opora.example&gt; </div>"
        "<div>Дата: 23.11.2026 10:15 (GMT+03:00) </div><div>Кому: p@r.example </div><div>Тема: VPN </div></div>"
        "Здравствуйте!</body></html>",
        "Согласен",
    ),
    "Thunderbird": (
        '<p>Понял.</p><div class="moz-cite-prefix">23.11.2026 10:15, Служба поддержки пишет:<br></div><blockquote type="cite" '
        'cite="mid:x"><p>Здравствуйте!</p></blockquote><pre class="moz-signature" cols="72">-- \nПётр</pre>',
        "Понял.",
    ),
    "NetEase": (
        '<div style="line-height:1.7"><div>收到。</div><br><p>At 2026-11-23 10:15:41, "Support" &lt;support@opora.example&gt; '
        'wrote:</p><blockquote id="isReplyContent"><div>您好</div></blockquote></div>',
        "收到。",
    ),
    "QQ": (
        '<div>问题解决了。</div><div><includetail><div>&nbsp;</div><div style="font-size: 12px">------------------&nbsp;'
        '原始邮件&nbsp;------------------</div><div style="background:#efefef"><div><b>发件人:</b>&nbsp;"Support";'
        "</div></div>"
        "<div>您好</div></includetail></div>",
        "问题解决了。",
    ),
    "Zimbra": (
        '<div style="font-family: arial">В выходные.</div><div><br></div><hr id="zwchr" data-marker="__DIVIDER__"><div '
        'data-marker="__HEADERS__"><b>От: </b>"Служба" &lt;support@opora.example&gt;<br><b>Кому: </b>"Пётр"<br><b>Отправленные: '
        "</b>Понедельник, 23 Ноябрь 2026 г 10:15:41<br><b>Тема: </b>VPN<br></div><div>Здравствуйте!</div>",
        "В выходные.",
    ),
    "Proton": (
        '<div style="font-family: Arial">Works.</div><div class="protonmail_signature_block"><div>Sent with <a>Proton Mail</a> '
        'secure email.</div></div><div class="protonmail_quote">On Monday, November 23rd, 2026 at 10:15, S &lt;s@o.example&gt; '
        'wrote:<br><blockquote class="protonmail_quote" type="cite">Hello</blockquote></div>',
        "Works.",
    ),
    "words in a table, and a quotation that is the author's": (
        "<table><tr><td>IP</td><td>10.0.0.5</td></tr></table><p>В инструкции сказано:</p><blockquote>перезапустите службу"
        "</blockquote><p>Как это сделать?</p>",
        ("10.0.0.5", "перезапустите службу", "Как это сделать?"),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_it_keeps_the_authors_words_of_html(name: str) -> None:
    html, expected = CASES[name]
    read = read_letter(b"From: a@b.example\nContent-Type: text/html; charset=utf-8\n\n" + html.encode())
    if isinstance(expected, str):
        assert " ".join(read.reply_text.split()) == expected
    else:
        assert all(words in read.reply_text for words in expected)
