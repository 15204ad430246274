"""Find control borders and parts of graphics with too little contrast (WCAG 1.4.11)."""

# Each part of a graphic, its paint property, and what it must contrast with: another part, or the page.
PARTS = [
    (".ring-edge", "stroke", ["ground", ".ring-track"]),
    (".ring-fill", "stroke", ["ground", ".ring-track"]),
    (".bar-track", "stroke", ["ground"]),
    (".bar-fill", "fill", ["ground", ".bar-track"]),
    (".timeline-track", "stroke", ["ground"]),
    (".timeline-past", "fill", ["ground", ".timeline-track"]),
    (".timeline-window", "fill", ["ground", ".timeline-track", ".timeline-window@stroke"]),
    (".timeline-advised", "stroke", [".timeline-window"]),
    (".timeline-dot", "stroke", [".timeline-dot@fill", ".timeline-track"]),
    (".cycle-band", "stroke", ["ground"]),
    (".cycle-counts", "fill", ["ground", ".cycle-band"]),
    (".cycle-late", "stroke", [".cycle-late@fill"]),
    (".cycle-year", "stroke", [".cycle-band"]),
    (".cycle-outside", "stroke", ["ground"]),
    (".chart rect", "fill", ["ground"]),
    (".milestone::before", "borderTopColor", ["ground"]),
    (".legend > li::before", "borderTopColor", ["ground"]),
    (".trail > li::before", "borderTopColor", ["ground"]),
    (".steps > li::before", "borderTopColor", ["ground"]),
    (".nav-link[aria-current]", "boxShadow", ["ground"]),
    ("svg[aria-hidden]:not(.sprite, .bar):not(:has(.brand-arc))", "paint", ["ground"]),
]

MEASURE = """
(parts) => {
    const found = new Set(), LEAST = 3;
    const read = (text) => {
        const colour = text.match(/rgba?\\(([^)]*)\\)/);
        return colour && colour[1].split(/[,/ ]+/).map(Number);
    };
    const mix = (one, other, share) => one * share + other * (1 - share);
    const over = (top, below) => top.slice(0, 3).map((one, place) => mix(one, below[place], top[3] ?? 1));
    const light = (colour) => colour.slice(0, 3).map((one) => one / 255)
        .map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4))
        .reduce((sum, one, place) => sum + one * [0.2126, 0.7152, 0.0722][place], 0);
    const contrast = (one, other) => {
        const [less, more] = [light(one), light(other)].sort((a, b) => a - b);
        return (more + 0.05) / (less + 0.05);
    };
    const ground = (element) => {
        if (!element) return matchMedia("(prefers-color-scheme: dark)").matches ? [18, 18, 18] : [255, 255, 255];
        const own = read(getComputedStyle(element).backgroundColor) ?? [0, 0, 0, 0];
        return (own[3] ?? 1) === 1 ? own : over(own, ground(element.parentElement));
    };
    const shown = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true })
        && element.getBoundingClientRect().width > 1;
    const told = (element) => (element.outerHTML.match(/^<[^>]*>/) ?? [""])[0].replace(/\\s+/g, " ").slice(0, 90);
    const fault = (what, element, ratio) => found.add(`${what} ${ratio.toFixed(2)}: ${told(element)}`);
    const kinds = new Set();
    const isNew = (kind, element, ...colours) => {
        const key = [kind, element.tagName, element.className, element.type, ...colours].join();
        return !kinds.has(key) && kinds.add(key);
    };

    const CONTROLS = "input:not([type=hidden]), select, textarea, button, a.button, summary.nav-link, .object-tools a";
    for (const one of document.querySelectorAll(CONTROLS)) {
        const style = getComputedStyle(one);
        if (one.disabled || !shown(one)) continue;
        const around = ground(one.parentElement), fill = ground(one);
        if (["checkbox", "radio"].includes(one.type) && style.appearance !== "none") {
            const accent = read(style.accentColor);
            if (accent && contrast(accent, around) < LEAST) fault("mark", one, contrast(accent, around));
            continue;
        }
        const border = parseFloat(style.borderTopWidth) > 0 && style.borderTopStyle !== "none"
            ? over(read(style.borderTopColor), fill) : fill;
        const best = Math.max(contrast(border, around), contrast(fill, around));
        // What is nothing but words is known by them.
        const isBare = best < 1.02 && !one.matches("input, select, textarea");
        if (!isBare && best < LEAST) fault("edge", one, best);
    }

    for (const [name, paint, others] of parts) {
        const [selector, pseudo] = name.split("::");
        for (const one of document.querySelectorAll(selector)) {
            if (!shown(one)) continue;
            const style = getComputedStyle(one, pseudo && `::${pseudo}`), drawing = one.closest("svg");
            const own = read(paint === "paint" ? (style.fill === "none" ? style.stroke : style.fill) : style[paint]);
            if (!own) {
                found.add(`${name} has no ${paint}: ${told(one)}`);
                continue;
            }
            for (const other of others) {
                let against;
                if (other === "ground") {
                    against = ground((drawing ?? (pseudo || paint === "boxShadow" ? one : one.parentElement)));
                } else {
                    const [where, how] = other.split("@"), beside = drawing.querySelector(where);
                    if (!beside) continue;
                    const its = getComputedStyle(beside);
                    against = read(its[how ?? (its.fill === "none" ? "stroke" : "fill")]);
                }
                if (!against) {
                    found.add(`${other} has no color: ${told(one)}`);
                    continue;
                }
                const ratio = contrast(over([...own.slice(0, 3), (own[3] ?? 1) * style.opacity], against), against);
                if (ratio < LEAST) fault(`${name} on ${other}`, one, ratio);
            }
        }
    }

    const known = parts.map(([name]) => name.split("::")[0]).join();
    for (const one of document.querySelectorAll("svg[role=img] :is(rect, circle, path, line)")) {
        if (!one.matches(`${known}, .ring-track, .chart path`) && !one.closest(".qr")) {
            found.add(`missing in the list of parts: ${told(one)}`);
        }
    }

    // The line around whatever has the focus; one of each kind.
    const before = document.activeElement;
    const STOPS = "a[href], button, input:not([type=hidden]), select, textarea, summary";
    for (const one of document.querySelectorAll(STOPS)) {
        if (one.disabled || !shown(one)) continue;
        const around = ground(one.parentElement);
        if (!isNew("focus", one, around)) continue;
        one.focus({ preventScroll: true, focusVisible: true });
        const style = getComputedStyle(one), line = read(style.outlineColor);
        const under = parseFloat(style.outlineOffset) < 0 ? ground(one) : around;
        const ratio = style.outlineStyle === "none" ? 1 : contrast(line, under);
        if (one.matches(":focus-visible") && ratio < LEAST) fault("focus", one, ratio);
        if (!one.matches(":focus-visible")) found.add(`focus is not shown: ${told(one)}`);
    }
    document.activeElement?.blur();
    before?.focus?.();
    return [...found];
}
"""


def too_weak_on(page) -> list[str]:
    """The parts with too little contrast."""
    return page.evaluate(MEASURE, PARTS)
