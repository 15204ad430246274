"""Letters that failed, and which of them may be sent again."""

from django.db.models import Exists, OuterRef, Q

from accounts.enums import LetterKind
from accounts.models import Letter
from accounts.models.letters import LetterQuerySet
from accounts.queries.invitations import POINTLESS


def letters_to_send_again() -> LetterQuerySet:
    """Failed letters, except invitations that would not work, and those whose place a newer letter has taken."""
    is_same = Q(kind=LetterKind.INVITATION) | Q(email__iexact=OuterRef("email"))
    newer = Letter.objects.filter(
        is_same, holder=OuterRef("holder"), kind=OuterRef("kind"), pk__gt=OuterRef("pk"), withdrawn_at=None
    )
    works = ~Q(kind=LetterKind.INVITATION) | ~POINTLESS
    return Letter.objects.failed().filter(works, ~Exists(newer))
