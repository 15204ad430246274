import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.test import RequestFactory

from accounts.forms import SignupForm
from accounts.models import User
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db
SAID = {"email": "new@example.org", "password1": PASSWORD, "password2": PASSWORD}


def test_a_sign_up_overtaken_by_its_twin_makes_no_second_user(rf: RequestFactory):
    form = SignupForm(SAID)
    assert form.is_valid()
    UserFactory(email="new@example.org")
    request = rf.post("/account/signup/", SAID)
    request.session = SessionStore()

    user, response = form.try_save(request)

    assert (user, response.url, User.objects.count()) == (None, "/account/confirm-email/", 1)
