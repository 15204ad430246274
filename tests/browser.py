"""Locates the installed Chromium; nothing is downloaded at run time."""

import os
import shutil

# The headless shell has no window system and needs a third less CPU than the full browser.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser")
MISSING = "no Chromium here (apt install chromium-headless-shell or chromium, or set CHROMIUM)"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # No page lives long enough for what the optimizing compiler takes to pay off.
    "--js-flags=--no-opt",
]


def executable() -> str | None:
    """The path of Chromium, if installed."""
    candidates = (os.environ.get("CHROMIUM"), *NAMES)
    return next((found for name in candidates if name and (found := shutil.which(name))), None)
