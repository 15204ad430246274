"""Find elements that Tab doesn't reach, and keyboard traps (WCAG 2.1.1, 2.1.2)."""

from playwright.sync_api import Page

# After so many stops the page is asked whether they went round it: those beyond were stops before.
STRIDE = 8
WATCH = """
    () => {
        const CONTROLS = "a[href], button, input, select, textarea, summary, [onclick], [role=button], [tabindex='0']";
        const shown = (one) => !one.disabled && one.type !== "hidden" && one.getBoundingClientRect().width > 0
            && one.checkVisibility({ visibilityProperty: true });
        const controls = [...document.querySelectorAll(CONTROLS)].filter(shown);
        const groups = new Set(), told = (one) => one.outerHTML.replace(/\\s+/g, " ").slice(0, 120);
        const been = new Set();
        let first = null, isRound = false;
        document.addEventListener("focusin", ({ target }) => {
            isRound ||= target === first;
            first ??= target;
            been.add(target);
            if (target.type === "radio") groups.add(target.name);
        }, true);
        document.activeElement.blur();
        window.stops = {
            most: 4 * controls.length + 20, // a day has a stop for each of its parts
            isRound: () => isRound,
            missed: () => controls.filter((one) => !been.has(one) && !(one.type === "radio" && groups.has(one.name)))
                .map((one) => `Tab never reaches ${told(one)}`),
            where: () => told(document.activeElement),
        };
        return window.stops.most;
    }
"""


def missed_on(page: Page) -> list[str]:
    """Tab through the whole page; collapsed content needs no stop."""
    most = page.evaluate(WATCH)
    for stop in range(1, most + 1):
        page.keyboard.press("Tab")
        if (stop % STRIDE == 0 or stop == most) and page.evaluate("stops.isRound()"):
            return page.evaluate("stops.missed()")
    return [f"Tab never leaves {page.evaluate('stops.where()')}"]
