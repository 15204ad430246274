"""Verify one declaration against what was frozen with it: is it still what was signed?"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import itemgetter

from cmp_portal.lib.changes import changes
from credentials.queries import requirements_afresh
from credentials.rules import Window, plain_requirements, requirements_from
from declarations.models import Declaration, Terms
from declarations.queries.reevaluation import names_of, standing_again
from declarations.queries.sealing import Content, Plain, plain_receipt, plain_standing, plain_wording
from declarations.queries.signed import (
    UNREADABLE,
    Declared,
    Row,
    Sealed,
    broken_words,
    declared_now,
    kept_shares,
    sealed_rows,
    share_words,
    signed_rows,
)
from declarations.rules import digest_of
from education.models import Evidence
from education.queries import document_fault

# The job that deletes documents after their retention period, as recorded in their history.
PURGE = "purge_evidence"
TERMS = ("requirements", "attestation")


@dataclass(frozen=True)
class Verification:
    """The findings about one declaration; `differences` are in words, and empty if it is still what was signed."""

    number: str
    credential: str
    submissions: int
    shares: int
    seal: str
    afterwards: bool
    differences: tuple[str, ...]


def verification_of(number: str) -> Verification | None:
    """Verify the declaration with this number; None if there is none.

    Reads every document that was signed with it. Raises StorageAway.
    """
    related = ("cycle__credential__credential_type", "attestation")
    declaration = Declaration.objects.select_related(*related).filter(number=number).first()
    if declaration is None:
        return None
    now = declared_now(declaration.pk)
    rows, seals = signed_rows([now])[now.pk], sealed_rows([now])[now.pk]
    submissions = [list(group) for _submission, group in groupby(rows, itemgetter(0))]
    return Verification(
        number=number,
        credential=str(declaration.cycle.credential),
        submissions=now.submissions,
        shares=len(submissions[-1]) if submissions else 0,
        seal=seals[-1].hash if seals else "",
        afterwards=any(seal.content.get("afterwards") for seal in seals),
        differences=tuple(_differences(declaration, now, submissions, seals)),
    )


def _differences(
    declaration: Declaration, now: Declared, submissions: list[list[Row]], seals: list[Sealed]
) -> Iterator[str]:
    """Report a broken chain and stop there: incomplete content can't be evaluated."""
    for name, found in (("submissions", len(submissions)), ("seals", len(seals))):
        if found != now.submissions:
            yield f"found {found} of {now.submissions} {name}"
            return
    broken = list(broken_words(submissions, seals))
    yield from (f"{words}: altered since it was signed" for words in broken)
    if broken or not seals:
        return
    for rows, seal in zip(submissions, seals, strict=True):
        yield from _readable(seal, [row.content for row in rows])
    yield from _row_now(declaration, seals[-1].content, is_frozen=now.is_frozen)
    yield from _terms_now(declaration, seals[-1].content)
    if now.is_frozen and (words := share_words([row.content for row in submissions[-1]], kept_shares(now.cycle))):
        yield f"allocations of the cycle: {words}"
    yield from _documents(declaration, [row.content for rows in submissions for row in rows])


def _readable(seal: Sealed, contents: list[Content]) -> list[str]:
    try:
        return list(_under_its_own_rules(seal, contents))
    except UNREADABLE:
        return [f"submission {seal.submission} cannot be read"]


def _under_its_own_rules(seal: Sealed, contents: list[Content]) -> Iterator[str]:
    """Evaluating the submission again under the requirements stored with it must give what was sealed."""
    kept = {name: _kept(seal.content[name]["sha256"]) for name in TERMS if name in seal.content}
    for name, content in kept.items():
        if content is None:
            yield f"submission {seal.submission}: {name}: the stored copy is missing or altered"
    requirements = kept.get("requirements")
    if requirements is None:
        return
    window = Window(**{name: date.fromisoformat(day) for name, day in seal.content["window"].items()})
    again = plain_standing(standing_again(requirements_from(requirements), contents, window), names_of(contents))
    sealed = {name: value for name, value in seal.content.items() if name in again}
    titles = {content["credit"]: content["title"] for content in contents}
    for line in changes(sealed, {name: again[name] for name in sealed}):
        yield f"submission {seal.submission}, re-evaluated: {_titled(line, titles)}"


def _kept(digest: str) -> Plain | None:
    """The terms stored under a digest, if their content still has that digest."""
    content: Plain | None = Terms.objects.filter(digest=digest).values_list("content", flat=True).first()
    return content if content is not None and digest_of(content) == digest else None


def _titled(line: str, titles: dict[str, str]) -> str:
    """Replace the uuids of credits by their titles."""
    for credit, title in titles.items():
        line = line.replace(credit, f"“{title}”")
    return line


def _row_now(declaration: Declaration, sealed: Content, *, is_frozen: bool) -> Iterator[str]:
    """Compare the declaration's row with the seal; an open cycle may have been shortened since."""
    said = plain_receipt(declaration)
    names = [name for name in said if name in sealed and (is_frozen or name != "cycle")]
    yield from changes({name: sealed[name] for name in names}, {name: said[name] for name in names})
    yield from changes(sealed["total"]["counted"], str(declaration.counted), place="counted points")


def _terms_now(declaration: Declaration, sealed: Content) -> Iterator[str]:
    """Compare the current requirements and attestation with what was signed."""
    if declaration.requirement_set_id is not None:
        plain = plain_requirements(requirements_afresh(declaration.requirement_set_id))
        yield from _rewritten("requirements", sealed, plain)
    if declaration.attestation is None:
        yield "attestation: was signed, is missing"
    else:
        yield from _rewritten("attestation", sealed, plain_wording(declaration.attestation))


def _rewritten(name: str, sealed: Content, now: Plain) -> Iterator[str]:
    digest = sealed[name]["sha256"]
    if digest == digest_of(now):
        return
    kept = _kept(digest)
    yield f"{name} version {sealed[name]['version']}: does not match what was signed"
    if kept is not None:
        yield from changes(kept, now, place=name)


def _documents(declaration: Declaration, contents: list[Content]) -> Iterator[str]:
    """Check every document signed with it, byte by byte; among copies of the same one, one intact copy suffices."""
    wanted = {digest: content["title"] for content in contents for digest in content["evidence"]}
    kept: dict[str, list[tuple[str, int]]] = {}
    found = Evidence.objects.filter(holder=declaration.holder_id, sha256__in=wanted).order_by("id")
    for digest, name, size in found.values_list("sha256", "file", "size"):
        kept.setdefault(digest, []).append((name, size))
    discarded = _discarded(declaration, wanted.keys() - kept.keys())
    for digest, title in wanted.items():
        if digest in discarded:
            continue
        faults = [document_fault(name, size, digest) for name, size in kept.get(digest, [])]
        if all(faults):
            yield f"document {digest[:12]} of “{title}”: {faults[0] if faults else 'there is no record of it'}"


def _discarded(declaration: Declaration, digests: Collection[str]) -> set[str]:
    """Digests of documents deleted after their retention period, by their history; any other deletion is reported."""
    if not digests:
        return set()
    removed = Evidence.pgh_event_model.objects.filter(  # type: ignore[attr-defined]
        holder=declaration.holder_id, sha256__in=digests, pgh_label="delete"
    )
    return set(removed.filter(pgh_context__metadata__reason=PURGE).values_list("sha256", flat=True))
