"""Scores a response by the published rules of Mozilla's HTTP Observatory.

Starts at 100 points, minus penalties and plus bonuses; bonuses count only from 90 points on. What depends on other
responses of the host (redirect to HTTPS, CORS files) is scored by the test that requests them.
"""

import re
from collections.abc import Iterable, Mapping
from http.cookies import SimpleCookie

YEAR, HALF_A_YEAR = 31_536_000, 15_768_000
SCRIPT = re.compile(r"<script\b([^>]*)>", re.IGNORECASE)
PRIVATE = {"no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"}


def score(headers: Mapping[str, str], cookies: SimpleCookie, body: str) -> dict[str, int]:
    """Points by rule: penalties are negative, bonuses positive."""
    policy = policy_of(headers.get("Content-Security-Policy", ""))
    return {
        "content-security-policy": csp(policy),
        "cookies": crumbs(cookies.values()),
        "cross-origin-resource-sharing": -50 if headers.get("Access-Control-Allow-Origin") == "*" else 0,
        "strict-transport-security": hsts(headers.get("Strict-Transport-Security", "")),
        "referrer-policy": referrer(headers.get("Referrer-Policy", "")),
        "subresource-integrity": scripts(body),
        "x-content-type-options": 0 if headers.get("X-Content-Type-Options") == "nosniff" else -5,
        "x-frame-options": framing(headers.get("X-Frame-Options", ""), policy),
        "cross-origin-resource-policy": 10 if headers.get("Cross-Origin-Resource-Policy") in OWN else 0,
    }


OWN = {"same-origin", "same-site"}


def total(points: Mapping[str, int]) -> int:
    lost = sum(one for one in points.values() if one < 0)
    extra = sum(one for one in points.values() if one > 0)
    return max(0, 100 + lost + (extra if 100 + lost >= 90 else 0))


def policy_of(header: str) -> dict[str, set[str]]:
    directives = (part.split() for part in header.split(";") if part.strip())
    return {name.lower(): set(sources) for name, *sources in directives}


def csp(policy: dict[str, set[str]]) -> int:
    """+10 for `default-src 'none'` with nothing unsafe, +5 for nothing unsafe."""
    if not policy:
        return -25
    default = policy.get("default-src", {"*"})
    script, style = policy.get("script-src", default), policy.get("style-src", default)
    objects = policy.get("object-src", default)
    wide = {"*", "http:", "https:", "data:", "ftp:", "blob:"}
    if script & ({"'unsafe-inline'"} | wide) or objects & wide:
        return -20
    if "'unsafe-eval'" in script:
        return -10
    if any("http://" in source for sources in policy.values() for source in sources):
        return -20
    if "'unsafe-inline'" in style or style & wide:
        return 0
    return 10 if default == {"'none'"} else 5


def crumbs(cookies: Iterable[object]) -> int:
    """+5 if every cookie is Secure, HttpOnly and SameSite; 0 without cookies."""
    worst, every = 5, list(cookies)
    for cookie in every:
        is_of_login = any(word in cookie.key.lower() for word in ("session", "login", "sid"))
        if not cookie["secure"]:
            worst = min(worst, -40 if is_of_login else -20)
        elif not cookie["httponly"]:
            worst = min(worst, -30 if is_of_login else 0)
        elif not cookie["samesite"]:
            worst = min(worst, -20 if "csrf" in cookie.key.lower() else 0)
    return worst if every else 0


def hsts(header: str) -> int:
    """+5 for a preloaded host."""
    found = re.search(r"max-age=(\d+)", header)
    if found is None:
        return -20
    if int(found[1]) < HALF_A_YEAR:
        return -10
    is_preloaded = int(found[1]) >= YEAR and "preload" in header and "includeSubDomains" in header
    return 5 if is_preloaded else 0


def referrer(header: str) -> int:
    return 5 if header in PRIVATE else -5 if header in {"unsafe-url", "origin", "origin-when-cross-origin"} else 0


def scripts(body: str) -> int:
    """-5 for a cross-origin script without subresource integrity, -50 if loaded over plain HTTP."""
    worst = 0
    for attributes in SCRIPT.findall(body):
        source = re.search(r"""src=["']([^"']+)""", attributes)
        if source and source[1].startswith(("http:", "https:", "//")):
            is_checked = "integrity=" in attributes
            worst = min(worst, -50 if source[1].startswith("http:") else 0 if is_checked else -5)
    return worst


def framing(header: str, policy: dict[str, set[str]]) -> int:
    """+5 if the CSP restricts framing; -20 without CSP and X-Frame-Options."""
    ancestors = policy.get("frame-ancestors")
    if ancestors is not None and not ancestors & {"*", "http:", "https:"}:
        return 5
    return 0 if header.upper() in {"DENY", "SAMEORIGIN"} else -20
