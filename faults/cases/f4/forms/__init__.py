"""The forms of the portal, each about to be sent, with everything it needs made anew."""

from faults.cases.f4.forms import credits, declarations, fees, people, sharing

FORMS = credits.FORMS | declarations.FORMS | fees.FORMS | people.FORMS | sharing.FORMS
# They change a session only.
NO_EFFECT = {"log in", "log out"}
