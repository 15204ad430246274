"""Link accounts to the records that the Board keeps."""

from django.db import transaction

from accounts.models import Holder, User
from accounts.queries import holders_at


@transaction.atomic
def claim_by_address(*, user: User, email: str) -> Holder | None:
    """Link a user who has verified an address to the one record without an account that has it on file, if any."""
    found = list(holders_at(email).filter(user=None).select_for_update(of=("self",))[:2])
    user = User.objects.select_for_update().get(pk=user.pk)
    if len(found) != 1 or user.holder_id is not None:
        return None
    if User.objects.filter(holder=found[0]).exists():  # linked while we waited for the record's lock
        return None
    user.holder = found[0]
    user.save(update_fields=["holder"])
    return user.holder
