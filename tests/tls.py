"""A test certificate authority, and a TLS proxy in front of servers without TLS."""

import datetime as dt
import socket
import ssl
import struct
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from threading import Thread

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

SSL_REQUEST, GSS_REQUEST = 80877103, 80877104  # libpq's requests for encryption, sent before the TLS handshake


@dataclass(frozen=True)
class Certified:
    """Files: the authority's certificate, and the server's certificate and key for 127.0.0.1 and localhost."""

    authority: Path
    certificate: Path
    key: Path

    def context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context


def certified(folder: Path, *, host: str = "localhost", address: str = "127.0.0.1") -> Certified:
    folder.mkdir(parents=True, exist_ok=True)
    own, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = _signed("authority of the tests", own, by=own, is_authority=True)
    names = [x509.DNSName(host), x509.IPAddress(ip_address(address))]
    server = _signed(host, key, by=own, issuer="authority of the tests", names=names)
    made = Certified(folder / "authority.pem", folder / "certificate.pem", folder / "key.pem")
    made.authority.write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    made.certificate.write_bytes(server.public_bytes(serialization.Encoding.PEM))
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    made.key.write_bytes(key.private_bytes(*form))
    return made


def _signed(name, key, *, by, issuer=None, names=(), is_authority=False):
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(_named(name))
        .issuer_name(_named(issuer or name))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False)
    )
    if names:
        made = made.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return made.sign(by, hashes.SHA256())


def _named(name):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


@contextmanager
def speaking_tls(own: Certified, to: Path, *, is_postgres: bool = False):
    """Run a TLS-only proxy to a socket; yields its port on 127.0.0.1."""
    with closing(socket.create_server(("127.0.0.1", 0))) as door:
        Thread(target=_let_in, args=(door, own.context(), to, is_postgres), daemon=True).start()
        yield door.getsockname()[1]


def _let_in(door, context, to, is_postgres):
    with suppress(OSError):  # the listening socket is closed
        while True:
            visitor, _address = door.accept()
            Thread(target=_serve, args=(visitor, context, to, is_postgres), daemon=True).start()


def _serve(visitor, context, to, is_postgres):
    with suppress(OSError), closing(visitor), closing(socket.socket(socket.AF_UNIX)) as server:
        if is_postgres and not _asked_for_tls(visitor):
            return
        by_tls = context.wrap_socket(visitor, server_side=True)
        server.connect(str(to))
        Thread(target=_pass_on, args=(server, by_tls), daemon=True).start()
        _pass_on(by_tls, server)


def _asked_for_tls(visitor):
    while (asked := struct.unpack("!II", visitor.recv(8))[1]) == GSS_REQUEST:
        visitor.sendall(b"N")
    if asked == SSL_REQUEST:
        visitor.sendall(b"S")
    return asked == SSL_REQUEST


def _pass_on(one, other):
    with suppress(OSError):
        while said := one.recv(65536):
            other.sendall(said)
        other.shutdown(socket.SHUT_RDWR)
