"""A provider's latest file, imported like any other, including unmatched and invalid lines."""

import csv
from datetime import date, datetime
from io import BytesIO, StringIO

from accounts.models import Holder
from cmp_portal.demo.days import ago
from cmp_portal.lib.feeds.progress import Progress
from cmp_portal.lib.feeds.reading import Feed
from education.actions import intake
from education.models import Provider

PROVIDER = "ascp"
DELIVERED_AGO = 2
HEADER = ("external_id", "customer_number", "title", "kind", "subjects", "completed_on", "points")
NOBODY = "Nobody"
# Holder's last name, days since completion, title, subject, points.
DELIVERED = (
    ("Ellery", 9, "Professional boundaries: medical ethics in ten cases", "ethics", "1"),
    ("Castellan", 6, "Welcome to the profession: quality control in practice", "safety", "1"),
    ("Marchetti-Boyd", 12, "Immunohistochemistry controls: choosing and reading them", "histology", "1.5"),
    ("Verhoeven", 8, "Granulocyte transfusion: a renewed interest", "blood-banking", "1"),
    ("Falconer", 5, "Sepsis biomarkers compared", "chemistry", "1"),
    ("Thorsby", 11, "Reticulocyte parameters in daily use", "hematology", "0.5"),
    ("Castlebrook", 7, "Droplet digital PCR in oncology", "molecular-biology", "2"),
    ("Hartgrove", 10, "Grossing the cirrhotic liver", "anatomic-pathology", "2"),
    ("Blackwood-Ruiz", 6, "Emerging fungi: Candida auris", "microbiology", "1"),
    (NOBODY, 9, "Sepsis biomarkers compared", "chemistry", "1"),
    (NOBODY, 4, "Reticulocyte parameters in daily use", "hematology", "0.5"),
    ("Falconer", 3, "Poster session without contact hours", "chemistry", "0"),
)


def deliver(*, on: date, at: datetime) -> None:
    """Import the file as the command does."""
    content = _file(on)
    feed = Feed(BytesIO(content), intake.columns(on=ago(on, DELIVERED_AGO)))
    intake.receive(
        feed=feed,
        provider=Provider.objects.get(code=PROVIDER),
        name=f"ascp-credits-{ago(on, DELIVERED_AGO)}.csv",
        at=at,
        progress=Progress(len(content), StringIO()),
    )


def _file(on: date) -> bytes:
    numbers = dict(Holder.objects.order_by("id").values_list("last_name", "customer_number"))
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER)
    for line, (name, days, title, subjects, points) in enumerate(DELIVERED, start=1):
        day = ago(on, days)
        number = numbers.get(name, str(10990000 + line))
        writer.writerow([f"ASCP-{on.year}-{900000 + line}", number, title, "ce-course", subjects, day, points])
    return out.getvalue().encode()
