import pytest

from declarations.models import DeclaredCredit, Seal
from declarations.queries.signed import BROKEN, CHANGED, LOST, OTHERWISE, REWRITTEN, UNEQUAL
from declarations.rules import chained
from tests.planting import Fault, each, found, found_in, planted, without

pytestmark = pytest.mark.django_db
DAYS = "cycles whose declared date differs from their declaration"
FROZEN = "cycles whose allocations are wrongly frozen or not frozen"
LED_ELSEWHERE = "declarations whose state differs from their last step"
PLACE = "declarations whose queue entry is wrong or missing"
SAID = "rulings and notes with a different holder than their declaration"
STATUS = "status rows of declared cycles that differ from what was signed"


def declaration(w, assignment):
    return f"UPDATE declarations_declaration SET {assignment} WHERE id = {w.submitted.pk}"


def cycle(of, assignment):
    return f"UPDATE credentials_cycle SET {assignment} WHERE id = {of.cycle_id}"


def signed(w, change):
    """SQL that does something to a signed row in the middle."""
    return f"{change} WHERE declaration_id = {w.submitted.pk} AND position = 3"


def sign_again(w, *, sealed=None, **changed):
    """Changes the first signed row and recomputes chain and seal behind it, as somebody would who knows how."""
    previous = ""
    for row in DeclaredCredit.objects.filter(declaration=w.submitted).order_by("position"):
        content = row.content | (changed if row.position == 1 else {})
        digest = chained(previous, content)
        DeclaredCredit.objects.filter(pk=row.pk).update(content=content, previous_hash=previous, hash=digest)
        previous = digest
    seal = Seal.objects.get(declaration=w.submitted)
    content = seal.content | (sealed or {})
    Seal.objects.filter(pk=seal.pk).update(content=content, previous_hash=previous, hash=chained(previous, content))
    return "SELECT 1"


def in_requirements(w, table, assignment):
    return f"UPDATE {table} SET {assignment} WHERE requirement_set_id = {w.submitted.requirement_set_id}"


MOVED = [
    Fault(
        "a declaration of another holder",
        {
            "declarations with a different holder than their cycle",
            "fees with a different holder than their declaration",
            PLACE,
        },
        lambda w: declaration(w, f"holder_id = {w.share.holder_id}"),
    ),
    Fault(
        "a second live declaration",
        {"cycles with several live declarations", DAYS, FROZEN},
        lambda w: (
            f"""
            DROP INDEX declaration_one_live_per_cycle;
            INSERT INTO declarations_declaration (uuid, holder_id, cycle_id, state, created_at)
            SELECT gen_random_uuid(), holder_id, cycle_id, 'draft', now() FROM declarations_declaration
             WHERE id = {w.submitted.pk}"""
        ),
    ),
    Fault(
        "a step that is gone",
        {LED_ELSEWHERE, LOST},
        lambda w: f"DELETE FROM declarations_step WHERE declaration_id = {w.submitted.pk}",
    ),
    Fault(
        "a step from nowhere",
        {"declaration steps out of sequence"},
        lambda w: f"UPDATE declarations_step SET from_state = 'returned' WHERE declaration_id = {w.submitted.pk}",
    ),
    Fault(
        "a move that is not allowed",
        {"declaration steps out of sequence"},
        lambda w: (
            without("declarations_step", "step_is_a_legal_move")
            + f"UPDATE declarations_step SET move = 'renew' WHERE move = 'approve' AND declaration_id = {w.renewed.pk}"
        ),
    ),
    Fault(
        "a state without its step",
        {LED_ELSEWHERE, "declarations under audit without an audit", PLACE},
        lambda w: declaration(w, "state = 'under_audit'"),
    ),
    Fault(
        "a decision nobody signed",
        {"unsigned decisions on declarations"},
        lambda w: (
            f"""UPDATE declarations_declaration SET decided_at = NULL, decided_by_id = NULL, decided_on = NULL
                       WHERE id = {w.renewed.pk}"""
        ),
    ),
    Fault(
        "an appeal without its letter",
        {"appeals without their step, or steps without their appeal"},
        lambda w: f"DELETE FROM declarations_appeal WHERE declaration_id = {w.appealed.pk}",
    ),
]
RECEIVED = [
    Fault(
        "a receipt of another day",
        {"incomplete or inconsistent receipts", DAYS, OTHERWISE},
        lambda w: declaration(w, "received_on = received_on - 1"),
    ),
    Fault(
        "a declaration nobody attested",
        {"incomplete or inconsistent receipts", REWRITTEN},
        lambda w: (
            without("declarations_declaration", "declaration_submitted_is_whole")
            + declaration(w, "attestation_id = NULL")
        ),
    ),
    Fault(
        "requirements that thawed",
        {"declarations whose requirement set is not frozen or not their cycle's"},
        lambda w: (
            f"""UPDATE credentials_requirementset SET frozen_at = NULL
                       WHERE id = {w.submitted.requirement_set_id}"""
        ),
    ),
    Fault(
        "a window of another day",
        {"declarations with a different window than their cycle", OTHERWISE},
        lambda w: declaration(w, "window_starts_on = window_starts_on - 1"),
    ),
]
CYCLES = [
    Fault("a cycle declared on another day", {DAYS}, lambda w: cycle(w.submitted, "declared_on = declared_on - 1")),
    Fault("a declared cycle that is free", {FROZEN}, lambda w: cycle(w.submitted, "shares_frozen_at = NULL")),
    Fault("a returned cycle that is frozen", {FROZEN}, lambda w: cycle(w.returned, "shares_frozen_at = now()")),
    Fault(
        "a cycle closed before its renewal",
        {"cycles that are wrongly closed or open"},
        lambda w: cycle(w.submitted, "closed_at = now()"),
    ),
    Fault(
        "a renewal without a next cycle",
        {"renewed cycles without a next cycle"},
        lambda w: (
            f"""DELETE FROM credentials_cycle
                       WHERE credential_id = {w.renewed.cycle.credential_id} AND closed_at IS NULL"""
        ),
    ),
    Fault(
        "a status row changed after the signature",
        {STATUS},
        lambda w: f"UPDATE education_cyclestatus SET counted = 1 WHERE cycle_id = {w.submitted.cycle_id}",
    ),
    Fault(
        "a declared cycle that lacks something",
        {"declared cycles whose requirements are not met"},
        lambda w: (
            f"""UPDATE education_cyclestatus SET missing = 1, is_complete = FALSE
                       WHERE cycle_id = {w.submitted.cycle_id}"""
        ),
        notes=True,
    ),
]
SIGNED = [
    Fault(
        "nothing signed",
        {LOST},
        lambda w: f"DELETE FROM declarations_declaredcredit WHERE declaration_id = {w.submitted.pk}",
    ),
    Fault(
        "signed content that was changed",
        {BROKEN},
        lambda w: signed(w, """UPDATE declarations_declaredcredit SET content = content || '{"points": "3.00"}'"""),
    ),
    Fault(
        "a hash that was changed",
        {BROKEN},
        lambda w: signed(w, "UPDATE declarations_declaredcredit SET hash = md5('') || md5('')"),
    ),
    Fault(
        "a list in the place of signed content",
        {BROKEN},
        lambda w: signed(w, "UPDATE declarations_declaredcredit SET content = '[]'"),
    ),
    Fault(
        "a number too long to be read",
        {BROKEN},
        lambda w: signed(w, f"UPDATE declarations_declaredcredit SET content = '{'9' * 5000}'"),
    ),
    Fault(
        "lists too deep to be read",
        {BROKEN},
        lambda w: signed(w, f"UPDATE declarations_declaredcredit SET content = '{'[' * 3000}{']' * 3000}'"),
    ),
    Fault("a signed row that is gone", {BROKEN}, lambda w: signed(w, "DELETE FROM declarations_declaredcredit")),
    Fault(
        "the last signed rows that are gone",
        {BROKEN},
        lambda w: (
            f"""DELETE FROM declarations_declaredcredit
                       WHERE declaration_id = {w.submitted.pk} AND position > 6"""
        ),
    ),
    Fault("another area, signed anew", {CHANGED}, lambda w: sign_again(w, area="rest")),
    Fault("more points, signed anew", {CHANGED, UNEQUAL}, lambda w: sign_again(w, points="4.00", credit_points="4.00")),
    Fault("words that are no content, signed anew", {BROKEN}, lambda w: sign_again(w, points="many")),
    Fault("a sum that is none", {UNEQUAL, STATUS, OTHERWISE}, lambda w: declaration(w, "counted = counted + 100")),
    Fault(
        "a share changed after the signature",
        {CHANGED},
        lambda w: (
            f"""UPDATE education_allocation SET points = points - 25
                       WHERE id = (SELECT MIN(id) FROM education_allocation WHERE cycle_id = {w.submitted.cycle_id})"""
        ),
    ),
]
QUEUE = [
    Fault(
        "a place that is gone",
        {PLACE},
        lambda w: f"DELETE FROM declarations_waiting WHERE declaration_id = {w.submitted.pk}",
    ),
    Fault(
        "a place of one that is decided",
        {PLACE},
        lambda w: (
            f"""INSERT INTO declarations_waiting (declaration_id, holder_id, credential_type_id, state, due_on, flags)
                SELECT {w.renewed.pk}, w.holder_id, w.credential_type_id, w.state, w.due_on, w.flags
                  FROM declarations_waiting w WHERE w.declaration_id = {w.submitted.pk}"""
        ),
    ),
    Fault(
        "another day to be decided by",
        {PLACE},
        lambda w: f"UPDATE declarations_waiting SET due_on = due_on + 1 WHERE declaration_id = {w.submitted.pk}",
    ),
    Fault(
        "a copy in the place of no document",
        {
            "appeal documents that replace one of another appeal",
            "documents that belong to neither or both of a credit and an appeal",
        },
        lambda w: (
            f"""INSERT INTO declarations_appealdocument (appeal_id, evidence_id, replaces)
                SELECT id, {w.evidence.pk}, gen_random_uuid() FROM declarations_appeal
                 WHERE declaration_id = {w.appealed.pk}"""
        ),
    ),
    Fault(
        "a document that proves nothing and came with nothing",
        {"documents that belong to neither or both of a credit and an appeal"},
        lambda w: f"UPDATE education_evidence SET credit_id = NULL WHERE id = {w.evidence.pk}",
    ),
    Fault(
        "a note of another holder",
        {SAID},
        lambda w: (
            f"""INSERT INTO declarations_note (uuid, holder_id, declaration_id, is_shared, text, by_id, at)
                VALUES (gen_random_uuid(), {w.share.holder_id}, {w.submitted.pk}, FALSE, 'A note', {w.reviewer.pk},
                        now())"""
        ),
    ),
]


SEALED = [
    Fault(
        "a seal that is gone",
        {LOST},
        lambda w: f"DELETE FROM declarations_seal WHERE declaration_id = {w.submitted.pk}",
    ),
    Fault(
        "a seal that was changed",
        {BROKEN},
        lambda w: (
            f"""UPDATE declarations_seal SET content = content || '{{"certificate_number": "1"}}'
                       WHERE declaration_id = {w.submitted.pk}"""
        ),
    ),
    Fault(
        "a seal over fewer shares, sealed anew",
        {BROKEN},
        lambda w: sign_again(w, sealed={"shares": 5}),
    ),
    Fault(
        "a seal of another day, sealed anew", {OTHERWISE}, lambda w: sign_again(w, sealed={"received_on": "2026-03-01"})
    ),
    Fault("a seal that says nothing, sealed anew", {BROKEN}, lambda w: sign_again(w, sealed={"total": {}})),
    Fault(
        "a list in the place of a seal",
        {BROKEN, REWRITTEN},
        lambda w: f"UPDATE declarations_seal SET content = '[]' WHERE declaration_id = {w.submitted.pk}",
    ),
    Fault("terms that are none, sealed anew", {REWRITTEN}, lambda w: sign_again(w, sealed={"requirements": "none"})),
    Fault("different number", {OTHERWISE}, lambda w: declaration(w, "number = '2026-99999999'")),
    Fault(
        "an area that was rewritten",
        {REWRITTEN},
        lambda w: in_requirements(w, "credentials_area", "title = 'Medical Ethics' || position"),
    ),
    Fault(
        "a rule that was rewritten",
        {REWRITTEN},
        lambda w: in_requirements(w, "credentials_rule", "maximum = maximum + 100"),
    ),
    Fault(
        "a wording that was rewritten",
        {REWRITTEN},
        lambda w: "UPDATE declarations_attestation SET text = 'I attest nothing.'",
    ),
    Fault(
        "terms that were rewritten",
        {REWRITTEN},
        lambda w: """UPDATE declarations_terms SET content = content || '{"title": "Another"}'""",
    ),
    Fault("terms that are gone", {REWRITTEN}, lambda w: "DELETE FROM declarations_terms"),
]


@each(MOVED + RECEIVED + CYCLES + SIGNED + QUEUE + SEALED)
def test_a_planted_fault_is_found(world, fault):
    assert found_in(fault, world) == fault.finds


def test_where_a_chain_breaks_is_told(world):
    broken = Fault("broken", set(), lambda w: signed(w, "UPDATE declarations_declaredcredit SET content = '{}'"))

    with planted(broken, world):
        [difference] = found()[BROKEN].first

    assert (difference.key, difference.text) == (world.submitted.pk, "submission 1, position 3")


def test_signed_points_beyond_a_limit_need_not_count(world):
    old = Fault(
        "broken",
        set(),
        lambda w: (
            sign_again(w, completed_on="2019-01-01", sealed={"total": {"needed": "36.00", "counted": "34.00"}})
            + ";"
            + declaration(w, "counted = 3400")
        ),
    )

    with planted(old, world):
        found_then = set(found())

    assert found_then == {STATUS}
