"""Declarations in the queue."""

from datetime import timedelta

from django.urls import reverse

from declarations.enums import State
from declarations.models import Waiting
from tests.declarations.reviews import LATER
from tests.factories import DeclarationFactory

QUEUE = reverse("admin:declarations_declaration_changelist")


def waiting(days=0, flags=(), state=State.SUBMITTED):
    """A declaration in the queue, due so many days from today."""
    declaration = DeclarationFactory(state=state)
    Waiting.objects.filter(pk=declaration.pk).update(due_on=LATER.date() + timedelta(days=days), flags=list(flags))
    return declaration
