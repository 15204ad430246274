"""Uploads beyond the size limit."""

import pytest

from tests.factories import CreditFactory, HolderUserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "a sentence to log in with"


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (320, "dark")])
def test_too_many_documents_are_refused_with_a_word(person, tmp_path, settings, width, scheme):
    settings.UPLOAD_MAX_BYTES = 2 * 1024**2
    credit = CreditFactory(self_recorded=True)
    user = HolderUserFactory(holder=credit.holder)
    user.set_password(PASSWORD)
    user.save()
    scan = tmp_path / "scan.pdf"
    scan.write_bytes(b"%PDF-1.4\n" + b"0" * 3 * 1024**2)
    holder = person(width=width, scheme=scheme)
    holder.signs_in(user.email, PASSWORD)

    holder.opens(f"/education/credits/{credit.uuid}/")
    holder.page.locator("input[type=file]").set_input_files(scan)
    holder.page.locator("form[enctype] button").first.click()

    holder.sees("This is too much at once")
    holder.sees("You can send up to 2 MB with one form.")
