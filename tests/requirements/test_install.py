import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def install(tmp_path):
    """Runs the installer of a bare checkout where neither uv nor the network is to be had."""
    shutil.copytree(ROOT / "requirements", tmp_path / "checkout" / "requirements")
    (tmp_path / "shadow").mkdir()
    environment = {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(tmp_path / "shadow"),
        "PIP_NO_INDEX": "1",
        "HOME": str(tmp_path),
    }

    def run(lock):
        installer = tmp_path / "checkout" / "requirements" / "install.py"
        return subprocess.run([sys.executable, installer, lock], env=environment, capture_output=True, text=True)

    return run


@pytest.mark.skipif(shutil.which("uv", path="/usr/bin:/bin") is not None, reason="uv makes environments without venv")
def test_missing_venv_module_is_told_in_one_line(install, tmp_path):
    (tmp_path / "shadow" / "ensurepip.py").write_text("raise ImportError\n")

    outcome = install("dev")

    assert outcome.returncode == 2
    assert outcome.stderr == (
        "Python's venv module is missing: apt install python3-venv (or install uv), then try again.\n"
    )


def test_unknown_lock_is_told_in_one_line(install):
    outcome = install("everything")

    told = "There is no lock file 'everything', only requirements, dev, e2e.\n"
    assert (outcome.returncode, outcome.stderr) == (2, told)


@pytest.mark.parametrize("name", ["prod", "requirements", "dev", "e2e", "stripe"])
def test_lock_pins_by_hash_and_names_no_address(name):
    lines = (ROOT / "requirements" / f"{name}.txt").read_text().splitlines()

    assert [line for line in lines if "://" in line or line.startswith("--")] == []
    assert all("==" in line or "--hash=sha256:" in line for line in lines)


def test_lock_keeps_extras_so_that_a_newer_release_cannot_slip_in():
    """Without them, pip looks for the newest release of what `pytest-cov` asks for as coverage[toml]."""
    assert {"coverage[toml]", "django-allauth[mfa]"} <= {pin.split("==")[0] for pin in pins_of("dev")}


@pytest.mark.parametrize(("smaller", "larger"), [("prod", "requirements"), ("requirements", "dev"), ("dev", "e2e")])
def test_larger_lock_contains_the_smaller_one(smaller, larger):
    assert pins_of(smaller) <= pins_of(larger)


def pins_of(name):
    lines = (ROOT / "requirements" / f"{name}.txt").read_text().splitlines()
    return {line.rstrip(" \\") for line in lines if "==" in line}
