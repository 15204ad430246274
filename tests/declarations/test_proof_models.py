"""Database constraints of proofs, tried in raw SQL."""

import pytest

from tests.constraint_violations import copy, delete, refused, run, tries, update
from tests.factories import (
    BadgeFactory,
    CycleFactory,
    DeclarationFactory,
    HolderFactory,
    PrintFactory,
    ProofFactory,
    ShareLinkFactory,
)

ADDED_TO = [ProofFactory, PrintFactory, BadgeFactory]
# Their tables refuse every update: what is tried is a copy.
PROOF_TWICE = {
    "declarations_proof_uuid_key": lambda row: {"uuid": str(row.uuid), **of_another(row, "declaration", "cycle")},
    "declarations_proof_declaration_id_key": lambda row: of_another(row, "cycle"),
    "declarations_proof_cycle_id_key": lambda row: of_another(row, "declaration"),
}
PRINT_COPIES = [
    ("declarations_print_sha256_key", {}),
    ("print_digest_is_sha256", {"sha256": "0" * 63}),
    ("print_paper_is_known", {"sha256": "0" * 64, "paper": "poster"}),
]


def of_another(row, *names):
    """Another declaration or cycle of the same holder."""
    make = {"declaration": DeclarationFactory, "cycle": CycleFactory}
    return {f"{name}_id": make[name](holder=row.holder).pk for name in names}


@tries(*PROOF_TWICE)
@pytest.mark.parametrize("constraint", PROOF_TWICE)
def test_a_renewal_is_proven_once(db, constraint):
    row = ProofFactory()

    with refused(constraint):
        copy(row, **PROOF_TWICE[constraint](row))


def test_another_renewal_is_proven_too(db):
    row = ProofFactory()

    assert copy(row, **of_another(row, "declaration", "cycle")) == 1


@tries(*(constraint for constraint, _changed in PRINT_COPIES))
@pytest.mark.parametrize(("constraint", "changed"), PRINT_COPIES)
def test_print_is_refused(db, constraint, changed):
    row = PrintFactory()

    with refused(constraint):
        copy(row, **changed)


def test_paper_may_have_another_print(db):
    assert copy(PrintFactory(), sha256="0" * 64) == 1


@tries("Proof.follows_its_declaration")
def test_proof_has_the_holder_of_its_declaration(db):
    row = ProofFactory()

    with refused("what the Board says and its declaration have different holders"):
        copy(row, holder_id=HolderFactory().pk, **of_another(row, "cycle"))


@tries("Proof.append_only", "Print.append_only", "Badge.append_only")
@pytest.mark.parametrize("factory", ADDED_TO)
@pytest.mark.parametrize("change", [lambda row: update(row, f"{row._meta.pk.column} = {row._meta.pk.column}"), delete])
def test_what_was_issued_stays(db, factory, change):
    row = factory()

    with refused(f"pgtrigger: Cannot update or delete rows from {row._meta.db_table} table"):
        change(row)


@pytest.mark.parametrize("factory", ADDED_TO)
def test_what_was_issued_is_never_truncated(db, factory):
    with refused("history is append-only"):
        run(f"TRUNCATE {factory._meta.model._meta.db_table} CASCADE")


@tries("badge_has_its_own_place", "badge_place_is_in_the_list")
@pytest.mark.parametrize(
    ("constraint", "place"), [("badge_has_its_own_place", 7), ("badge_place_is_in_the_list", 131_072)]
)
def test_badge_has_a_place_of_its_own(db, constraint, place):
    row, other = BadgeFactory(place=7), ProofFactory()

    with refused(constraint):
        copy(row, proof_id=other.pk, place=place)


@tries("badge_once_for_each_end")
@pytest.mark.parametrize("ends_on", [None, "2028-03-31"])
def test_badge_is_one_for_each_end(db, ends_on):
    row = BadgeFactory(place=7, ends_on=ends_on)

    with refused("badge_once_for_each_end"):
        copy(row, place=8)


def test_badge_may_have_the_last_place(db):
    assert copy(BadgeFactory(place=7), proof_id=ProofFactory().pk, place=131_071) == 1


LATER = "made_at + interval '1 day'"
COPIES = [
    ("share_link_digest_is_sha256", {"sha256": "0" * 63}),
    ("declarations_sharelink_sha256_key", {"expires_at": "2099-01-01"}),
    ("share_link_expires_later", {"sha256": "0" * 64, "expires_at": "2000-01-01"}),
    ("share_link_revoked_later", {"sha256": "0" * 64, "revoked_at": "2000-01-01"}),
    ("share_link_shows_what_is_known", {"sha256": "0" * 64, "shows": ["name", "birthday"]}),
    ("share_link_shows_what_is_known", {"sha256": "0" * 64, "shows": []}),
]


@tries(*(constraint for constraint, _changed in COPIES))
@pytest.mark.parametrize(("constraint", "changed"), COPIES)
def test_link_is_refused(db, constraint, changed):
    row = ShareLinkFactory()

    with refused(constraint):
        copy(row, **changed)


def test_another_link_is_accepted(db):
    assert copy(ShareLinkFactory(), sha256="0" * 64, shows=["cycles", "points"]) == 1


@tries("declarations_sharelink_uuid_key")
def test_link_has_an_address_of_its_own(db):
    row = ShareLinkFactory()

    with refused("declarations_sharelink_uuid_key"):
        copy(row, uuid=str(row.uuid), sha256="0" * 64)


@tries("ShareLink.follows_its_credential")
def test_link_shows_a_credential_of_whoever_agreed(db):
    row = ShareLinkFactory()

    with refused("a link and its credential have different holders"):
        copy(row, holder_id=HolderFactory().pk, sha256="0" * 64)


@tries("ShareLink.keeps_what_was_agreed")
@pytest.mark.parametrize("change", ["shows = ARRAY['points']", "expires_at = now()", "note = 'x'"])
def test_link_shows_what_was_agreed_and_nothing_else(db, change):
    with refused("pgtrigger: Cannot update rows from declarations_sharelink table"):
        update(ShareLinkFactory(), change)


def test_link_may_be_revoked(db):
    assert update(ShareLinkFactory(), f"revoked_at = {LATER}") == 1
