"""Violations that axe finds on a page; its script is injected once per page, and only violations are returned."""

from axe_playwright_python.base import AXE_SCRIPT

# Required by WCAG 2.2 but disabled in axe by default: 24 px targets, and accessible names that match labels.
BY_DEFAULT_OFF = ("target-size", "label-content-name-mismatch")
# No preloading: axe would inject imported stylesheets as inline styles.
FRUGALLY = {"preload": False, "resultTypes": ["violations"]}
ALL = {"rules": {rule: {"enabled": True} for rule in BY_DEFAULT_OFF}}
# Rules that another theme can affect on the same page.
OF_COLOURS = {"runOnly": ["color-contrast", "link-in-text-block"]}


def on(page, rules=ALL) -> list[str]:
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found = page.evaluate("(options) => axe.run(options).then((all) => all.violations)", {**FRUGALLY, **rules})
    return [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found]
