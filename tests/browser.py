"""The browser of the machine: nothing is downloaded at run time."""

import os
import shutil

MISSING = "no Chromium here (apt install chromium, or set CHROMIUM)"
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
    candidates = (os.environ.get("CHROMIUM"), "chromium", "chromium-browser")
    return next((found for name in candidates if name and (found := shutil.which(name))), None)
