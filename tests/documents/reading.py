"""README.md and docs/, and what they name: commands, links."""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.glob("*.md")), DOCS / "rule-library" / "README.md"]
# What a line of a block begins with that is to be typed.
TYPED = re.compile(r"(make|manage\.py|\.venv/bin/python|docker|apt|printf|mkdir|for|touch|cat|gzip|sed|python|curl) ")
FENCE = re.compile(r"^```(\w*)$")
HERE = re.compile(r"<<'(\w+)'$")
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def commands_of(page: Path) -> Iterator[str]:
    """What is to be typed, without what is said beside it; what goes on (`\\`, `<<'END'`) is one command."""
    lines = _blocks(page.read_text(encoding="utf-8"))
    for line in lines:
        if line is None or not TYPED.match(line):
            continue
        parts = [line]
        while parts[-1].endswith("\\"):
            parts.append(next(lines) or "")
        if here := HERE.search(line):
            while parts[-1] != here[1]:
                parts.append(next(lines) or "")
            yield "\n".join(parts)
        else:
            whole = " ".join(part.rstrip("\\").strip() for part in parts)
            yield re.split(r"\s{2,}", whole)[0]


def _blocks(text: str) -> Iterator[str | None]:
    """Each line, without its indent where it is of an indented or a shell block; None elsewhere."""
    fence = None
    for line in text.splitlines():
        if found := FENCE.match(line):
            fence = found[1] if fence is None else None
            yield None
        elif fence is not None:
            yield line if fence == "sh" else None
        else:
            yield line[4:] if line.startswith("    ") else None


def links_of(page: Path) -> set[Path]:
    """What a page of ours links to, of our own."""
    return {(page.parent / to).resolve() for to in LINK.findall(page.read_text(encoding="utf-8")) if "://" not in to}
