"""Generate docs/asvs.md from the requirements."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
SOURCE = Path(__file__).with_name("requirements.txt")
FILE = TESTS.parent / "docs" / "asvs.md"
CHAPTERS = (
    "Encoding and sanitisation", "Validation and business logic", "Web front end", "API and web service", "Files",
    "Authentication", "Sessions", "Authorisation", "Self-contained tokens", "OAuth and OpenID Connect", "Cryptography",
    "Communication", "Configuration", "Data protection", "Code and architecture", "Logging and errors", "WebRTC",
)  # fmt: skip
SIGNS = {"=": "shown by tests", "~": "met, without a test of its own", "-": "does not apply", "!": "open"}
TABLE = ("| | level | about | |", "| --- | --- | --- | --- |")
HEAD = """\
# OWASP ASVS 5.0, level 2

Written by `python -m tests.asvs` from `tests/asvs/requirements.txt`; the suite fails when this page is stale, or names
a test that is not there. The numbers are those of the standard, version 5.0.0; the words are ours, and no more than a
reminder of what stands there: <https://github.com/OWASP/ASVS/tree/v5.0.0/5.0>. A test shows what it asks for; no list
shows that nothing was forgotten, and nobody outside has looked at this one. What is open is an exception of
[decision 29](decisions/0029-what-of-asvs-level-2-is-open.md).
"""


@dataclass(frozen=True)
class Requirement:
    """One requirement: number and level, summary, how it is met, and the tests or the reason."""

    number: str
    level: int
    words: str
    sign: str
    said: str

    @property
    def chapter(self) -> int:
        return int(self.number.partition(".")[0])

    @property
    def tests(self) -> list[str]:
        return self.said.split(", ") if self.sign == "=" else []


def requirements() -> Iterator[Requirement]:
    for line in SOURCE.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            number, level, words, how = line.split(" | ")
            yield Requirement(number, int(level), words, how[0], how[2:])


def document() -> str:
    found = list(requirements())
    counts = {sign: sum(one.sign == sign for one in found) for sign in SIGNS}
    lines = [HEAD, f"{len(found)} requirements:", ""]
    lines += [f"- {counts[sign]} {words}" for sign, words in SIGNS.items()]
    for chapter, group in groupby(found, key=lambda one: one.chapter):
        lines += [
            "",
            f"## {chapter}. {CHAPTERS[chapter - 1]}",
            "",
            "| | level | about | |",
            "| --- | --- | --- | --- |",
        ]
        lines += [f"| {one.number} | {one.level} | {one.words} | {_how(one)} |" for one in group]
    return "\n".join([*lines, ""])


def _how(one: Requirement) -> str:
    if one.tests:
        return "<br>".join(f"`tests/{test.removesuffix('::*')}`" for test in one.tests)
    return {"~": "", "-": "does not apply: ", "!": "**open**: "}[one.sign] + one.said
