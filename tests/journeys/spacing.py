"""Find text that is lost with increased line, word and letter spacing (WCAG 1.4.12)."""

# Through the CSSOM, since the CSP allows no inline styles.
WIDEN = """
    () => {
        const sheet = new CSSStyleSheet();
        sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: 0.12em !important;
            word-spacing: 0.16em !important; } p { margin-bottom: 2em !important; }`);
        document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
    }
"""
AS_BEFORE = "() => { document.adoptedStyleSheets = document.adoptedStyleSheets.slice(0, -1); }"
LOST = """
    () => {
        const found = new Set(), SLACK = 2, UNREAD = "option, select, script, style, textarea";
        const told = (element) => `${element.textContent.replace(/\\s+/g, " ").trim().slice(0, 40)}`
            + ` (${element.tagName.toLowerCase()}.${element.getAttribute("class") ?? ""})`;
        const isMeantToHide = (element) => element.closest(".visually-hidden, .skip-link, .sprite, [hidden]");
        const hides = (style) => /hidden|clip/.test(`${style.overflowX} ${style.overflowY}`);
        // What one can scroll to is not lost, but seen only within its frame.
        const frameOf = (element) => {
            const seen = { left: -Infinity, right: Infinity, top: -Infinity, bottom: Infinity };
            for (let up = element; up && up !== document.body; up = up.parentElement) {
                if (!/auto|scroll/.test(getComputedStyle(up).overflow)) continue;
                const frame = up.getBoundingClientRect();
                seen.left = Math.max(seen.left, frame.left);
                seen.right = Math.min(seen.right, frame.right);
                seen.top = Math.max(seen.top, frame.top);
                seen.bottom = Math.min(seen.bottom, frame.bottom);
            }
            return seen;
        };
        const boxes = [], texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        const range = document.createRange();
        while (texts.nextNode()) {
            const text = texts.currentNode, parent = text.parentElement;
            if (!text.textContent.trim() || isMeantToHide(parent) || parent.closest(UNREAD)) continue;
            if (!parent.checkVisibility({ visibilityProperty: true })) continue;
            range.selectNodeContents(text);
            const seen = frameOf(parent);
            for (const { left, right, top, bottom } of range.getClientRects()) {
                const box = { left: Math.max(left, seen.left), right: Math.min(right, seen.right),
                    top: Math.max(top, seen.top), bottom: Math.min(bottom, seen.bottom) };
                if (box.right - box.left > 1 && box.bottom > box.top) boxes.push({ box, parent });
            }
            for (let up = parent; up && up !== document.body; up = up.parentElement) {
                const isDrawing = up.matches("svg") && !up.parentElement.closest("svg");
                if (!hides(getComputedStyle(up)) || up.matches("svg") && !isDrawing) continue;
                const around = up.getBoundingClientRect(), own = range.getBoundingClientRect();
                const over = [own.right - around.right, own.bottom - around.bottom, around.left - own.left,
                    around.top - own.top];
                if (Math.max(...over) > SLACK) found.add(`cut off: ${told(parent)}`);
            }
        }
        boxes.sort((one, other) => one.box.top - other.box.top);
        boxes.forEach((one, place) => {
            for (const other of boxes.slice(place + 1)) {
                if (other.box.top > one.box.bottom - SLACK) break;
                const across = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left);
                const down = Math.min(one.box.bottom, other.box.bottom) - other.box.top;
                // Lines of one paragraph stand as close as their font is tall.
                if (across > SLACK && down > SLACK + 1 && one.parent !== other.parent)
                    found.add(`overlapping: ${told(one.parent)} / ${told(other.parent)}`);
            }
        });
        const width = document.documentElement.scrollWidth;
        if (width > innerWidth) found.add(`${width} px wide with wider spacing`);
        return [...found].slice(0, 6);
    }
"""


def lost_on(page) -> list[str]:
    """The texts that become unreadable."""
    page.evaluate(WIDEN)
    found = page.evaluate(LOST)
    page.evaluate(AS_BEFORE)
    return found
