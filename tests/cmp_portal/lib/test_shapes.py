import pytest

from cmp_portal.lib import shapes
from cmp_portal.lib.environment import Environment

GOOD = [
    (shapes.URL, "https://www.example.org"),
    (shapes.URL, "http://store:9000"),
    (shapes.URL, "https://example.org:8443/courses?from=cmp#new"),
    (shapes.ORIGIN, "http://localhost:8000"),
    (shapes.ORIGIN, "https://cmp.example.org"),
    (shapes.ORIGIN, "http://[::1]:8000"),
    (shapes.ISSUER, "https://login.example.org/realms/board/"),
    (shapes.ISSUER_IN_DEVELOPMENT, "http://127.0.0.1:4000"),
    (shapes.SCANNER, "clamd://clamav:3310"),
    (shapes.SCANNER, "clamd://clamav"),
    (shapes.SCANNER, "clamd:///run/clamav/clamd.ctl"),
    (shapes.HOST, "smtp.example.org"),
    (shapes.HOST, "mail_1"),
    (shapes.HOST, "192.0.2.1"),
    (shapes.HOST, "2001:db8::1"),
    (shapes.SENDER, "cmp@example.org"),
    (shapes.SENDER, "CMP Portal <no-reply@example.org>"),
]
BAD = [
    (shapes.URL, "www.example.org"),
    (shapes.URL, "ftp://example.org"),
    (shapes.URL, "https:example.org"),
    (shapes.URL, "https://"),
    (shapes.URL, "https://example.org/a b"),
    (shapes.URL, "https://exam\nple.org"),
    (shapes.URL, "https://example.org:99999"),
    (shapes.URL, "https://example.org:0"),
    (shapes.URL, "https://[example.org"),
    (shapes.URL, "https://exa,mple.org"),
    (shapes.ORIGIN, "https://cmp.example.org/"),
    (shapes.ORIGIN, "https://cmp.example.org/portal"),
    (shapes.ORIGIN, "https://cmp.example.org?a"),
    (shapes.ORIGIN, "https://user@cmp.example.org"),
    (shapes.ORIGIN, "cmp.example.org"),
    (shapes.ISSUER, "http://login.example.org"),
    (shapes.ISSUER, "login.example.org"),
    (shapes.ISSUER, "https://login.example.org?tenant=board"),
    (shapes.ISSUER_IN_DEVELOPMENT, "localhost:4000"),
    (shapes.SCANNER, "clamav:3310"),
    (shapes.SCANNER, "http://clamav:3310"),
    (shapes.SCANNER, "clamd:"),
    (shapes.SCANNER, "clamd:///"),
    (shapes.SCANNER, "clamd://clamav:port"),
    (shapes.SCANNER, "clamd://clamav:3310/clamd.ctl"),
    (shapes.SCANNER, "clamd://clamav:3310?fast"),
    (shapes.SCANNER, "/run/clamav/clamd.ctl"),
    (shapes.HOST, "smtp://smtp.example.org"),
    (shapes.HOST, "smtp.example.org:587"),
    (shapes.HOST, "smtp example org"),
    (shapes.SENDER, "CMP Portal"),
    (shapes.SENDER, "cmp@"),
    (shapes.SENDER, "cmp@example.org\nBcc: me@example.org"),
]


@pytest.mark.parametrize(("shape", "value"), GOOD, ids=[value for _shape, value in GOOD])
def test_what_fits_is_kept(shape, value):
    env = Environment({"NAME": value})

    assert (env.text("NAME", default="", shape=shape), env.problems) == (value, [])


@pytest.mark.parametrize(("shape", "value"), BAD, ids=[value for _shape, value in BAD])
def test_what_does_not_fit_is_named_with_what_to_write(shape, value):
    env = Environment({"NAME": value})

    assert env.text("NAME", default="its default", shape=shape) == "its default"
    assert env.problems == [f"NAME is {value!r}, but must be {shape.words}"]


def test_a_required_value_that_does_not_fit_is_named_once():
    env = Environment({"SITE_URL": "cmp.example.org"}, production=True)

    env.required("SITE_URL", development="http://localhost:8000", shape=shapes.ORIGIN)

    assert env.problems == [
        "SITE_URL is 'cmp.example.org', but must be an address without a path, such as https://cmp.example.org"
    ]


@pytest.mark.parametrize(
    "shape",
    [
        shapes.URL,
        shapes.ORIGIN,
        shapes.ISSUER,
        shapes.HOST,
        shapes.SENDER,
    ],
)
def test_the_example_in_the_words_fits(shape):
    assert shape.fits(shape.words.rpartition("such as ")[2])


@pytest.mark.parametrize("example", shapes.SCANNER.words.split(" or "))
def test_each_example_of_a_scanner_fits(example):
    assert shapes.SCANNER.fits(example)
