"""A customer's people: who they are, their addresses and roles, who may confirm, who left."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opora.desk.consent import actions as consent
from opora.desk.customers import actions
from opora.desk.customers.models import Address, Contact, ContactRole, Organisation
from opora.desk.customers.queries import may_somebody_confirm
from opora.desk.web.components.doors import StaffRequest
from opora.desk.web.console.administration.deeds import Deed, DeedForm, Done, WhyForm
from opora.desk.web.signin import actions as signin


class ContactForm(DeedForm):
    """A new person of the customer's."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=160)
    email = forms.EmailField(label=gettext_lazy("E-mail"), max_length=254)
    phone = forms.RegexField(
        r"^\+[1-9][0-9]{6,14}$",
        label=gettext_lazy("Phone"),
        required=False,
        help_text=gettext_lazy("With country: +74951234567"),
    )
    roles = forms.MultipleChoiceField(
        label=gettext_lazy("Roles"), choices=ContactRole.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    may_confirm = forms.BooleanField(
        label=gettext_lazy("Letters from this address may confirm work on the customer's systems"), required=False
    )


class _OfContact(DeedForm):
    contact: "forms.ModelChoiceField[Contact]" = forms.ModelChoiceField(
        label=gettext_lazy("Person"), queryset=Contact.objects.none()
    )

    def prepare(self, subject: Any) -> None:
        """Only this customer's active people."""
        choose(self, "contact", subject.contacts.filter(active=True))


class AddressForm(_OfContact):
    """One more address of a person."""

    email = forms.EmailField(label=gettext_lazy("E-mail"), max_length=254)


class ContactRolesForm(_OfContact):
    """Other roles of a person."""

    roles = forms.MultipleChoiceField(
        label=gettext_lazy("Roles"), choices=ContactRole.choices, required=False, widget=forms.CheckboxSelectMultiple
    )


class UnlockForm(_OfContact):
    """Somebody who guessed a password too often."""

    def prepare(self, subject: Any) -> None:
        """Only people who have an account."""
        choose(self, "contact", subject.contacts.filter(active=True, account__isnull=False))


class RetireForm(_OfContact):
    """Somebody who no longer speaks for the customer."""

    why = forms.CharField(label=gettext_lazy("Reason"), max_length=500)


class _OfAddress(WhyForm):
    address: "forms.ModelChoiceField[Address]" = forms.ModelChoiceField(
        label=gettext_lazy("Address"), queryset=Address.objects.none()
    )
    field_order = ("address", "why")
    confirming = False

    def prepare(self, subject: Any) -> None:
        """Only this customer's addresses that may, or may not, confirm now."""
        super().prepare(subject)
        choose(self, "address", _addresses(subject, may_confirm=self.confirming))


class AllowForm(_OfAddress):
    """An address that may confirm from now on."""


class WithdrawForm(_OfAddress):
    """An address that may no longer confirm."""

    confirming = True


class BouncedForm(DeedForm):
    """An address from which letters came back."""

    address: "forms.ModelChoiceField[Address]" = forms.ModelChoiceField(
        label=gettext_lazy("Address"), queryset=Address.objects.none()
    )

    def prepare(self, subject: Organisation) -> None:
        """Only the customer's own bounced addresses."""
        choose(self, "address", _bounced(subject))


def _bounced(organisation: Organisation) -> Any:
    return Address.objects.filter(contact__organisation=organisation, bounced_at__isnull=False)


def _clear_bounce(request: StaffRequest, _customer: Organisation, said: dict[str, Any]) -> Done:
    actions.clear_bounce(said["address"], by=request.staff.actor, at=request.at)
    return Done(_("Letters go to this address from now on."))


def choose(form: forms.Form, name: str, rows: Any) -> None:
    """Let the field offer these rows only."""
    field = form.fields[name]
    if isinstance(field, forms.ModelChoiceField):
        field.queryset = rows


def _addresses(organisation: Organisation, *, may_confirm: bool) -> Any:
    return Address.objects.filter(contact__organisation=organisation, contact__active=True, may_confirm=may_confirm)


def _add_contact(request: StaffRequest, customer: Organisation, said: dict[str, Any]) -> Done:
    first = not may_somebody_confirm(customer)
    contact = actions.add_contact(
        organisation=customer,
        name=said["name"],
        emails=[said["email"]],
        phones=[said["phone"]] if said["phone"] else [],
        roles=said["roles"],
        may_confirm=said["may_confirm"] and first,
        by=request.staff.actor,
        at=request.at,
    )
    if said["may_confirm"] and not first:
        why = _("Named when the person was added.")
        consent.nominate(contact.addresses.get(), by=request.staff, why=why, at=request.at)
        return Done(
            _("%(name)s can write to us. Whether the address may confirm, the owner decides.") % {"name": contact.name}
        )
    return Done(_("%(name)s can write to us and sign in by a code.") % {"name": contact.name})


def _add_address(request: StaffRequest, _customer: Organisation, said: dict[str, Any]) -> Done:
    actions.add_address(said["contact"], email=said["email"], by=request.staff.actor, at=request.at)
    return Done(_("The address is added. It may not confirm work until you allow it."))


def _change_roles(request: StaffRequest, _customer: Organisation, said: dict[str, Any]) -> Done:
    actions.change_contact_roles(said["contact"], roles=said["roles"], by=request.staff.actor, at=request.at)
    return Done(_("The roles are changed."))


def _allow(request: StaffRequest, customer: Organisation, said: dict[str, Any]) -> Done:
    if may_somebody_confirm(customer):
        consent.nominate(said["address"], by=request.staff, why=said["why"], at=request.at)
        return Done(
            _("%(email)s is nominated; the customer's owner decides in the portal.") % {"email": said["address"].email}
        )
    actions.allow_confirming(said["address"], why=said["why"], by=request.staff.actor, at=request.at)
    return Done(_("Letters from %(email)s may confirm work now.") % {"email": said["address"].email})


def _withdraw(request: StaffRequest, _customer: Organisation, said: dict[str, Any]) -> Done:
    actions.withdraw_confirming(said["address"], why=said["why"], by=request.staff.actor, at=request.at)
    return Done(_("Letters from %(email)s confirm nothing any more.") % {"email": said["address"].email})


def _unlock(request: StaffRequest, _customer: Organisation, said: dict[str, Any]) -> Done:
    signin.unlock(said["contact"].account, by=request.staff.actor, at=request.at)
    return Done(_("%(name)s may try to sign in again at once.") % {"name": said["contact"].name})


def _retire(request: StaffRequest, _customer: Organisation, said: dict[str, Any]) -> Done:
    actions.retire_contact(said["contact"], why=said["why"], by=request.staff.actor, at=request.at)
    return Done(_("%(name)s no longer speaks for this customer.") % {"name": said["contact"].name})


def _has_people(customer: Organisation) -> bool:
    return customer.contacts.filter(active=True).exists()


def _has_accounts(customer: Organisation) -> bool:
    return customer.contacts.filter(active=True, account__isnull=False).exists()


ADD_PERSON = Deed("contact", gettext_lazy("Add a person"), ContactForm, _add_contact)
ADD_ADDRESS = Deed("address", gettext_lazy("Add an address"), AddressForm, _add_address, _has_people)
CHANGE_ROLES = Deed("roles", gettext_lazy("Change a person's roles"), ContactRolesForm, _change_roles, _has_people)
ALLOW = Deed(
    "allow",
    gettext_lazy("Allow an address to confirm work"),
    AllowForm,
    _allow,
    lambda one: _addresses(one, may_confirm=False).exists(),
)
WITHDRAW = Deed(
    "withdraw",
    gettext_lazy("Withdraw the right to confirm"),
    WithdrawForm,
    _withdraw,
    lambda one: _addresses(one, may_confirm=True).exists(),
    danger=True,
)
WORKS_AGAIN = Deed(
    "bounced",
    gettext_lazy("An address works again"),
    BouncedForm,
    _clear_bounce,
    lambda one: _bounced(one).exists(),
)
UNLOCK = Deed("unlock", gettext_lazy("Unlock the sign-in"), UnlockForm, _unlock, _has_accounts)
RETIRE = Deed("retire", gettext_lazy("A person left"), RetireForm, _retire, _has_people, danger=True)
