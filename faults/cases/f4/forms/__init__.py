"""The portal's forms, each a function that creates what the form needs and returns it ready to submit."""

from faults.cases.f4.forms import (
    answers,
    board_audits,
    board_plain,
    board_queues,
    board_systems,
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
BOARD = board_audits.FORMS | board_plain.FORMS | board_queues.FORMS | board_systems.FORMS
OTHERS = logins.FORMS | steps.FORMS | providers.FORMS | public.FORMS
FORMS = HOLDERS | BOARD | OTHERS
# They only change a session, send mail or answer a query.
NO_EFFECT = board_plain.NO_EFFECT | logins.NO_EFFECT | providers.NO_EFFECT | public.NO_EFFECT
