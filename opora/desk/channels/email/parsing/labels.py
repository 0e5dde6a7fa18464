"""The names of header fields as programs write them above a quoted letter, in many languages."""

import re

_LABELS = {
    "from": "from|von|de|da|van|fra|från|od|lähettäjä|kimden|gönderen|feladó|de la|expeditor|от|від|от кого|отправитель|"
    "відправник|од|ад|发件人|寄件者|寄件人|差出人|送信者|보낸 사람|보낸사람|"
    "expéditeur|absender|mittente|remitente|remetente|afzender|nadawca|"
    "odesílatel|odosielateľ|avsändare|avsender|afsender|από|saatja|no|nuo|từ|dari|发件者|จาก"
    "|šalje|ад каго|кімнен|مِن|من|از|מאת|ვისგან|გამომგზავნი|ումից|kimdən|kimdan|nga|nork|frá|प्रेषक|से|ผู้ส่ง"
    "|người gửi|mula kay|pengirim",
    "date": "date|sent|datum|gesendet|gesendet am|envoyé|envoyé le|envoyée|envoyé par|enviado|enviado el|enviado em|enviada em|"
    "enviada|data|data invio|inviato|inviata|verzonden|verzonden op|dato|sendt|skickat|skickades|wysłano|wysłane|data wysłania|"
    "odesláno|odoslané|dátum|päivämäärä|päiväys|lähetetty|tarih|gönderilme|gönderildi|gönderme tarihi|elküldve|trimis|"
    "data trimiterii|fecha|отправлено|дата|послано|надіслано|дата отправки|发送时间|发送日期|发件时间|日期|寄件日期|傳送日期|"
    "enviados|enviadas|отправленные|отправлен|надіслані|"
    "送信日時|日時|日付|보낸 날짜|날짜|message du|date d'envoi|date d’envoi|ημερομηνία|sent at|received"
    "|στάλθηκε|נשלח|נשלח ב|تاريخ|تم الإرسال|أرسلت|التاريخ|ارسال شده|تاریخ|poslano|poslato|послато|датум"
    "|изпратено|изпратен|испратено|жіберілді|жіберілген|күні|адпраўлена|адпраўлены|saatmisaeg|saadetud|kuupäev"
    "|nosūtīts|datums|išsiųsta|đã gửi|ngày|ส่ง|ส่งเมื่อ|วันที่|terkirim|dikirim|tanggal|dihantar|enviat"
    "|გაგზავნის დრო|გაგზავნილია|თარიღი|ուղարկված է|ուղարկվել է|ամսաթիվ|göndərilib|tarix|yuborilgan|dërguar"
    "|bidalia|भेजा गया|दिनांक|ipinadala",
    "to": "to|an|à|a|para|aan|til|till|do|dla|komu|pro|kime|alıcı|kenelle|vastaanottaja|címzett|către|кому|получатель|"
    "отримувач|"
    "收件人|收件者|宛先|받는 사람|받는사람|destinatario|destinataire|destinatário|empfänger|za|προς|đến|kepada"
    "|אל|إلى|به|prima|за|до|кімге|каму|adressaat|saajad|saaja|kam|ถึง|per a|ვის|ում|kimə|kimga|nori|प्रति"
    "|người nhận",
    "copy": "cc|bcc|copy|kopie|copie|copia|cópia|kopia|kopi|kópia|копия|копія|скрытая копия|抄送|副本|참조|másolatot kap|másolat|"
    "bilgi|reply-to|reply to|importance|priority|важность|приоритет|attachments|вложения|anlagen|wichtigkeit|pièces jointes|"
    "organization|организация|κοιν|copie à|kopio"
    "|העתק|نسخة|نسخة إلى|رونوشت|kp|көшірме|koopia|kopija|สำเนา|tembusan|ასლი|պատճե|yo'naltirilgan nusxa"
    "|प्रतिलिपि|đồng gửi",
    "subject": "subject|betreff|objet|sujet|asunto|assunto|oggetto|onderwerp|temat|předmět|predmet|emne|ämne|aihe|konu|"
    "tárgy|subiect|"
    "тема|主题|主題|主旨|件名|제목|θέμα|teema|tema|titel|перенаправл"
    "|נושא|الموضوع|موضوع|zadeva|относно|тақырыбы|тақырып|тэма|tēma|chủ đề|tiêu đề|เรื่อง|หัวเรื่อง|perihal"
    "|subjek|subyek|თემა|թեմա|mövzu|mavzu|temë|subjekti|gaia|efni|विषय|paksa",
}
KIND = {word: kind for kind, words in _LABELS.items() for word in words.split("|")}
_MARKS = (
    "\u0300-\u036f\u0591-\u05c7\u064b-\u0655\u0900-\u0903\u093a-\u094f\u0e31-\u0e4e"  # signs above and below letters
)
LABEL = re.compile(rf"[*_\s>\xa0]*([^\W\d_][\w'’\- \xa0{_MARKS}]{{0,22}}?)[*_\s\xa0]*[:：][*_]*(?!//)")
