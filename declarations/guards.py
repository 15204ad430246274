"""Database triggers that protect reviews and appeals."""

import pgtrigger

from cmp_portal.lib.history import never_truncated
from cmp_portal.lib.uploads import USELESS

CHECK = "USING ERRCODE = 'check_violation'"

OF_ITS_DECLARATION = f"""
    IF NOT EXISTS (SELECT 1 FROM declarations_declaration d
                    WHERE d.id = NEW.declaration_id AND d.holder_id = NEW.holder_id) THEN
        RAISE EXCEPTION 'what the Board says and its declaration have different holders' {CHECK};
    END IF;
"""  # noqa: S608 (constants only)

# Locks in the order used everywhere, cycle before declaration, so that a concurrent decision is seen.
IN_REVIEW = f"""
    PERFORM 1 FROM credentials_cycle y
      WHERE y.id = (SELECT d.cycle_id FROM declarations_declaration d WHERE d.id = NEW.declaration_id) FOR UPDATE;
    PERFORM 1 FROM declarations_declaration d WHERE d.id = NEW.declaration_id FOR SHARE;
    IF NOT EXISTS (SELECT 1 FROM declarations_declaration d
                    WHERE d.id = NEW.declaration_id AND d.state IN ('submitted', 'under_audit')) THEN
        RAISE EXCEPTION 'credits are judged while a declaration is in review' {CHECK};
    END IF;
    -- Below zero it is the column's own constraint that refuses.
    IF NEW.submission >= 0
       AND NOT EXISTS (SELECT 1 FROM declarations_declaredcredit c
                         JOIN education_credit k ON k.id = NEW.credit_id AND k.uuid::text = c.content->>'credit'
                        WHERE c.declaration_id = NEW.declaration_id AND c.submission = NEW.submission
                          AND c.submission = (SELECT MAX(l.submission) FROM declarations_declaredcredit l
                                               WHERE l.declaration_id = NEW.declaration_id)) THEN
        RAISE EXCEPTION 'what is judged is a credit of the newest submission' {CHECK};
    END IF;
    IF NEW.area_id IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM credentials_area a
                         JOIN declarations_declaration d ON d.requirement_set_id = a.requirement_set_id
                        WHERE a.id = NEW.area_id AND d.id = NEW.declaration_id) THEN
        RAISE EXCEPTION 'a credit moves to an area of the declared requirements' {CHECK};
    END IF;
"""  # noqa: S608 (constants only)


def _before_insert(name: str, func: str) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Row,
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        func=f"{func} RETURN NEW;",
    )


BOTH_READ_WHAT_A_HOLDER_WRITES = f"""
    IF NOT NEW.is_shared
       AND EXISTS (SELECT 1 FROM accounts_user u WHERE u.id = NEW.by_id AND u.holder_id = NEW.holder_id) THEN
        RAISE EXCEPTION 'a note of the holder is read by both sides' {CHECK};
    END IF;
"""  # noqa: S608 (constants only)


def append_only() -> pgtrigger.Trigger:
    return pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)


# An appeal is sent with its documents at once: later, nothing is added except a readable copy of one that can't be
# opened, while the appeal is pending.
CAME_WITH_ITS_APPEAL = f"""
    IF NOT EXISTS (SELECT 1 FROM declarations_appeal a
                     JOIN declarations_declaration d ON d.id = a.declaration_id
                     JOIN education_evidence e ON e.id = NEW.evidence_id
                    WHERE a.id = NEW.appeal_id AND e.holder_id = d.holder_id
                      AND e.credit_id IS NULL
                      AND CASE WHEN NEW.replaces IS NULL THEN e.uploaded_at = a.at
                               ELSE d.state = 'appealed' AND e.uploaded_at > a.at END) THEN
        RAISE EXCEPTION 'a document of an appeal comes with it, from the same holder' {CHECK};
    END IF;
    IF NEW.replaces IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM declarations_appealdocument f JOIN education_evidence e ON e.id = f.evidence_id
                        WHERE e.uuid = NEW.replaces AND f.appeal_id = NEW.appeal_id
                          AND e.condition IN ({", ".join(f"'{one}'" for one in sorted(USELESS))})) THEN
        RAISE EXCEPTION 'what is replaced is a document of the same appeal that cannot be opened' {CHECK};
    END IF;
    PERFORM 1 FROM declarations_appeal a WHERE a.id = NEW.appeal_id AND NEW.replaces IS NOT NULL FOR UPDATE;
    IF EXISTS (SELECT 1 FROM declarations_appealdocument f
                WHERE f.appeal_id = NEW.appeal_id AND f.replaces = NEW.replaces) THEN
        RAISE EXCEPTION 'one copy comes in the place of one document' {CHECK};
    END IF;
"""  # noqa: S608 (constants only)

# Documents may be deleted only after the Board has decided the appeal, once their retention period is over.
APPEAL_IS_DECIDED = f"""
    IF EXISTS (SELECT 1 FROM declarations_appeal a JOIN declarations_declaration d ON d.id = a.declaration_id
                WHERE a.id = OLD.appeal_id AND d.state = 'appealed') THEN
        RAISE EXCEPTION 'documents stay while an appeal waits' {CHECK};
    END IF;
    RETURN OLD;
"""  # noqa: S608 (constants only)


def appeal_document_guards() -> list[pgtrigger.Trigger]:
    """Documents of an appeal are immutable, and added later only to replace one that can't be opened."""
    return [
        _before_insert("came_with_its_appeal", CAME_WITH_ITS_APPEAL),
        pgtrigger.Protect(name="stays_the_same", operation=pgtrigger.Update),
        pgtrigger.Trigger(
            name="stays_while_it_waits",
            level=pgtrigger.Row,
            when=pgtrigger.Before,
            operation=pgtrigger.Delete,
            func=APPEAL_IS_DECIDED,
        ),
        never_truncated(),
    ]


def ruling_guards() -> list[pgtrigger.Trigger]:
    """A ruling concerns a credit of the newest submission, made while the Board reviews it; append-only."""
    return [_before_insert("is_of_a_review", OF_ITS_DECLARATION + IN_REVIEW), append_only()]


def note_guards() -> list[pgtrigger.Trigger]:
    """A row has the same holder as its declaration; append-only."""
    return [_before_insert("follows_its_declaration", OF_ITS_DECLARATION), append_only()]


def never_kept_from_its_writer() -> pgtrigger.Trigger:
    """What a holder writes is visible to both sides."""
    return _before_insert("is_shared_by_a_holder", BOTH_READ_WHAT_A_HOLDER_WRITES)


def of_its_credential() -> pgtrigger.Trigger:
    """A link is for a credential of the holder who agreed to it."""
    return _before_insert(
        "follows_its_credential",
        f"""
        IF NOT EXISTS (SELECT 1 FROM credentials_credential c
                        WHERE c.id = NEW.credential_id AND c.holder_id = NEW.holder_id) THEN
            RAISE EXCEPTION 'a link and its credential have different holders' {CHECK};
        END IF;
        """,  # noqa: S608 (constants only)
    )
