"""Which holders' declarations an auditor may not be assigned."""

from accounts.models import User
from audits.models import Colleague
from audits.rules import AuditorFacts


def auditor_facts(auditor: User) -> AuditorFacts:
    """The auditor as the rule sees them: `rules.may_audit(auditor_facts(user), holder)`."""
    marked = Colleague.objects.filter(auditor=auditor).values_list("colleague", flat=True)
    return AuditorFacts(auditor.holder_id, frozenset(marked))
