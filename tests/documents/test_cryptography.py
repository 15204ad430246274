"""docs/cryptography.md names every key, and every algorithm used in the code."""

import re

import pytest
import yaml

from tests.documents.reading import DOCS, ROOT

PAGE = (DOCS / "cryptography.md").read_text(encoding="utf-8")
SECTIONS = dict(part.split("\n", 1) for part in PAGE.split("\n## ")[1:])
APPS = ("accounts", "audits", "cmp_portal", "credentials", "declarations", "education")
SOURCES = [path for app in APPS for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts]
KEY = re.compile(r"(^|_)(KEYS?|SECRET|PASSWORD|TOKEN|FALLBACKS)(_|$)")
# How long something lasts, and where a key is none.
NO_KEYS = {"API_KEYS_KEPT_HOURS", "API_TOKEN_GRACE_HOURS"}
# As the code writes them, and as the page does.
ALGORITHMS = {
    r"sha256|SHA256": "SHA-256",
    r"\bsha1\b|SHA1": "SHA-1",
    r"\bmd5\b|MD5": "MD5",
    r"sha512|sha384|sha224|blake2|sha3_": "SHA-512",
    r"\bhmac\b": "HMAC",
    r"Ed25519": "Ed25519",
    r"EdDSA": "EdDSA",
    r"RS256": "RS256",
    r"PS256": "PS256",
    r"ES256": "ES256",
    r"Argon2": "Argon2id",
    r"PBKDF2": "PBKDF2",
    r"Fernet|AESGCM|ChaCha20|\bAES\b": "AES",
    r"scrypt|bcrypt": "scrypt",
}
CODE = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES)


def named(word, section):
    return re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", SECTIONS[section]) is not None


def test_every_secret_of_the_containers_is_a_key_with_a_line():
    secrets = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["secrets"]

    assert [name for name in secrets if f"`{name}`" not in SECTIONS["Keys"]] == []


def test_every_variable_with_a_key_is_on_its_line():
    source = (ROOT / "cmp_portal" / "settings.py").read_text()
    keys = {name for name in re.findall(r'\benv\.\w+\(\s*"(\w+)"', source) if KEY.search(name)} - NO_KEYS

    assert {name for name in keys if f"`{name}`" not in PAGE} == set()
    assert len(keys) > 10


def test_every_key_says_what_it_is_for_how_and_how_long():
    lines = [line.strip("|").split("|") for line in SECTIONS["Keys"].splitlines() if line.startswith("| ")][2:]

    assert len(lines) > 10
    assert [line[0] for line in lines if len(line) != 5 or not all(line[at].strip() for at in (0, 1, 3, 4))] == []


@pytest.mark.parametrize("written", ALGORITHMS)
def test_algorithm_is_on_the_page_if_the_code_names_it(written):
    name = ALGORITHMS[written]

    assert named(name, "Algorithms") == (re.search(written, CODE) is not None)


def test_all_chance_is_the_systems():
    """What `random` gives may be foretold: it is for invented people, and for how long to wait for each other."""
    using = {path for path in SOURCES if re.search(r"^(import|from) random\b", path.read_text(), re.MULTILINE)}

    assert {path.relative_to(ROOT).as_posix() for path in using if "demo" not in path.parts} == {
        "cmp_portal/lib/contention.py"
    }
