"""Outgoing requests to URLs that others supply, protected against SSRF and DNS rebinding."""

import socket
import ssl
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from ipaddress import ip_address, ip_network
from threading import Event, Timer
from time import monotonic
from urllib.parse import urlsplit


class Refused(Exception):
    """The URL is not one we send requests to."""


@dataclass(frozen=True)
class Response:
    """The HTTP status, or a short error if there was none."""

    status: int | None
    error: str
    milliseconds: int

    @property
    def is_good(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def check_address(url: str, *, networks: Collection[str]) -> None:
    """Raise Refused if the URL itself rules out a request; `networks` are private ones that are allowed.

    The IP addresses of a name are checked with each request only, as they may change.
    """
    is_https, host, _port, _target = _read(url, networks=networks)
    if _is_number(host) and not _is_open(host, is_https=is_https, networks=networks):
        raise Refused("private address")


def post(url: str, body: bytes, *, headers: Mapping[str, str], timeout: float, networks: Collection[str]) -> Response:
    """POST the body and read only the status; follows no redirects, and stops after `timeout` seconds in any case."""
    started, status, error = monotonic(), None, ""
    try:
        status = _status(url, body, headers=headers, timeout=timeout, networks=networks)
    except (Refused, OSError, HTTPException, ValueError) as problem:
        error = _words(problem)
    return Response(status, error, round((monotonic() - started) * 1000))


def _status(url: str, body: bytes, *, headers: Mapping[str, str], timeout: float, networks: Collection[str]) -> int:
    is_https, host, port, target = _read(url, networks=networks)
    opened = _connected(host, port, is_https=is_https, timeout=timeout, networks=networks)
    # Each read has its own timeout; this one bounds all of them together.
    cut_off = Event()
    end = Timer(timeout, _hang_up, [opened, cut_off])
    end.start()
    try:
        if is_https:
            opened = ssl.create_default_context().wrap_socket(opened, server_hostname=host)
            end.args = [opened, cut_off]
        connection = (HTTPSConnection if is_https else HTTPConnection)(host, port, timeout=timeout)
        connection.sock = opened
        connection.request("POST", target, body, dict(headers))
        status = connection.getresponse().status
        if cut_off.is_set():  # a connection we shut down looks like a normal end
            raise TimeoutError
        return status
    finally:
        end.cancel()
        opened.close()


def _connected(host: str, port: int, *, is_https: bool, timeout: float, networks: Collection[str]) -> socket.socket:
    """Connect to the very IP address that was checked, so that DNS rebinding gains nothing."""
    last: OSError = OSError("no address")
    for family, kind, protocol, _name, place in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        if not _is_open(str(place[0]), is_https=is_https, networks=networks):
            raise Refused("private address")
        opened = socket.socket(family, kind, protocol)
        opened.settimeout(timeout)
        try:
            opened.connect(place)
            return opened
        except OSError as problem:
            opened.close()
            last = problem
    raise last


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _is_open(address: str, *, is_https: bool, networks: Collection[str]) -> bool:
    """Whether the address is public and used with https, or in an allowed private network, with or without https."""
    found = ip_address(address.partition("%")[0])
    found = getattr(found, "ipv4_mapped", None) or found
    if any(found in ip_network(network) for network in networks):
        return True
    return is_https and found.is_global and not found.is_multicast


def _read(url: str, *, networks: Collection[str]) -> tuple[bool, str, int, str]:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise Refused("not a URL") from None
    is_https = parts.scheme == "https"
    if not host or parts.username or parts.scheme not in {"https", "http"} or (not is_https and not networks):
        raise Refused("not an https URL")
    target = parts.path or "/"
    return is_https, host, port or (443 if is_https else 80), f"{target}?{parts.query}" if parts.query else target


def _hang_up(opened: socket.socket, cut_off: Event) -> None:
    cut_off.set()
    try:
        opened.shutdown(socket.SHUT_RDWR)
    except OSError:
        opened.close()


def _words(problem: Exception) -> str:
    if isinstance(problem, ssl.SSLCertVerificationError):
        return f"certificate: {problem.verify_message}"[:200]
    if isinstance(problem, Refused):
        return f"refused: {problem}"
    return (type(problem).__name__ if not isinstance(problem, socket.gaierror) else "host not found")[:200]
