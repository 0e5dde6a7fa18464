"""What this room announces, about the ticket the request belongs to. Facts: `request`, and what each line says."""

ASKED = "consent.asked"
CONFIRMED = "consent.confirmed"  # with `answer` and `road`
COUNTERED = "consent.countered"
DECLINED = "consent.declined"
EXPIRED = "consent.expired"
NOMINATED = "consent.nominated"  # an address should be allowed to confirm; `address`
REFUSED = "consent.answer_refused"  # an answer that does not count; `code`
REMINDED = "consent.reminded"
REPLACED = "consent.replaced"
SILENT = "consent.silent"  # somebody should call
WITHDRAWN = "consent.withdrawn"

ALL = (ASKED, CONFIRMED, COUNTERED, DECLINED, EXPIRED, NOMINATED, REFUSED, REMINDED, REPLACED, SILENT, WITHDRAWN)
ANSWERED = (CONFIRMED, COUNTERED, DECLINED, REFUSED, WITHDRAWN)
