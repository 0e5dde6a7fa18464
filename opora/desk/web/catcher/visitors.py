"""Whom a visitor of the demo may be, and the word that lets everybody in there. No desk that is worked with has them.

Roles are English here, for the terminal; a page says them in its reader's language.
"""


def _(words: str) -> str:
    """The words as they are, marked for the translators; the terminal asks before Django is set up."""
    return words


PASSWORD = "borealis over the racks"  # noqa: S105  the demo's, printed at every start
STAFF = (
    ("anna@borea.example", "Anna Petrova", _("first line")),
    ("boris@borea.example", "Boris Orlov", _("second line, leads the shift")),
    ("oleg@borea.example", "Oleg Stern", _("architect, third line")),
    ("daria@borea.example", "Daria Kim", _("dedicated engineer")),
    ("vera@borea.example", "Vera Lis", _("contact centre")),
    ("rita@borea.example", "Rita Lunina", _("billing")),
    ("konstantin@borea.example", "Konstantin Rey", _("sales")),
    ("mila@borea.example", "Mila Ostrova", _("product")),
    ("arkady@borea.example", "Arkady Tal", _("R&D")),
    ("hanna@borea.example", "Hanna Weiss", _("head of support, administrator")),
)
CUSTOMERS = (
    ("clara@northwind.example", "Clara Berg", _("owner, Premium, English")),
    ("carl@northwind.example", "Carl Ness", _("technical, the same customer")),
    ("cleo@northwind.example", "Cleo Bird", _("billing, the same customer")),
    ("dan@driftwood.example", "Dan Drift", _("owner, Standard, another customer")),
    ("soboleva@teplyhleb.example", "Марина Соболева", _("owner, Premium, Russian")),
    ("zhukova@romashka.example", "Галина Ивановна Жукова", _("owner, Standard, Russian")),
)
