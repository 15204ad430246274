"""Parse README.md and docs/: the commands and links they contain."""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.glob("*.md")), DOCS / "rule-library" / "README.md"]
# How command lines start in a code block.
TYPED = re.compile(r"(make|manage\.py|\.venv/bin/python|docker|apt|printf|mkdir|for|touch|cat|gzip|sed|python|curl) ")
FENCE = re.compile(r"^```(\w*)$")
HERE = re.compile(r"<<'(\w+)'$")
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def commands_of(page: Path) -> Iterator[str]:
    """The commands of a page, without comments; lines continued with `\\` or a here-document are one command."""
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
    """Each line of an indented or shell block, without its indent; None for other lines."""
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
    """Internal links of a page."""
    return {(page.parent / to).resolve() for to in LINK.findall(page.read_text(encoding="utf-8")) if "://" not in to}
