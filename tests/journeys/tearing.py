"""Find sentences broken apart by layout: words arranged as flex or grid items, or text wrapped letter by letter."""

# A flex or grid container turns each run of text, and each marked-up word, into an item of its own.
TORN = """
    () => {
        const found = new Set(), MARKED = "a, abbr, cite, code, dfn, q, span[lang], time";
        const read = (node) => node.textContent.replace(/\\s+/g, " ").trim(), told = (node) => read(node).slice(0, 60);
        for (const word of document.querySelectorAll(MARKED)) {
            const box = word.parentElement, isLaidOut = /flex|grid/.test(getComputedStyle(box).display);
            const hasText = [...box.childNodes].some((one) => one.nodeType === Node.TEXT_NODE && read(one));
            if (isLaidOut && hasText) found.add(`split by layout: ${told(box)}`);
        }
        const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), range = document.createRange();
        while (texts.nextNode()) {
            const text = texts.currentNode, length = read(text).length;
            range.selectNodeContents(text);
            const lines = new Set([...range.getClientRects()].map((line) => Math.round(line.top))).size;
            if (lines > 4 && length < 4 * lines && text.parentElement.checkVisibility())
                found.add(`wrapped letter by letter: ${told(text)}`);
        }
        return [...found].slice(0, 6);
    }
"""


def torn_on(page) -> list[str]:
    return page.evaluate(TORN)
