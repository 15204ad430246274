"""Ways to operate a page: by mouse, or by keyboard alone with a visible focus at each stop."""

import re
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Locator, Page

MOST_STOPS = 250
# Remembers the element to be reached, and tells whether it has the focus.
AIM = "element => (window.aim = element) === document.activeElement"
# What has the focus but cannot be seen, and whether it is what is to be reached; null once that is no longer there.
# The focused element has a visible outline, and nothing covers the part of it inside the viewport.
STOP = """
    () => {
        const isSeen = (element) => {
            const box = element.getBoundingClientRect(), style = getComputedStyle(element);
            const amid = (from, to, end) => (Math.max(from, 0) + Math.min(to, end)) / 2;
            const x = amid(box.left, box.right, innerWidth), y = amid(box.top, box.bottom, innerHeight);
            const above = document.elementFromPoint(x, y);
            return element.matches(":focus-visible") && style.outlineStyle === "solid"
                && parseFloat(style.outlineWidth) >= 2 && box.width > 0 && box.height > 0
                && above !== null && (element.contains(above) || above.contains(element));
        };
        const here = document.querySelector(":focus");
        const unseen = here && !isSeen(here) ? here.outerHTML.slice(0, 300) : null;
        return [unseen, window.aim?.isConnected ? window.aim === document.activeElement : null];
    }
"""


class Mouse:
    """Operates a page by mouse."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def presses(self, what: Locator) -> None:
        what.click()

    def writes(self, what: Locator, text: str) -> None:
        what.fill(text)

    def ticks(self, what: Locator) -> None:
        what.check()

    def chooses(self, what: Locator) -> None:
        what.check()

    def picks(self, what: Locator, option: str) -> None:
        what.select_option(label=option)

    def attaches(self, what: Locator, files: Sequence[Path]) -> None:
        what.set_input_files(files)


class Keyboard(Mouse):
    """Operates a page by keyboard alone, moving with Tab."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        # Registered up front, since the browser may open the chooser before a later listener takes effect.
        page.on("filechooser", lambda chooser: None)

    def presses(self, what: Locator) -> None:
        self._reaches(what)
        self._key("Enter")

    def writes(self, what: Locator, text: str) -> None:
        """Type a text over the current value; a date is typed into its three parts."""
        self._reaches(what)
        if day := re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", text):
            text = "{1}{2}{0}".format(*day.groups())
        else:
            self._key("Control+A")
        self.page.keyboard.type(text)

    def ticks(self, what: Locator) -> None:
        self._reaches(what)
        self._key("Space")
        assert what.is_checked()

    def chooses(self, what: Locator) -> None:
        """Select a radio button: Tab reaches the group, arrow keys move within it."""
        group = self.page.locator(f"input[type=radio][name='{what.get_attribute('name')}']")
        self._reaches(group.first)
        self._key("Space")
        for _other in range(group.count()):
            if what.is_checked():
                return
            self._key("ArrowDown")
        assert what.is_checked()

    def picks(self, what: Locator, option: str) -> None:
        """Select an option by typing its label."""
        self._reaches(what)
        self.page.keyboard.type(option)
        assert what.locator("option:checked").inner_text() == option

    def attaches(self, what: Locator, files: Sequence[Path]) -> None:
        self._reaches(what)
        with self.page.expect_file_chooser() as chooser:
            self._key("Space")
        chooser.value.set_files(files)

    def _reaches(self, what: Locator) -> None:
        what.wait_for()
        self.page.wait_for_load_state()
        arrived = what.evaluate(AIM)
        for _stop in range(MOST_STOPS):
            if arrived:
                return
            self._key("Tab")
            arrived = self._sees_where()
            if arrived is None:
                arrived = what.evaluate(AIM)
        raise AssertionError(f"Tab never reaches {what}")

    def _sees_where(self) -> bool | None:
        unseen, arrived = self.page.evaluate(STOP)
        if unseen:
            raise AssertionError(f"The focus is not visible: {unseen}")
        return arrived

    def _key(self, name: str) -> None:
        self.page.keyboard.press(name)
