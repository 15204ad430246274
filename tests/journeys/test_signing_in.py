"""Signing in and everything around it, in a real browser."""

import re
from time import sleep, time

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from playwright.sync_api import expect

from accounts.enums import Role
from tests.factories import PASSWORD, CredentialFactory, CycleFactory, HolderFactory, HolderUserFactory, UserFactory

PERIOD = 30  # seconds for which an app shows a code
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
each_browser = pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])

EMAIL = "amara@example.org"
PHRASE = "a phrase that nobody guesses"


def submits(somebody):
    somebody.page.locator("main form button[type=submit]").first.click()
    somebody.page.wait_for_load_state()


# --- What is refused --------------------------------------------------------------------------------------------------


REFUSED = {
    "/account/login/": ({"login": EMAIL, "password": PHRASE}, "The address and password do not match"),
    "/account/signup/": ({"email": EMAIL, "password1": PHRASE, "password2": "another"}, "Password (again)"),
    "/account/password/reset/": ({"email": "nobody@"}, "Email address"),
}


@each_browser
@pytest.mark.parametrize("path", REFUSED)
def test_what_is_refused_is_said_where_reading_begins(person, transactional_db, path, javascript):
    somebody = person(javascript=javascript)
    entries, said = REFUSED[path]
    somebody.opens(path)

    for name, text in entries.items():
        somebody.page.locator(f"input[name={name}]").fill(text)
    somebody.page.locator("main form").first.evaluate("(form) => (form.noValidate = true)")
    submits(somebody)

    summary = somebody.page.locator("#errors")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text(said)


# --- Register and claim -----------------------------------------------------------------------------------------------


@pytest.fixture
def credential(transactional_db):
    """Given a record whose address on file is an old one."""
    holder = HolderFactory(first_name="Amara", last_name="Okafor", birth_month=4, email="old@example.org")
    cycle = CycleFactory(credential=CredentialFactory(holder=holder, certificate_number="700101"), holder=holder)
    return cycle.credential


@each_browser
def test_register_confirm_and_claim(person, credential, link_in, javascript):
    holder = person(javascript=javascript)

    when_somebody_registers(holder)
    then_they_get_in_only_by_the_link_in_their_mail(holder, link_in)
    and_a_wrong_claim_shows_nothing(holder)
    when_they_say_what_is_on_the_certificate(holder)
    then_they_see_their_credentials(holder, credential)


def when_somebody_registers(holder):
    holder.opens("/account/signup/")
    holder.page.locator("input[name=email]").fill(EMAIL)
    holder.page.locator("input[name=password1]").fill(PHRASE)
    holder.page.locator("input[name=password2]").fill(PHRASE)
    submits(holder)
    holder.sees("Check your email")


def then_they_get_in_only_by_the_link_in_their_mail(holder, link_in):
    link = link_in(EMAIL)
    holder.opens("/account/")
    assert "/login/" in holder.page.url
    holder.opens(link)
    submits(holder)
    if "/login/" in holder.page.url:
        holder.signs_in(EMAIL, PHRASE)


def and_a_wrong_claim_shows_nothing(holder):
    claims(holder, month="May")
    holder.sees("No record matches what you entered")
    assert "Amara" not in holder.page.content()


def when_they_say_what_is_on_the_certificate(holder):
    claims(holder, month="April")


def claims(holder, *, month):
    holder.opens("/account/")
    holder.clicks(re.compile("Link my credential"), role="link")
    holder.fills(Certificate_number="700101", Last_name="Okafor")
    holder.page.get_by_label("Month of birth").select_option(label=month)
    submits(holder)


def then_they_see_their_credentials(holder, credential):
    holder.sees("Your record is linked. These are your credentials.")
    holder.sees("Welcome, Amara")
    holder.sees(str(credential.credential_type))


# --- A passkey --------------------------------------------------------------------------------------------------------


@pytest.fixture
def holder(transactional_db):
    return HolderUserFactory(email=EMAIL)


@pytest.fixture
def phone(person):
    """Given somebody whose device has a fingerprint reader that always agrees."""
    somebody = person()
    chrome = somebody.page.context.new_cdp_session(somebody.page)
    chrome.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    device = chrome.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]
    somebody.refuses = lambda: chrome.send(
        "WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False}
    )
    return somebody


def test_a_passkey_replaces_the_password(holder, phone):
    given_a_passkey_is_added(phone)
    and_they_log_out(phone)

    phone.opens("/account/login/")
    phone.clicks("Log in with a passkey")

    phone.sees("Welcome")


def given_a_passkey_is_added(somebody):
    somebody.signs_in(EMAIL, PASSWORD)
    somebody.opens("/account/2fa/")
    somebody.clicks("Add a passkey", role="link")
    shows_it_is_them(somebody)
    somebody.fills(Name="My phone")
    somebody.clicks("Add this passkey")
    somebody.sees("Recovery codes")
    somebody.opens("/account/2fa/webauthn/")
    somebody.sees("Lets you in without a password.")


def shows_it_is_them(somebody):
    somebody.sees("Confirm that it is you")
    somebody.page.locator("input[name=password]").fill(PASSWORD)
    submits(somebody)


def and_they_log_out(somebody):
    somebody.opens("/account/logout/")
    somebody.page.locator("main form button[type=submit]").first.click()
    somebody.page.wait_for_load_state()


def test_a_passkey_is_the_second_step_after_the_password(holder, phone):
    given_a_passkey_is_added(phone)
    and_they_log_out(phone)

    phone.signs_in(EMAIL, PASSWORD)
    phone.sees("Second step")
    phone.clicks("Use a passkey")

    phone.sees("Welcome")


def test_a_passkey_that_does_not_work_says_so(holder, phone):
    given_a_passkey_is_added(phone)
    and_they_log_out(phone)
    phone.refuses()

    phone.opens("/account/login/")
    phone.clicks("Log in with a passkey")

    phone.sees("That did not work")


def test_without_javascript_the_page_says_what_to_do_instead(holder, person):
    somebody = person(javascript=False)
    somebody.signs_in(EMAIL, PASSWORD)

    somebody.opens("/account/2fa/webauthn/add/")
    shows_it_is_them(somebody)

    somebody.sees("Passkeys need JavaScript")
    assert not somebody.page.get_by_role("button", name="Add this passkey").is_visible()


# --- A phone, and its loss --------------------------------------------------------------------------------------------


@each_browser
def test_a_lost_phone_is_replaced_by_a_recovery_code(holder, person, javascript):
    somebody = person(javascript=javascript)
    somebody.signs_in(EMAIL, PASSWORD)

    codes = when_they_set_up_an_authenticator_app(somebody)
    and_they_log_out(somebody)
    then_the_password_alone_does_not_let_them_in(somebody)
    but_a_recovery_code_does(somebody, codes[0])
    and_they_log_out(somebody)
    then_the_password_alone_does_not_let_them_in(somebody)
    and_a_code_that_was_used_is_refused(somebody, codes[0])


def when_they_set_up_an_authenticator_app(somebody):
    somebody.opens("/account/2fa/")
    somebody.clicks("Set up an authenticator app", role="link")
    shows_it_is_them(somebody)
    secret = somebody.page.get_by_role("textbox", name="Key").input_value()
    somebody.page.locator("input[name=code]").fill(code_of(secret))
    somebody.clicks("Turn it on")
    somebody.sees("10 codes left")
    return somebody.page.locator(".codes li").all_inner_texts()


def code_of(secret):
    """What an app would show now, with some seconds left to type it."""
    left = PERIOD - time() % PERIOD
    if left < 8:
        sleep(left)
    counters = list(yield_hotp_counters_from_time())
    return format_hotp_value(hotp_value(secret, counters[len(counters) // 2]))


def then_the_password_alone_does_not_let_them_in(somebody):
    somebody.signs_in(EMAIL, PASSWORD)
    somebody.sees("Second step")
    somebody.opens("/account/")
    assert "/2fa/authenticate/" in somebody.page.url


def but_a_recovery_code_does(somebody, code):
    enters(somebody, code)
    somebody.sees("Welcome")


def and_a_code_that_was_used_is_refused(somebody, code):
    enters(somebody, code)
    somebody.sees("This code is incorrect or too old")


def enters(somebody, code):
    somebody.page.locator("input[name=code]").fill(code)
    submits(somebody)


# --- The Board's staff ------------------------------------------------------------------------------------------------


def test_a_reviewer_enrols_a_second_factor_and_gets_in(person, settings, transactional_db):
    settings.STAFF_SECOND_FACTOR = True
    UserFactory(email="reviewer@example.org", roles=[Role.REVIEWER])
    reviewer = person()

    reviewer.signs_in("reviewer@example.org", PASSWORD)
    reviewer.opens("/admin/")
    reviewer.sees("Set up a second factor first")
    when_they_set_up_an_authenticator_app(reviewer)
    reviewer.opens("/admin/")

    reviewer.sees("The Board's work")


# --- Where I am logged in ---------------------------------------------------------------------------------------------


@each_browser
def test_another_browser_is_seen_and_logged_out(holder, person, javascript):
    at_home, in_the_laboratory = person(javascript=javascript), person(javascript=javascript)
    at_home.signs_in(EMAIL, PASSWORD)
    in_the_laboratory.signs_in(EMAIL, PASSWORD)

    at_home.opens("/account/sessions/")
    assert at_home.page.get_by_role("heading", name="Chrome").count() == 2
    at_home.clicks(re.compile("End this session"))
    shows_it_is_them(at_home)
    at_home.sees("That browser is logged out")

    in_the_laboratory.opens("/account/")
    assert "/login/" in in_the_laboratory.page.url
    at_home.opens("/account/")
    at_home.sees("Welcome")


def test_who_logs_out_leaves_nothing_behind_the_back_button(holder, person):
    somebody = person()
    somebody.signs_in(EMAIL, PASSWORD)
    somebody.opens("/account/")
    somebody.sees("Welcome")

    with somebody.page.expect_navigation():
        somebody.page.locator("button[formaction$='/logout/']").first.evaluate("one => one.form.requestSubmit(one)")
    assert "/account/" not in somebody.page.url
    somebody.page.go_back()

    assert "/login/" in somebody.page.url
    assert somebody.page.get_by_text("Welcome").count() == 0
