"""Forms with which a holder decides who may see what."""

from uuid import uuid4

from cmp_portal.lib import clock
from declarations import actions
from declarations.forms import SECRETS
from faults.cases.f4.forms.form import Form, of_holder
from tests import factories


def hide() -> Form:
    user = factories.HolderUserFactory()
    return of_holder("declarations:hide", holder=user.holder_id, user=user)


def show() -> Form:
    user = factories.HolderUserFactory()
    actions.hide(holder=user.holder, at=clock.now())
    return of_holder("declarations:show", holder=user.holder_id, user=user)


def share() -> Form:
    user = factories.HolderUserFactory()
    credential = factories.CredentialFactory(holder=user.holder)
    wanted = {"credential": credential.pk, "shows": "name", "days": 30, "agreed": "on"}
    secret = SECRETS.sign(uuid4().hex)
    return of_holder("declarations:sharing", holder=user.holder_id, user=user, secret=secret, **wanted)


def revoke_link() -> Form:
    user = factories.HolderUserFactory()
    link = factories.ShareLinkFactory(credential=factories.CredentialFactory(holder=user.holder))
    return of_holder("declarations:revoke_link", link.uuid, holder=user.holder_id, user=user)


FORMS = {"hide from the public": hide, "show to the public": show, "create a link": share, "revoke a link": revoke_link}
