import socket

import pytest

from cmp_portal.lib.outbound import Refused, check_address, post
from tests.education.api.receiver import receiving
from tests.tls import certified

NEAR = ["127.0.0.0/8"]


def sent(url, networks=()):
    return post(url, b"{}", headers={"Content-Type": "application/json"}, timeout=1, networks=networks)


@pytest.fixture
def receiver():
    with receiving() as server:
        yield server


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "localhost", "[::1]", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254",
        "100.64.0.1", "[::ffff:127.0.0.1]", "[fd00::1]", "[fe80::1]", "224.0.0.1", "2130706433", "0x7f.1", "127.1",
    ],
)  # fmt: skip
def test_own_network_is_never_asked(host):
    assert sent(f"https://{host}:9/").error in {"refused: private address", "host not found"}


@pytest.mark.parametrize("person", ["user", "user:secret"])
def test_address_with_a_login_in_it_is_never_asked(person):
    assert sent(f"https://{person}@192.0.32.10:9/").error == "refused: not an https URL"


@pytest.mark.parametrize("host", ["10.1.2.3", "[::ffff:10.1.2.3]"])
def test_allowed_network_may_be_written_either_way(host):
    check_address(f"https://{host}/", networks=["10.0.0.0/8"])

    with pytest.raises(Refused):
        check_address(f"https://{host}/", networks=["10.2.0.0/16"])


def test_name_that_leads_into_our_network_is_not_followed(receiver, monkeypatch):
    """Whatever it led to when it was looked at: what is looked at is what is connected to."""
    private = socket.getaddrinfo("127.0.0.1", receiver.server_port, type=socket.SOCK_STREAM)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: private)

    assert (sent("https://harmless.example.org/").error, receiver.taken) == ("refused: private address", [])


def test_name_that_changes_is_asked_once(receiver, monkeypatch):
    """A second look-up could lead elsewhere; there is none."""
    looked = []
    private = socket.getaddrinfo("127.0.0.1", receiver.server_port, type=socket.SOCK_STREAM)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: looked.append(args) or private)

    answer = sent("http://harmless.example.org/", NEAR)

    assert (answer.status, len(looked)) == (204, 1)


def test_allowed_network_is_asked_without_https(receiver):
    assert (sent(receiver.url, NEAR).status, len(receiver.taken)) == (204, 1)


def test_http_goes_to_allowed_networks_alone(receiver):
    assert (sent(receiver.url).error, receiver.taken) == ("refused: not an https URL", [])
    assert sent("http://192.0.32.10/", NEAR).error == "refused: private address"


def test_proxy_of_the_environment_is_not_asked(receiver, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")

    assert sent(receiver.url, NEAR).status == 204


def test_server_that_speaks_no_tls_is_no_receiver(receiver):
    answer = sent(receiver.url.replace("http:", "https:"), NEAR)

    assert (answer.status, receiver.taken) == (None, [])


@pytest.mark.parametrize("url", ["https://no-such-name.invalid/", "https://127.0.0.1:99999/", "https://a\nb/", "//x"])
def test_what_can_not_be_asked_has_a_word(url):
    answer = sent(url)

    assert (answer.status, bool(answer.error), answer.is_good) == (None, True, False)


@pytest.fixture
def certified_receiver(receiver, tmp_path):
    """With a certificate that nobody has vouched for whom this machine believes."""
    receiver.socket = certified(tmp_path).context().wrap_socket(receiver.socket, server_side=True)
    return receiver


def test_certificate_that_nobody_vouches_for_is_not_believed(certified_receiver):
    answer = sent(certified_receiver.url.replace("http:", "https:"), NEAR)

    assert (answer.status, answer.error.startswith("certificate: "), certified_receiver.taken) == (None, True, [])


def test_the_same_is_believed_where_somebody_does(certified_receiver, tmp_path, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))

    answer = sent(certified_receiver.url.replace("http:", "https:"), NEAR)

    assert (answer.status, len(certified_receiver.taken)) == (204, 1)
