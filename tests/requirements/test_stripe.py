"""The optional requirements for card payments, as the image would install them."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.requirements.test_install import pins_of

ROOT = Path(__file__).resolve().parents[2]


def test_image_installs_the_lock_that_its_argument_names():
    said = (ROOT / "Dockerfile").read_text()
    copied = re.search(r"^COPY (requirements/\S+.*) \./$", said, re.MULTILINE).group(1).split()

    assert "requirements/stripe.txt" in copied
    assert said.index("ARG EXTRA=") < said.index('--require-hashes -r "$EXTRA.txt"')
    assert "EXTRA: ${EXTRA:-}" in (ROOT / "docker-compose.yml").read_text()


def test_extra_and_image_ask_for_the_same_releases():
    """Else the second installation would change what the first one has put there."""
    extra, image = releases("stripe"), releases("prod")

    both = extra.keys() & image.keys()

    assert "requests" in extra and both
    assert {name: extra[name] for name in both} == {name: image[name] for name in both}


def releases(lock):
    pins = (pin.split(" ")[0].partition("==") for pin in pins_of(lock))
    return {name: release for name, _is, release in pins}


def test_lock_of_the_extra_installs_with_its_hashes():
    """By what pip itself finds and compares, into nothing."""
    ask = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--require-hashes", "-r"]

    outcome = subprocess.run([*ask, ROOT / "requirements" / "stripe.txt"], capture_output=True, text=True)

    if "onnection" in outcome.stderr:
        pytest.skip("needs a package index")
    assert (outcome.returncode, "Would install" in outcome.stdout) == (0, True), outcome.stderr
    assert f"stripe-{releases('stripe')['stripe']}" in outcome.stdout
