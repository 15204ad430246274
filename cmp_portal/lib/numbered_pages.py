"""Pages of a declaration's credits, by number, and the way back to a row on one of them."""

from django.http import HttpRequest
from django.utils.translation import gettext as _

from cmp_portal.lib.addresses import number
from cmp_portal.lib.keyset import Pager

MOST_PAGES = 10_000


def page_asked_for(request: HttpRequest) -> int:
    """The number of the page in the URL; the first one without."""
    return min(number(request.GET.get("page")) or 1, MOST_PAGES)


def numbered_pager(url: str, page: int, *, count: int, size: int) -> Pager:
    """The links from a page of the list at `url` to its neighbors, for `count` rows, `size` to a page."""
    last = max(1, -(-count // size))
    return Pager(
        previous_url=f"{url}?page={page - 1}#credits" if page > 1 else "",
        next_url=f"{url}?page={page + 1}#credits" if page < last else "",
        text=_("page %(page)s of %(last)s") % {"page": page, "last": last},
    )


def back_to_row(request: HttpRequest, url: str, *, is_done: bool = True) -> str:
    """The page that a form was on and, on success, its row; a refusal is shown at the top of the page."""
    page, row = number(request.POST.get("page")) or 1, number(request.POST.get("row"))
    query = f"?page={page}" if page > 1 else ""
    return f"{url}{query}{f'#credit-{row}' if row and is_done else ''}"
