"""What this room announces, always about the ticket: internal, never shown to customers. Facts carry `case`."""

ASKED = "vendors.asked"  # with `word`, and `chase` true when we asked again by ourselves
ANSWERED = "vendors.answered"  # with `word`
CLOSED = "vendors.closed"
NUMBERED = "vendors.numbered"  # the vendor's own number became known
SILENT = "vendors.silent"  # asked as often as was agreed, and still no answer

ALL = (ANSWERED, ASKED, CLOSED, NUMBERED, SILENT)
