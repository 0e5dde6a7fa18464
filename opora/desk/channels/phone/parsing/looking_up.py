"""Questions of exchanges: whose number is this? Some show a name on the telephone before it is picked up. Pure."""

from opora.desk.channels.phone.parsing.presets import Preset


def asked_number(fields: dict[str, list[str]], preset: Preset) -> str | None:
    """The number an exchange asks about, as it wrote it; None when the request asks nothing."""
    lookup = preset.lookup
    said = fields.get(lookup.mark, [])
    if not lookup.mark or not said or (lookup.value and said[0] != lookup.value):
        return None
    return fields.get(lookup.number, [""])[0][:100]


def card_for(preset: Preset, *, name: str, company: str, number: str) -> dict[str, object]:
    """What the exchange is told about a caller; without a name and a company it is told that nobody is known."""
    first, _, last = name.partition(" ")
    known = {"name": name or company, "first": first, "last": last, "company": company, "number": number}
    lookup = preset.lookup
    card = {theirs: known[ours] for theirs, ours in lookup.card.items()} if name or company else {}
    if lookup.within:
        return {lookup.within: [card] if card else []}
    return dict(card)
