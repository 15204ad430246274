"""English text on a page in another language."""

import pytest
from django.urls import reverse

from cmp_portal.lib.language_marking import marked
from tests.factories import CycleFactory, HolderUserFactory

TEXTS = ["Medical ethics", "Pathologists' Assistant", "Ethics", "Committee or board\nAn agenda."]


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("<p>1 en medical ethics.</p>", '<p>1 en <span lang="en">medical ethics</span>.</p>'),
        ("<p>Ethics</p>", '<p><span lang="en">Ethics</span></p>'),
        ("<p>Bioethics</p>", "<p>Bioethics</p>"),
        ("<p>Pathologists&#x27; Assistant</p>", '<p><span lang="en">Pathologists&#x27; Assistant</span></p>'),
        ("<p>An agenda.</p>", '<p><span lang="en">An agenda.</span></p>'),
        ('<a title="Ethics">ver</a>', '<a title="Ethics">ver</a>'),
        ('<option value="1">Ethics</option>', '<option lang="en" value="1">Ethics</option>'),
        ("<option>Ethics: 2</option><p>no</p>", "<option>Ethics: 2</option><p>no</p>"),
        ("<title>Ethics</title><p>Ethics", '<title lang="en">Ethics</title><p><span lang="en">Ethics</span>'),
        ("<textarea>My ethics</textarea>", "<textarea>My ethics</textarea>"),
    ],
)
def test_texts_are_marked(page, expected):
    assert marked(page, TEXTS) == expected


def test_nothing_is_marked_where_there_are_no_texts():
    assert marked("<p>Ethics</p>", []) == "<p>Ethics</p>"


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "count"), [("es", 1), ("en", 0)])
def test_pages_in_another_language_are_marked(client, language, count):
    user = HolderUserFactory()
    credential = CycleFactory(holder=user.holder, credential__holder=user.holder).credential
    client.force_login(user)

    page = client.get(reverse("account:dashboard"), headers={"Accept-Language": language}).content.decode()

    assert (f'<span lang="en">{credential.credential_type.title}</span>' in page) == bool(count)
