"""What kinds and priorities mean, in the words that stand beside the choice (process.md, Priorities of incidents)."""

from django.utils.translation import gettext_lazy as _

PRIORITIES = {
    "low": (
        _("Low"),
        _("A minor part does not work as it should."),
        _("For example: the service is slower than usual."),
    ),
    "medium": (
        _("Medium"),
        _("Part of the function is missing, or a small limit hits many users."),
        _("For example: backups fail; one of three nodes is down."),
    ),
    "high": (
        _("High"),
        _("The service is gone altogether."),
        _("For example: nobody can reach the site. We establish the cause and name it."),
    ),
}

KINDS = {
    "incident": (_("Incident"), _("Something that worked does not work.")),
    "request": (_("Request"), _("Please do something for us.")),
    "question": (_("Question"), _("Please explain something to us.")),
}

STATES = {
    "new": _("New"),
    "waiting_confirmation": _("Awaiting confirmation"),
    "open": _("In work"),
    "waiting_customer": _("Waiting for the customer"),
    "waiting_vendor": _("Waiting for a vendor"),
    "resolved": _("Resolved"),
    "closed": _("Closed"),
    "merged": _("Merged"),
}

CAUSES = {
    "infrastructure": _("The provider's infrastructure"),
    "licence": _("An expired licence"),
    "customer_change": _("The customer's own change"),
    "vendor": _("A vendor"),
    "other": _("Another cause, described"),
}

OBJECTIONS = {
    "raised": _("The shift lead decides"),
    "upheld": _("Our change stands"),
    "returned": _("The priority was given back"),
    "withdrawn": _("Settled otherwise"),
}

CHANNELS = {
    "portal": _("Portal"),
    "email": _("E-mail"),
    "phone": _("Phone"),
    "staff": _("Opened by us"),
    "api": _("API"),
}
