"""Every component once, with made-up data: for those who look after the pages."""

from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import SimpleLazyObject
from django.views.decorators.http import require_GET

from accounts.enums import Permission
from accounts.permissions import permission_required

TONES = ["info", "success", "warning", "danger"]


class SampleForm(forms.Form):
    title = forms.CharField(label="Title", help_text="As it stands on the certificate.")
    completed_on = forms.DateField(label="Completed on", widget=forms.DateInput(attrs={"type": "date"}))
    kind = forms.ChoiceField(label="Activity", choices=[("ce-course", "CE course"), ("article", "Article")])
    note = forms.CharField(label="Note", widget=forms.Textarea(attrs={"rows": 3}), required=False)
    certificate = forms.FileField(label="Certificate", help_text="PDF, PNG or JPEG, up to 20 MB.", required=False)
    attested = forms.BooleanField(label="These entries are true.")


@require_GET
@permission_required(Permission.BACK_OFFICE)
def gallery(request: HttpRequest) -> HttpResponse:
    """Every component on one page, for staff."""
    return render(request, "cmp_portal/gallery.html", samples())


def samples() -> dict[str, Any]:
    """The context of the gallery; each key is what a component of that name takes."""
    return {
        "tones": TONES,
        "badges": [
            {"tone": "success", "label": "Active"},
            {"tone": "info", "label": "On track"},
            {"tone": "warning", "label": "Suspended"},
            {"tone": "danger", "label": "Expired"},
            {"tone": "neutral", "label": "Draft"},
        ],
        "alerts": alerts(),
        "cards": cards(),
        "timeline": timeline(),
        "areas": areas(),
        "rows": rows(),
        "steps": steps(),
        "definitions": [
            {"label": "Provider", "value": "American Society for Clinical Pathology"},
            {"label": "Completed on", "value": "14 March 2026"},
        ],
        "pager": {"previous_url": "?page=1", "next_url": "?page=3", "text": "26 to 50 of 61"},
        "form": SimpleLazyObject(SampleForm),
        "wrong_form": SimpleLazyObject(lambda: SampleForm({"title": "", "kind": "ce-course", "completed_on": ""})),
    }


def alerts() -> list[dict[str, Any]]:
    return [
        {
            "id": 1,
            "title": "MLS(ASCP): all requirements are allocated",
            "body": "You can submit the declaration now. Submit it by 31 May 2027, to leave time for processing.",
            "link": "/declarations/start/",
            "link_text": "Start the declaration",
            "when": "Today",
            "tone": "success",
            "dismiss_url": "/gallery/",
        },
        {
            "id": 2,
            "title": "Two new credits from ASCP",
            "body": "“Antibody identification” and “Coagulation update” wait to be allocated.",
            "link": "/education/progress/",
            "link_text": "Check Progress",
            "when": "21 November 2026",
            "tone": "info",
            "dismiss_url": "/gallery/",
        },
        {
            "id": 3,
            "title": "PBT(ASCP) expires in 30 days",
            "body": "",
            "link": "/education/progress/",
            "link_text": "See what is missing",
            "when": "20 November 2026",
            "tone": "warning",
            "dismiss_url": "/gallery/",
        },
        {
            "id": 4,
            "title": "SBB(ASCP) has expired",
            "body": "You can be reinstated with a declaration of what you completed in the last three years.",
            "link": "",
            "link_text": "",
            "when": "1 November 2026",
            "tone": "danger",
            "dismiss_url": "",
        },
    ]


def card(**changes: Any) -> dict[str, Any]:
    counted, needed = changes.get("counted", Decimal("31.50")), changes.get("needed", Decimal("36.00"))
    share = min(counted / needed, Decimal(1))
    return {
        "code": "MLS(ASCP)",
        "title": "Medical Laboratory Scientist",
        "certificate_number": "214 889",
        "validity": "active",
        "validity_label": "Active",
        "stage_label": "On track",
        "has_cycle": True,
        "cycle_text": "1 July 2024 to 30 June 2027",
        "ends_text": "30 June 2027",
        "days_left_text": "219 days left",
        "counted": counted,
        "needed": needed,
        "missing": max(needed - counted, Decimal(0)),
        "percent": int(share * 100),
        "ring_dash": int(share * 1000),
        "next_sentence": "Allocate two credits that wait: they would fill blood banking.",
        "next_url": "/education/progress/",
        "next_label": "Allocate credits",
        "progress_url": "/education/progress/",
        "renewed_text": "",
        "is_complete": counted >= needed,
        **changes,
    }


def cards() -> list[dict[str, Any]]:
    return [
        card(),
        card(
            code="SBB(ASCP)",
            title="Specialist in Blood Banking",
            certificate_number="3 071",
            stage_label="Ready to declare",
            counted=Decimal("36.00"),
            cycle_text="1 January 2024 to 31 December 2026",
            ends_text="31 December 2026",
            days_left_text="38 days left",
            next_sentence="All requirements are allocated. Submit the declaration by 30 November 2026.",
            next_url="/declarations/start/",
            next_label="Start the declaration",
        ),
        card(
            code="PBT(ASCP)",
            title="Phlebotomy Technician",
            certificate_number="90 114",
            validity="expired",
            validity_label="Expired",
            stage_label="Open",
            counted=Decimal("2.25"),
            needed=Decimal("9.00"),
            ends_text="31 October 2026",
            days_left_text="23 days ago",
            next_sentence="Record what you completed in the last three years, then declare to be reinstated.",
            next_url="/education/credits/add/",
            next_label="Record a credit",
        ),
        card(
            code="MT(ASCP)",
            title="Medical Technologist",
            certificate_number="118 402",
            validity="lifetime",
            validity_label="Lifetime",
            stage_label="",
            has_cycle=False,
            cycle_text="Certified before 2004: this credential has no end date.",
            ends_text="",
            days_left_text="",
            next_sentence="",
            progress_url="",
        ),
    ]


def timeline() -> dict[str, Any]:
    return {
        "starts_text": "1 July 2024",
        "today_x": 800,
        "today_text": "23 November 2026",
        "opens_x": 918,
        "opens_text": "1 April 2027",
        "advised_x": 972,
        "advised_text": "30 May 2027",
        "ends_x": 1000,
        "ends_text": "30 June 2027",
        "alt": "The cycle runs from 1 July 2024 to 30 June 2027. Today, 23 November 2026, four fifths are over. "
        "The declaration opens on 1 April 2027; submit it by 30 May 2027.",
    }


def area(title: str, counted: str, minimum: str, fits: str = "") -> dict[str, Any]:
    have, need = Decimal(counted), Decimal(minimum)
    missing = max(need - have, Decimal(0))
    return {
        "code": title.lower().replace(" ", "-"),
        "title": title,
        "counted": have,
        "minimum": need,
        "missing": missing,
        "percent": int(min(have / (need or have or 1), Decimal(1)) * 100),
        "text": f"{missing.normalize():f} missing." if missing else "Complete.",
        "fits_text": fits,
    }


def areas() -> list[dict[str, Any]]:
    return [
        area("Blood banking", "1.50", "2.00", "“Antibody identification” would fit: 1.5 points."),
        area("Chemistry", "2.00", "2.00"),
        area("Hematology", "3.25", "2.00"),
        area("Microbiology", "2.00", "2.00"),
        area("Laboratory or patient safety", "1.00", "1.00"),
        area("Medical ethics", "0.00", "1.00", "None of your credits fits."),
        area("Laboratory specialty, management, education or other related", "21.75", "26.00"),
    ]


def rows() -> list[dict[str, Any]]:
    return [
        {
            "anchor": "credit-1",
            "title": "Antibody identification: beyond the basics",
            "provider": "ASCP",
            "completed": "14 November 2026",
            "points": "1.5",
            "counted": "",
            "sentence": "Counts nowhere yet. It fits blood banking.",
            "status": "not_allocated",
            "detail_url": "/gallery/",
            "shares": [],
            "allocate": {
                "url": "/gallery/",
                "points": "0.5",
                "options": [
                    {"area_code": "blood-banking", "label": "Blood banking", "room": "0.5"},
                    {"area_code": "rest", "label": "Laboratory specialty, management, education", "room": ""},
                ],
            },
        },
        {
            "anchor": "credit-2",
            "title": "Hemostasis and thrombosis update",
            "provider": "Mayo Clinic Laboratories",
            "completed": "2 March 2026",
            "points": "3",
            "counted": "3",
            "sentence": "Counts in full.",
            "status": "counted",
            "detail_url": "/gallery/",
            "shares": [
                {"area_title": "Hematology", "points": "2", "release_url": "/gallery/"},
                {"area_title": "Laboratory specialty", "points": "1", "release_url": "/gallery/"},
            ],
            "allocate": None,
        },
        {
            "anchor": "credit-3",
            "title": "General chemistry II",
            "provider": "Cook County Community College",
            "completed": "20 May 2025",
            "points": "45",
            "counted": "18",
            "sentence": "18 of 45 count: college courses may make up at most half of the total of 36.",
            "status": "partly",
            "detail_url": "/gallery/",
            "shares": [{"area_title": "Laboratory specialty", "points": "18", "release_url": ""}],
            "allocate": None,
        },
        {
            "anchor": "credit-4",
            "title": "Blood gas analysis",
            "provider": "Recorded by you",
            "completed": "31 May 2024",
            "points": "2",
            "counted": "",
            "sentence": "Does not count: completed before the cycle began on 1 July 2024.",
            "status": "outside",
            "detail_url": "/gallery/",
            "shares": [],
            "allocate": None,
        },
    ]


def steps() -> list[dict[str, Any]]:
    return [
        {"title": "Draft", "text": "", "when": "20 November 2026, 16:02", "state": "done"},
        {"title": "Submitted", "text": "Received in time.", "when": "23 November 2026, 09:14", "state": "done"},
        {"title": "Under review", "text": "The Board checks your declaration.", "when": "", "state": "current"},
        {"title": "Renewal", "text": "Not before 1 December 2026.", "when": "", "state": ""},
    ]
