"""Style guide: every component with sample data, for those who maintain the pages."""

from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import SimpleLazyObject
from django.views.decorators.http import require_GET

from accounts.enums import Permission
from accounts.permissions import permission_required
from cmp_portal.mail_gallery import mails
from education.queries import ring_of

TONES = ["info", "success", "warning", "danger"]


class SampleForm(forms.Form):
    title = forms.CharField(label="Title", help_text="As shown on the certificate.")
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
    """The gallery's context; each key holds the arguments of the component of that name."""
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
        "mails": mails(),
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
            "title": "MLS(ASCP): all requirements are allocated",
            "body": "You can submit the declaration now. Submit it by 31 May 2027, to leave time for processing.",
            "link": "/declarations/start/",
            "link_text": "Start the declaration",
            "when": "Today",
            "tone": "success",
            "dismiss_url": "/gallery/",
        },
        {
            "title": "Two new credits from ASCP",
            "body": "“Antibody identification” and “Coagulation update” wait to be allocated.",
            "link": "/education/progress/",
            "link_text": "Check Progress",
            "when": "21 November 2026",
            "tone": "info",
            "dismiss_url": "/gallery/",
        },
        {
            "title": "PBT(ASCP) expires in 30 days",
            "body": "",
            "link": "/education/progress/",
            "link_text": "See what is missing",
            "when": "20 November 2026",
            "tone": "warning",
            "dismiss_url": "/gallery/",
        },
        {
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
    return {
        "code": "MLS(ASCP)",
        "title": "Medical Laboratory Scientist · Certificate 214 889",
        "validity_label": "Active",
        "tone": "success",
        "stage_label": "On track",
        "stage_tone": "info",
        "cycle_text": "1 July 2024 to 30 June 2027",
        "ends_label": "Valid until",
        "ends_text": "30 June 2027",
        "days_left_text": "219 days left",
        "ring": ring_of(Decimal("31.5"), Decimal("36"), False),
        "next_sentence": "Allocate two credits that wait: they would fill blood banking.",
        "next_url": "/education/progress/1/suggestion/",
        "next_label": "Allocate credits",
        "progress_url": "/education/progress/",
        "progress_label": "Check progress",
        "renewed_text": "",
        **changes,
    }


def cards() -> list[dict[str, Any]]:
    return [
        card(),
        card(
            code="SBB(ASCP)",
            title="Specialist in Blood Banking · Certificate 3 071",
            stage_label="Ready to declare",
            ring=ring_of(Decimal("36"), Decimal("36"), True),
            cycle_text="1 January 2024 to 31 December 2026",
            ends_text="31 December 2026",
            days_left_text="38 days left",
            next_sentence="All requirements are allocated. Submit the declaration by 30 November 2026.",
            next_url="/declarations/start/",
            next_label="Start the declaration",
        ),
        card(
            code="PBT(ASCP)",
            title="Phlebotomy Technician · Certificate 90 114",
            validity_label="Expired",
            tone="danger",
            ends_label="Expired on",
            stage_label="Declaration open",
            ring=ring_of(Decimal("2.25"), Decimal("9"), False),
            ends_text="31 October 2026",
            days_left_text="23 days ago",
            next_sentence="Record what you completed in the last three years, then declare to be reinstated.",
            next_url="/education/credits/add/",
            next_label="Record a credit",
        ),
        card(
            code="MT(ASCP)",
            title="Medical Technologist · Certificate 118 402",
            validity_label="Lifetime",
            stage_label="",
            ring=None,
            cycle_text="Certified before 2004: this credential has no end date.",
            ends_text="",
            days_left_text="",
            next_sentence="",
            progress_url="",
        ),
    ]


def timeline() -> dict[str, Any]:
    return {
        "today": {"x": "80%", "anchor": "end", "text": "Today"},
        "today_text": "23 November 2026",
        "opens_x": "91.8%",
        "window_width": "8.2%",
        "advised_x": "97.2%",
        "milestones": [
            {"label": "Cycle starts", "text": "1 July 2024", "mark": ""},
            {"label": "Declaration opens", "text": "1 April 2027", "mark": "window"},
            {"label": "Advised last day", "text": "30 May 2027", "mark": "advised"},
            {"label": "Cycle ends", "text": "30 June 2027", "mark": "end"},
        ],
    }


def area(title: str, counted: str, minimum: str, fits: str = "") -> dict[str, Any]:
    have, need = Decimal(counted), Decimal(minimum)
    missing = max(need - have, Decimal(0))
    return {
        "title": title,
        "sum_text": f"{have.normalize():f} of {need.normalize():f}",
        "is_done": not missing,
        "percent": int(min(have / need, Decimal(1)) * 100),
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
            "origin": "ASCP · 14 November 2026",
            "points_text": "1.5 points",
            "sentence": "Counts nowhere yet. It fits blood banking.",
            "status": "not_allocated",
            "detail_url": "/gallery/",
            "shares": [],
            "allocate": {
                "url": "/gallery/",
                "key": 1,
                "points_text": "0.5",
                "options": [
                    {"area_code": "blood-banking", "label": "Blood banking (room for 0.5)"},
                    {"area_code": "rest", "label": "Laboratory specialty, management, education"},
                ],
            },
        },
        {
            "anchor": "credit-2",
            "title": "Hemostasis and thrombosis update",
            "origin": "Mayo Clinic Laboratories · 2 March 2026",
            "points_text": "3 of 3 points",
            "sentence": "Counts in full.",
            "status": "counted",
            "detail_url": "/gallery/",
            "shares": [
                {"label": "Hematology", "area_title": "Hematology", "points_text": "2", "release_url": "/gallery/"},
                {
                    "label": "Laboratory specialty",
                    "area_title": "Laboratory specialty",
                    "points_text": "1",
                    "release_url": "/gallery/",
                },
            ],
            "allocate": None,
        },
        {
            "anchor": "credit-3",
            "title": "General chemistry II",
            "origin": "Cook County Community College · 20 May 2025",
            "points_text": "18 of 45 points",
            "sentence": "18 of 45 count: college courses may make up at most half of the total of 36.",
            "status": "partly",
            "detail_url": "/gallery/",
            "shares": [
                {"label": "Points", "area_title": "Laboratory specialty", "points_text": "18", "release_url": ""}
            ],
            "allocate": None,
        },
        {
            "anchor": "credit-4",
            "title": "Blood gas analysis",
            "origin": "Recorded by you · 31 May 2024",
            "points_text": "2 points",
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
