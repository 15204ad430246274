"""Requirement files for tests of their reader."""

import pytest

from credentials.rules import Requirements, RequirementsError, read_requirements

HEAD = """\
credential = "MLS(ASCP)"
title = "Medical Laboratory Scientist"
version = "1"
total = "36"
step = "0.25"
"""
AREA = """\
[[area]]
code = "safety"
title = "Safety"
accepts = ["safety"]
"""
RULE = """\
[[rule]]
code = "some"
title = "Some rule"
"""
# Four points, two of them in chemistry.
SMALL = """\
credential = "MLS(ASCP)"
title = "Medical Laboratory Scientist"
version = "1"
total = "4"
step = "0.25"

[[area]]
code = "chemistry"
title = "Chemistry"
minimum = "2"
accepts = ["chemistry"]

[[area]]
code = "rest"
title = "Any"
accepts = ["*"]
"""


def read(text: str) -> Requirements:
    return read_requirements(text, name="mls.toml")


def problems(text: str) -> list[str]:
    with pytest.raises(RequirementsError) as caught:
        read(text)
    lines = str(caught.value).split("\n")
    assert all(line.startswith("mls.toml: ") for line in lines)
    return [line.removeprefix("mls.toml: ") for line in lines]


def with_line(line: str, *, without: str = "\n") -> str:
    """The smallest file with one top-level line replaced or added."""
    return HEAD.replace(without, "", 1 if without != "\n" else 0) + line + "\n" + AREA
