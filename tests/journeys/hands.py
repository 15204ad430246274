"""How somebody works at a page: with a mouse, or with the keys alone, seeing at each stop where they are."""

import re
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Locator, Page

MOST_STOPS = 250
# Around what has the focus there is a line one can see; nothing else stands before what the window shows of it.
IS_SEEN = """
    element => {
        const box = element.getBoundingClientRect(), style = getComputedStyle(element);
        const amid = (from, to, end) => (Math.max(from, 0) + Math.min(to, end)) / 2;
        const x = amid(box.left, box.right, innerWidth), y = amid(box.top, box.bottom, innerHeight);
        const above = document.elementFromPoint(x, y);
        return element.matches(":focus-visible") && style.outlineStyle === "solid"
            && parseFloat(style.outlineWidth) >= 2 && box.width > 0 && box.height > 0
            && above !== null && (element.contains(above) || above.contains(element));
    }
"""
HAS_FOCUS = "element => element === document.activeElement"


class Mouse:
    """Points at things and clicks."""

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
    """Goes from stop to stop by Tab, as often as it takes, and never touches anything else."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        # From now on and not when the key is pressed, since the browser may open it sooner than it is told to ask us.
        page.on("filechooser", lambda chooser: None)

    def presses(self, what: Locator) -> None:
        self._reaches(what)
        self._key("Enter")

    def writes(self, what: Locator, text: str) -> None:
        """A day goes into its three parts one after the other; whatever else stood there is overwritten."""
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
        """Of several, with one stop for all of them: Tab comes to the first, and arrows lead on."""
        group = self.page.locator(f"input[type=radio][name='{what.get_attribute('name')}']")
        self._reaches(group.first)
        self._key("Space")
        for _other in range(group.count()):
            if what.is_checked():
                return
            self._key("ArrowDown")
        assert what.is_checked()

    def picks(self, what: Locator, option: str) -> None:
        """By its first letters, as one finds a line in a long list."""
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
        for _stop in range(MOST_STOPS):
            if what.evaluate(HAS_FOCUS):
                return
            self._key("Tab")
            self._sees_where()
        raise AssertionError(f"Tab never comes to {what}")

    def _sees_where(self) -> None:
        here = self.page.locator(":focus")
        if here.count() and not here.evaluate(IS_SEEN):
            raise AssertionError(f"Nothing shows where the focus is: {here.evaluate('one => one.outerHTML')[:300]}")

    def _key(self, name: str) -> None:
        self.page.keyboard.press(name)
