"""Helpers for changes to the record that its holder requests."""

from django.core.files.uploadedfile import SimpleUploadedFile

from accounts import actions
from accounts.enums import ChangeKind
from accounts.models import Alert
from accounts.rules import WantedChange
from tests.factories import HolderFactory, HolderUserFactory
from tests.factories.accounts import PASSPORT

NAME = WantedChange(kind=ChangeKind.NAME, first_name="Mara", last_name="Holder-Lind", words="I have married.")
ADDRESS = WantedChange(kind=ChangeKind.ADDRESS, email="new@example.org")


def mara():
    """A record and the account that owns it."""
    holder = HolderFactory(first_name="Mara", last_name="Holder", email="mara.holder@example.org")
    HolderUserFactory(holder=holder)
    return holder


def ask(holder, wanted=NAME, *contents, at):
    """Request a change; a new name needs supporting documents, given by their contents."""
    uploads = [SimpleUploadedFile("passport.pdf", content) for content in contents or (PASSPORT,)]
    uploads = uploads if wanted.kind == ChangeKind.NAME else ()
    return actions.ask(holder=holder, wanted=wanted, uploads=uploads, by=holder.user, at=at)


def titles(holder):
    return [alert.title for alert in Alert.objects.filter(holder=holder).order_by("id")]
