"""Create .venv and install one of the lock files: `python3 requirements/install.py dev`. Needs only Python."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST = (3, 11)
ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
# Each lock file contains those before it.
LOCKS = ("requirements", "dev", "e2e")


def main(lock: str) -> None:
    if sys.version_info < OLDEST:
        refuse(f"Python 3.11 or newer is required, this is {sys.version.split()[0]}: make PYTHON=python3.11 ...")
    if lock not in LOCKS:
        refuse(f"There is no lock file {lock!r}, only {', '.join(LOCKS)}.")
    (ROOT / "var").mkdir(exist_ok=True)
    with (ROOT / "var" / "install.lock").open("w") as one_at_a_time:
        fcntl.flock(one_at_a_time, fcntl.LOCK_EX)
        if not is_installed(lock):
            say(f"Installing packages ({lock}) into .venv ...")
            make_venv()
            install(lock)
            stamp_of(lock).write_text(digest_of(lock))


def is_installed(lock: str) -> bool:
    """Whether this lock file, or one that contains it, is completely installed in its current version."""
    containing = LOCKS[LOCKS.index(lock) :]
    return works(PYTHON, "-c", "pass") and any(is_stamped(each) for each in containing)


def is_stamped(lock: str) -> bool:
    stamp = stamp_of(lock)
    return stamp.exists() and stamp.read_text() == digest_of(lock)


def stamp_of(lock: str) -> Path:
    return VENV / f".installed-{lock}"


def path_of(lock: str) -> Path:
    return ROOT / "requirements" / f"{lock}.txt"


def digest_of(lock: str) -> str:
    return hashlib.sha256(path_of(lock).read_bytes()).hexdigest()


def make_venv() -> None:
    """Create the virtual environment, replacing one that is incomplete or whose interpreter is gone."""
    if works(PYTHON, "-m", "pip", "--version") or (has_uv() and works(PYTHON, "-c", "pass")):
        return
    shutil.rmtree(VENV, ignore_errors=True)
    if works(sys.executable, "-c", "import ensurepip, venv"):
        made = works(sys.executable, "-m", "venv", VENV)
    else:
        made = has_uv() and works("uv", "venv", "--python", sys.executable, VENV)
    if not made:
        refuse("Python's venv module is missing: apt install python3-venv (or install uv), then try again.")


def install(lock: str) -> None:
    """Install with uv if available; fall back to pip."""
    hashed = ["--require-hashes", "-r", path_of(lock)]
    if has_uv() and run("uv", "pip", "install", "--quiet", "--python", PYTHON, *hashed):
        return
    # -qq: errors only
    pip = [PYTHON, "-m", "pip"]
    if works(*pip, "--version") and run(*pip, "install", "-qq", "--no-input", *hashed):
        return
    refuse("The packages could not be installed (see above): fix that, then try again.", code=1)


def has_uv() -> bool:
    return shutil.which("uv") is not None and works("uv", "--version")


def works(*command: str | Path) -> bool:
    """Run a command silently; False if it fails or doesn't exist."""
    try:
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True).returncode == 0
    except OSError:
        return False


def run(*command: str | Path) -> bool:
    return subprocess.run(command, stdin=subprocess.DEVNULL, cwd=ROOT).returncode == 0


def say(line: str) -> None:
    print(line, flush=True)


def refuse(line: str, code: int = 2) -> None:
    print(line, file=sys.stderr)
    sys.exit(code)


if __name__ == "__main__":
    try:
        main(sys.argv[1] if len(sys.argv) > 1 else LOCKS[0])
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:
        refuse(f"Installing failed: {error}", code=1)
