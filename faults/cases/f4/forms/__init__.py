"""The forms of the portal, each about to be sent, with everything it needs made anew."""

from faults.cases.f4.forms import (
    answers,
    credits,
    declarations,
    fees,
    logins,
    payments,
    people,
    providers,
    public,
    sharing,
    steps,
)

HOLDERS = (
    answers.FORMS | credits.FORMS | declarations.FORMS | fees.FORMS | payments.FORMS | people.FORMS | sharing.FORMS
)
OTHERS = logins.FORMS | steps.FORMS | providers.FORMS | public.FORMS
FORMS = HOLDERS | OTHERS
# They change a session only, mail, or answer a question.
NO_EFFECT = logins.NO_EFFECT | providers.NO_EFFECT | public.NO_EFFECT
