"""What to ask about which topic: texts of the house."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from opora.desk.channels.phone.models import Script
from opora.desk.kernel.actions import announce
from opora.desk.kernel.errors import Refused
from opora.desk.people.models import Staff
from opora.desk.people.policies import may


@transaction.atomic
def write_script(
    script: Script | None,
    *,
    title: str,
    title_ru: str,
    questions: str,
    questions_ru: str,
    active: bool,
    by: Staff,
    at: datetime,
) -> Script:
    """Write a script anew or change it; returns it. Raises Refused for other roles and without a title and a question."""
    if not may(by, "calls:script"):
        raise Refused("phone.not_yours", _("Only leaders write scripts."))
    if not title.strip() or not questions.strip():
        raise Refused("phone.no_words", _("A script has a title and at least one question."))
    row = script or Script()
    row.title, row.title_ru = title.strip()[:80], title_ru.strip()[:80]
    row.questions, row.questions_ru, row.active = questions.strip(), questions_ru.strip(), active
    row.save()
    announce("phone.script_written", subject=("script", row.pk), by=by.actor, at=at)
    return row
