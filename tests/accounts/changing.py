"""A change of what the register says, asked for by its holder."""

from django.core.files.uploadedfile import SimpleUploadedFile

from accounts import actions
from accounts.enums import ChangeKind
from accounts.models import Alert
from accounts.rules import Wanted
from tests.factories import HolderFactory, HolderUserFactory
from tests.factories.accounts import PASSPORT

NAME = Wanted(kind=ChangeKind.NAME, first_name="Mara", last_name="Holder-Lind", words="I have married.")
ADDRESS = Wanted(kind=ChangeKind.ADDRESS, email="new@example.org")


def mara():
    """Her record, and her login."""
    holder = HolderFactory(first_name="Mara", last_name="Holder", email="mara.holder@example.org")
    HolderUserFactory(holder=holder)
    return holder


def ask(holder, wanted=NAME, *contents, at):
    """A new name comes with documents, of these contents."""
    uploads = [SimpleUploadedFile("passport.pdf", content) for content in contents or (PASSPORT,)]
    uploads = uploads if wanted.kind == ChangeKind.NAME else ()
    return actions.ask(holder=holder, wanted=wanted, uploads=uploads, by=holder.user, at=at)


def titles(holder):
    return [alert.title for alert in Alert.objects.filter(holder=holder).order_by("id")]
