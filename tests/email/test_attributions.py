"""The openings of quotations as programs write them, language by language; and human words that only look like them."""

import pytest

from opora.desk.channels.email.parsing import cut_reply
from opora.desk.channels.email.parsing.html import read_html

QUOTE = "\n\n> Здравствуйте\n> Hello\n"
BARE = "\n\nЗдравствуйте, Hello.\nВаш номер 5\n"

ATTRIBUTIONS = [
    # Russian and Ukrainian
    "понедельник, 6 октября 2014 г. пользователь lidel написал:",
    '20 окт. 2016 г. 19:37 пользователь "R" <meta@example.org> написал:',
    "чт, 14 сент. 2023 г. в 10:15, Поддержка <support@opora.example>:",
    "чт, 14 сент. 2023 г. в 10:15, Поддержка Opora <\nsupport@opora.example>:",
    "14 сент. 2023 г., в 10:15, Поддержка <support@opora.example> написал(а):",
    '14.09.2023, 10:15, "Поддержка" <support@opora.example>:',
    "14.09.2023 10:15, Поддержка пишет:",
    "14.09.2023 10:15, Support team пишет:",
    "14 сентября 2023 г. 10:15:30 GMT+03:00, Поддержка <support@opora.example> пишет:",
    "Четверг, 14 сентября 2023, 10:15 +03:00 от Поддержка <support@opora.example>:",
    "Четверг, 14 сентября 2023, 10:15 +03:00 от support@opora.example:",
    "Thu, 26 Jun 2014 14:00:51 +0400 от Alexander L <abc@example.com>:",
    "Вт, 11 авг 2026 в 10:00, Иван пишет:",
    "Иван Петров <ivan@example.ru> писал(а) в своём письме Thu, 14 Sep 2023 10:15:00 +0300:",
    "Поддержка писал 14.09.2023 10:15:",
    "Поддержка писал 2023-09-14 10:15:",
    "В письме от 14 сентября 2023 10:15 Поддержка написал:",
    "В Чт, 14/09/2023 в 10:15 +0300, Поддержка пишет:",
    "On 14.09.2023 10:15, Поддержка wrote:",
    "Здравствуйте, Клара. Вы писали 14 сентября 2023 г., 10:15:41:",
    "Вы писали 26 июня 2014 г., 14:41:41:",
    '30 серп. 2016 р. 20:45 "Arpit" <a@example.org> пише:',
    "чт, 14 вер. 2023 р. о 10:15 Поддержка <support@opora.example> пише:",
    "14.09.2023 10:15, Поддержка пише:",
    # English
    "On Mon, Nov 23, 2026 at 10:15 AM Support <s@opora.example> wrote:",
    "On Mon, Nov 23, 2026 at 10:15\u202fAM Support <s@opora.example> wrote:",
    "On Mon, Aug 26, 2019 at 4:37 PM The Hiring Engine <\na-really-long+1234556@humanresources.example> wrote:",
    "On 23 Nov 2026, at 10:15, Support <s@opora.example> wrote:",
    "On Nov 23, 2026 10:15 AM, Support <s@opora.example> wrote:",
    "On 11/23/2026 10:15 AM, Support wrote:",
    "On 2026-11-23 10:15, Support wrote:",
    "On Monday, November 23, 2026, 10:15:00 AM GMT+1, Support\n<s@opora.example> wrote:",
    "On Monday, November 23rd, 2026 at 10:15, Support <s@opora.example> wrote:",
    "Support <s@opora.example> wrote on 23/11/2026 10:15:",
    '"Support" <s@opora.example> wrote:',
    "-------- On Mon, 23 Nov 2026 10:15:00 +0300 Support wrote --------",
    "---- On Wed, 24 Feb 2021 14:02:50 +0530 john@gmail.com wrote ----",
    # German, French, Spanish, Italian, Portuguese
    "Am 23.11.2026 um 10:15 schrieb Support:",
    "Am Mo., 23. Nov. 2026 um 10:15 Uhr schrieb Support <s@opora.example>:",
    "Am Montag, dem 23.11.2026 um 10:15 +0100 schrieb Support:",
    "Support <s@opora.example> schrieb am Mo., 23. Nov. 2026, 10:15:",
    "Le lun. 23 nov. 2026 à 10:15, Support <s@opora.example> a écrit :",
    "Le 23/11/2026 à 10:15, Support a écrit\xa0:",
    "Le lundi 23 novembre 2026 à 10:15:00 UTC+1, Support <s@opora.example>\na écrit :",
    "El lun, 23 nov 2026 a las 10:15, Support (<s@opora.example>) escribió:",
    "El 23/11/2026 a las 10:15, Support escribió:",
    "El lun., 23 nov. 2026 10:15, Support <s@opora.example>\nescribió:",
    "Il giorno lun 23 nov 2026 alle ore 10:15 Support <s@opora.example> ha scritto:",
    "Il 23/11/2026 10:15, Support ha scritto:",
    "Il giovedì 8 dicembre 2016, Company Questions <questions@mycompany.example>\nha scritto:",
    "Em seg., 23 de nov. de 2026 às 10:15, Support <s@opora.example> escreveu:",
    "Em 23/11/2026 10:15, Support escreveu:",
    "No dia 23 de novembro de 2026 às 10:15, Support <s@opora.example> escreveu:",
    # Dutch, Polish, Czech, Slovak, the north, Turkish, Hungarian, Romanian
    "Op ma 23 nov 2026 om 10:15 schreef Support <s@opora.example>:",
    "Op 12 december 2016 19:05 schreef Company Questions <\nquestions@company.example>:",
    "Op 23-11-2026 om 10:15 schreef Support:",
    "pon., 23 lis 2026 o 10:15 Support <s@opora.example> napisał(a):",
    "W dniu 23.11.2026 o 10:15, Support pisze:",
    "Dnia 23 listopada 2026 10:15 Support <s@opora.example> napisał(a):",
    "po 23. 11. 2026 v 10:15 odesílatel Support <s@opora.example> napsal:",
    "Dne 23. 11. 2026 v 10:15 Support napsal(a):",
    "Dňa 23. 11. 2026 o 10:15 Support napísal(a):",
    "man. 23. nov. 2026 kl. 10:15 skrev Support <s@opora.example>:",
    "Den man. 23. nov. 2026 kl. 10.15 skrev Support <s@opora.example>:",
    "Den mån 23 nov. 2026 kl 10:15 skrev Support <s@opora.example>:",
    "ma 23. marrask. 2026 klo 10.15 Support (s@opora.example) kirjoitti:",
    "Support kirjoitti 23.11.2026 klo 10.15:",
    "Support <s@opora.example>, 23 Kas 2026 Pzt, 10:15 tarihinde şunu yazdı:",
    "23.11.2026 10:15 tarihinde Support yazdı:",
    "Support <s@opora.example> ezt írta (időpont: 2026. nov. 23., H, 10:15):",
    "2026. 11. 23. 10:15 keltezéssel, Support írta:",
    "În lun., 23 nov. 2026 la 10:15, Support <s@opora.example> a scris:",
    # farther away
    "Vào 14:24 8 tháng 6, 2017, Hùng Nguyễn <hungnguyen@xxx.example> đã viết:",
    "Support <s@opora.example> 于2026年11月23日周一 10:15写道：",
    "2026年11月23日(月) 10:15 Support <s@opora.example>:",
    "2026년 11월 23일 (월) 오전 10:15, Support <s@opora.example>님이 작성:",
    "בתאריך יום ב׳, 23 בנוב׳ 2026 ב-10:15 מאת \u202aSupport\u202c\u200f <\u202as@opora.example\u202c\u200f>:\u202c",
]

BLOCKS = [
    "От: Поддержка <s@opora.example>\nОтправлено: 14 сентября 2023 г. 10:15\nКому: Клара\nТема: x",
    "________________________________\nОт: Поддержка <s@opora.example>\nОтправлено: 14 сентября 2023 г. 10:15\nКому: К\nТема: x",
    "-----Исходное сообщение-----\nОт: Поддержка [mailto:s@opora.example]\nОтправлено: 14 сентября 2023 г.\nКому: К\nТема: x",
    "-----Original Message-----\nFrom: Поддержка\nSent: Thursday, September 14, 2023 10:15 AM\nTo: К\nSubject: x",
    "-------- Исходное сообщение --------\nОт: Поддержка <s@opora.example>\nДата: 14.09.2023 10:15 (GMT+03:00)\nКому: К\nТема: x",
    "-------- Перенаправленное сообщение --------\nТема:\tx\nДата:\tЧт, 14 сен 2023\nОт:\tz\nКому:\tq",
    '-------- Пересылаемое сообщение --------\n14.09.2023, 10:15, "Поддержка" <s@opora.example>:',
    "----- Пересылаемое сообщение ----- От: A <a@b.c>Кому: q Отправлено: x Тема: y",
    "Начало переадресованного сообщения:\n\nОт: Поддержка\nТема: x\nДата: 14 сентября 2023 г.\nКому: Клара",
    "От кого: Поддержка <s@opora.example>\nКому: Клара <c@bakery.example>\nДата: Четверг, 14 сентября 2023, 10:15\nТема: x",
    "*От:* Поддержка <s@opora.example>\n*Отправлено:* 14 сентября 2023 г. 10:15\n*Кому:* Клара\n*Тема:* x",
    "Від: Support <s@opora.example>\nНадіслано: 14 вересня 2023 р. 10:15\nКому: К\nТема: x",
    "From: Support <s@opora.example>\nSent: Monday, November 23, 2026 10:15 AM\nTo: Clara\nSubject: RE: x",
    "From: Support <s@opora.example>\nDate: Monday, November 23, 2026 at 10:15 AM\nTo: Clara\nSubject: Re: x",
    "Von: Support <s@opora.example>\nGesendet: Montag, 23. November 2026 10:15\nAn: Clara\nBetreff: AW: x",
    "De : Support <s@opora.example>\nEnvoyé : lundi 23 novembre 2026 10:15\nÀ : Clara\nObjet : RE: x",
    "De: Support <s@opora.example>\nEnviado el: lunes, 23 de noviembre de 2026 10:15\nPara: Clara\nAsunto: RE: x",
    "Da: Support <s@opora.example>\nInviato: lunedì 23 novembre 2026 10:15\nA: Clara\nOggetto: R: x",
    "De: Support <s@opora.example>\nEnviada em: segunda-feira, 23 de novembro de 2026 10:15\nPara: Clara\nAssunto: RES: x",
    "Van: Support <s@opora.example>\nVerzonden: maandag 23 november 2026 10:15\nAan: Clara\nOnderwerp: RE: x",
    "Od: Support <s@opora.example>\nWysłano: poniedziałek, 23 listopada 2026 10:15\nDo: Clara\nTemat: ODP: x",
    "Od: Support <s@opora.example>\nOdesláno: pondělí 23. listopadu 2026 10:15\nKomu: Clara\nPředmět: RE: x",
    "Fra: Support <s@opora.example>\nSendt: mandag 23. november 2026 10:15\nTil: Clara\nEmne: SV: x",
    "Från: Support <s@opora.example>\nSkickat: den 23 november 2026 10:15\nTill: Clara\nÄmne: SV: x",
    "Lähettäjä: Support <s@opora.example>\nLähetetty: maanantai 23. marraskuuta 2026 10.15\nVastaanottaja: Clara\nAihe: VS: x",
    "Kimden: Support <s@opora.example>\nGönderilme: 23 Kasım 2026 10:15\nKime: Clara\nKonu: RE: x",
    "Feladó: Support <s@opora.example>\nElküldve: 2026. november 23. 10:15\nCímzett: Clara\nTárgy: RE: x",
    "De la: Support <s@opora.example>\nTrimis: luni, 23 noiembrie 2026 10:15\nCătre: Clara\nSubiect: RE: x",
    "发件人: Support <s@opora.example>\n发送时间: 2026年11月23日 10:15\n收件人: Clara\n主题: 回复: x",
    "差出人: Support <s@opora.example>\n送信日時: 2026年11月23日 10:15\n宛先: Clara\n件名: RE: x",
    "-----Ursprüngliche Nachricht-----\nVon: x\nGesendet: y",
    "-------- Message d'origine --------\nDe : x",
    "-------- Oprindelig besked --------\nFra: x",
    "---------- Forwarded message ---------\nFrom: Support <s@opora.example>\nDate: x\nSubject: y\nTo: z",
    "Begin forwarded message:\n\nFrom: Support <s@opora.example>\nSubject: x",
    "##- Please type your reply above this line -##\nSupport, Nov 23",
]

ADDED = [
    "Отправлено с iPhone",
    "Отправлено из мобильной Яндекс Почты",
    "Отправлено из Почты Mail.ru",
    "Отправлено из мобильной Почты Mail.ru",
    "Отправлено с помощью приложения Outlook для iOS".replace("с помощью приложения", "из"),
    "Отправлено с устройства Samsung Galaxy",
    "Отправлено из myMail для iOS",
    "Надіслано з iPhone",
    "Sent from my iPhone",
    "Sent from my Verizon Wireless BlackBerry",
    "Sent from Yahoo Mail on Android",
    "Sent from Mail for Windows 10",
    "Sent via the Samsung Galaxy S20, an AT&T 5G smartphone".replace("via the", "from my"),
    "Get Outlook for iOS<https://aka.ms/o0ukef>",
    "Gesendet von Outlook für Android<https://aka.ms/AAb9ysg>",
    "Von meinem iPhone gesendet",
    "Envoyé de mon iPhone",
    "Envoyé à partir de Outlook pour iOS<https://aka.ms/o0ukef>",
    "Enviado desde mi iPhone",
    "Enviado do meu iPhone",
    "Inviato da iPhone",
    "Verzonden vanaf mijn iPhone",
    "Wysłane z iPhone'a",
    "Odesláno z iPhonu",
    "Sendt fra min iPhone",
    "Skickat från min iPhone",
    "Lähetetty iPhonesta",
    "iPhone'umdan gönderildi",
    "iPhoneから送信",
    "发自我的iPhone",
]

OWN = [
    "Спасибо, всё заработало.",
    "Hello,\n\nit is From: here on\nand the second line: 10:15\n\nDoes it help?\n\nС уважением,\nКлара",
]


@pytest.mark.parametrize("own", OWN)
@pytest.mark.parametrize("below", [QUOTE, BARE], ids=["marked", "bare"])
@pytest.mark.parametrize("line", ATTRIBUTIONS)
def test_it_knows_the_attribution(line: str, below: str, own: str) -> None:
    cut = cut_reply(f"{own}\n\n{line}{below}")
    assert cut.reply == own
    assert "Hello" in cut.quoted


@pytest.mark.parametrize("own", OWN)
@pytest.mark.parametrize("block", BLOCKS)
def test_it_knows_the_block_of_headers(block: str, own: str) -> None:
    cut = cut_reply(f"{own}\n\n{block}{BARE}")
    assert cut.reply == own
    assert "Hello" in cut.quoted


@pytest.mark.parametrize("line", ADDED)
def test_it_folds_away_what_telephones_add(line: str) -> None:
    assert cut_reply(f"Thanks, it works.\n\n{line}\n").reply == "Thanks, it works."
    assert cut_reply(f"Thanks, it works.\n\n{line}\n\n{ATTRIBUTIONS[2]}{QUOTE}").reply == "Thanks, it works."


@pytest.mark.parametrize(
    "text",
    [
        "The log says:\nFrom: a\nnothing else\n\nand that is all",
        "We meet on Monday, 10:15, at Clara's:\nbring the keys",
        "On Monday it worked, then it broke.\nWhy?",
        "Error at 10:15: disk\nTo: nobody\nplease look",
        "Вот что пишет сервер:\nerror 5\n\nпомогите",
        "Добрый день!\nВ понедельник в 10:15 сервер написал:\nerror 5",
        "On Monday at 10:15 the server wrote:\nerror 5\nand stopped",
        "Мне написал Иван и сказал, что 12.05.2024 всё сломалось. Проверьте:\n1. диск\n2. сеть",
        "Адреса для доступа:\nivan@example.ru\npetr@example.ru\nспасибо",
        "Отправлено с сервера письмо, но не дошло до адресата. Посмотрите, пожалуйста, журнал.",
        "Sent from the server at night, but never arrived. Please look at the log of the relay.",
        "Дата: завтра\nи это всё",
        "Настройки:\nСервер: mx.example.ru\nПорт: 25\nПользователь: ivan@example.ru\nПроверьте, пожалуйста",
        "Тема: письма не уходят\n\nПодробности ниже:\n- relay\n- dns",
        "Version 1.2.3 was released on 2024-05-01, see the notes <https://x.example/n>\n\nPlease update us.",
        "Please call me at 10:15, Anna <anna@x.example> knows more.\nThanks",
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\nis this the right one?",
        "$ ls -la\ntotal 5\n-rw-r--r-- 1 root root 5 Nov 23 10:15 a.txt\n\nwhy is it empty?",
        "Table:\n-----------\na | b\n-----------\nplease look at the second row",
        "I find this in the log:\n\nFrom: a@b.example\nTo: c@d.example\nSubject: Test\n\nWhy?",
        "Dear all,\n\nfrom: 10:00\nto: 12:00\n\nwe work on the disks",
    ],
)
def test_it_takes_a_persons_words_for_nothing_else(text: str) -> None:
    assert cut_reply(text).reply == text


HTML = [
    '<div>Thanks!</div><div class="gmail_quote"><div class="gmail_attr">On Mon, Nov 23, 2026 at 10:15 AM S '
    '&lt;<a href="mailto:s@o.example">s@o.example</a>&gt; wrote:<br></div><blockquote class="gmail_quote">Hello'
    "</blockquote></div>",
    '<div>Thanks!</div><div id="appendonsend"></div><hr style="display:inline-block;width:98%"><div id="divRplyFwdMsg">'
    "<b>Afzndr:</b> S<br><b>Vrzndn:</b> x<br></div><div>Hello</div>",
    '<p class="MsoNormal">Thanks!</p><div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm">'
    "<p><b>Qwe:</b> S<br><b>Rty:</b> x</p></div></div><p>Hello</p>",
    "<p>Thanks!</p><div>14.09.2023, 10:15, \"Поддержка\" &lt;s@o.example&gt;:</div><blockquote><p>Hello</p></blockquote>",
    "<div>Thanks!</div><br><br><blockquote style='border-left:1px solid #0857A6'>Четверг, 14 сентября 2023, 10:15 +03:00 от S "
    "&lt;s@o.example&gt;:<br><br>Hello</blockquote>",
    '<div>Thanks!</div><div class="moz-cite-prefix">14.09.2023 10:15, Поддержка пишет:<br></div>'
    '<blockquote type="cite" cite="mid:x"><p>Hello</p></blockquote>',
    '<div>Thanks!</div><div id="yahoo_quoted_1" class="yahoo_quoted"><div>Mnday, S:</div><div>Hello</div></div>',
]  # fmt: skip


@pytest.mark.parametrize("html", HTML)
def test_it_knows_the_marks_of_html(html: str) -> None:
    cut = cut_reply(read_html(html, marked=True))
    assert cut.reply == "Thanks!"
    assert "Hello" in cut.quoted and "\ue000" not in cut.quoted


def test_it_folds_nothing_but_quotations_below_a_handful_of_letters() -> None:
    assert cut_reply("Hello\n\nSent from my iPhone\n\n> x\n").reply == "Hello\n\nSent from my iPhone"
    assert cut_reply("Hello\n\n-- \nClara\n").reply == "Hello\n\n-- \nClara"


def test_it_keeps_what_is_written_below_the_quotation_and_above() -> None:
    cut = cut_reply("Да.\n\n14.09.2023 10:15, Поддержка пишет:\n> Перезагрузить?\n\nИ ещё: ночью.\n")
    assert cut.reply == "Да.\n\n\nИ ещё: ночью."
    assert "Перезагрузить" in cut.quoted


def test_it_reads_the_initials_the_bat_writes() -> None:
    text = "Вы писали 14 сентября 2023 г., 10:15:41:\n\nП> Перезагрузить?\n\nДа, сейчас.\n\n-- \nС уважением,\n Клара"
    cut = cut_reply(text)
    assert "Да, сейчас." in cut.reply and "Перезагрузить" not in cut.reply and "Клара" not in cut.reply


@pytest.mark.parametrize(
    "text",
    [
        ">" * 1_000_000,
        "> " * 500_000,
        ">\n" * 500_000,
        "On " * 330_000,
        "On \n" * 250_000,
        "On Mon, 1 Jan 2024 10:15, a <a@b.example>\n" * 25_000,
        "a wrote:\n" * 110_000,
        "From: a@b.example\n" * 55_000,
        "-" * 1_000_000,
        "-\n" * 500_000,
        "\n" * 1_000_000,
        " " * 1_000_000,
        "a" * 1_000_000,
        ("x" * 399 + ":\n") * 2_500,
        "<" * 1_000_000,
        "<@.<@.:\n" * 125_000,
        "A> b\n> c\nd\n" * 90_000,
        "Sent from my iPhone\n\n" * 45_000,
    ],
    ids=range(18),
)
def test_it_folds_any_megabyte_without_stalling(text: str) -> None:
    cut = cut_reply(text)
    assert len(cut.reply) + len(cut.quoted) <= len(text)
