"""The browser of the machine: nothing is downloaded at run time."""

import os
import shutil

# Without windows of its own the shell needs a third less of the processor than the whole browser.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser")
MISSING = "no Chromium here (apt install chromium-headless-shell or chromium, or set CHROMIUM)"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def executable() -> str | None:
    """The path of Chromium, if there is one."""
    candidates = (os.environ.get("CHROMIUM"), *NAMES)
    return next((found for name in candidates if name and (found := shutil.which(name))), None)
