"""What axe finds on a page: its script read once a page, and nothing brought here but what is wrong."""

from axe_playwright_python.base import AXE_SCRIPT

# Targets of 24 px and names with the words one sees WCAG 2.2 asks for, and axe leaves out by default.
BY_DEFAULT_OFF = ("target-size", "label-content-name-mismatch")
# Without reading stylesheets of its own accord: those that are imported it would write into the page as a style.
FRUGALLY = {"preload": False, "resultTypes": ["violations"]}
ALL = {"rules": {rule: {"enabled": True} for rule in BY_DEFAULT_OFF}}
# What another theme may change of the same page.
OF_COLOURS = {"runOnly": ["color-contrast", "link-in-text-block"]}


def on(page, rules=ALL) -> list[str]:
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found = page.evaluate("(options) => axe.run(options).then((all) => all.violations)", {**FRUGALLY, **rules})
    return [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found]
