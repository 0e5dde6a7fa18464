"""Rules and reasons in sentences, in the reader's language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from opora.desk.catalogue.models import Service
from opora.desk.customers.models import Contract, Organisation
from opora.desk.dispatch.rules import Rule
from opora.desk.people.models import Team
from opora.desk.tickets import definitions

LANGUAGES = {"ru": "Русский", "en": "English"}
TITLES: dict[str, Any] = {
    "service": gettext_lazy("service"),
    "plan": gettext_lazy("plan"),
    "priority": gettext_lazy("priority"),
    "kind": gettext_lazy("kind"),
    "channel": gettext_lazy("way in"),
    "language": gettext_lazy("language"),
    "customer": gettext_lazy("customer"),
    "line": gettext_lazy("line"),
    "nobody": gettext_lazy("nobody on shift"),
}


@dataclass(frozen=True, slots=True)
class Names:
    """What the words of rules are called, read once per page."""

    lines: Mapping[str, str]
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def of(self, condition: str, word: str) -> str:
        """The name behind a word of a condition."""
        return str(self.words.get(condition, {}).get(word, word))


def read_names() -> Names:
    """Every name that a rule may use: three statements."""
    return Names(
        {team.slug: team.name for team in Team.objects.all()},
        {
            "service": {one.slug: str(one) for one in Service.objects.all()},
            "plan": {code: str(label) for code, label in Contract.Plan.choices},
            "priority": {code: str(said[0]) for code, said in definitions.PRIORITIES.items()},
            "kind": {code: str(said[0]) for code, said in definitions.KINDS.items()},
            "channel": {code: str(label) for code, label in definitions.CHANNELS.items()},
            "language": LANGUAGES,
            "customer": {str(pk): name for pk, name in Organisation.objects.values_list("pk", "name")[:5000]},
        },
    )


def say(rule: Rule, names: Names) -> str:
    """The rule as a sentence: when what, to which line, to whom."""
    when = [
        _("%(what)s is %(words)s") % {"what": TITLES[key], "words": _any_of([names.of(key, word) for word in words])}
        for key, words in rule.when.items()
    ]
    condition = _("When %(conditions)s") % {"conditions": _(" and ").join(when)} if when else _("Always")
    line = names.lines.get(rule.line, rule.line)
    return f"{condition}: {_('to %(line)s') % {'line': line}}, {whom(rule)}."


def whom(rule: Rule) -> str:
    """To whom of the line, in words."""
    said = {
        "queue": _("into the queue"),
        "round_robin": _("to whoever on shift had one longest ago"),
        "least_load": _("to whoever on shift has least to do"),
        "engineer": _("to the customer's own engineer, else to who stands in"),
    }[rule.choose]
    more = []
    if rule.skill:
        more.append(_("who knows %(skill)s") % {"skill": rule.skill})
    if rule.speaks:
        more.append(_("who speaks the customer's language"))
    if rule.most:
        more.append(
            ngettext("with fewer than %(most)d ticket", "with fewer than %(most)d tickets", rule.most)
            % {"most": rule.most}
        )
    return ", ".join([said, *more])


def verdict(code: str, load: int) -> str:
    """What became of somebody who was considered."""
    said = {
        "chosen": _("chosen"),
        "off_shift": _("not on shift"),
        "lacks_skill": _("lacks the skill"),
        "speaks_not": _("does not speak the language"),
        "has_most": _("has as many as one may have"),
        "not_engineer": _("not this customer's engineer"),
        "had_later": _("would come after"),
        "has_more": _("has more to do"),
        "stands_in": _("only stands in"),
    }.get(code, code)
    held = ngettext("%(load)d in work", "%(load)d in work", load) % {"load": load}
    return f"{said} ({held})"


def _any_of(words: Sequence[str]) -> str:
    quoted = [f"“{word}”" for word in words]
    return _(" or ").join(quoted)
