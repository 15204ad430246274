// Nothing that the content policy forbids; where there is no JavaScript, each form opens its page.
Object.assign(htmx.config, {
  allowEval: false,
  includeIndicatorStyles: false,
  scrollIntoViewOnBoost: false,
  historyCacheSize: 0,
});

// Only the page's middle is exchanged. The buttons of the list stand outside their form and have addresses of their own.
let row = "";

document.addEventListener("htmx:configRequest", (event) => {
  const button = event.detail.triggeringEvent?.submitter;
  event.detail.path = button?.getAttribute("formaction") ?? event.detail.path;
  row = button?.closest("li[id]")?.id ?? "";
});

// A button of the list pressed twice is heard once: when it was heard again, its row would say something else already.
const pressed = new Set();

document.addEventListener(
  "submit",
  (event) => {
    if (!event.target.closest("[hx-boost]")) {
      return;
    }
    if (pressed.has(event.submitter)) {
      event.preventDefault();
      event.stopPropagation();
    }
    pressed.add(event.submitter);
  },
  true,
);

document.addEventListener("htmx:afterRequest", () => pressed.clear());

// A page that says what went wrong is shown as any other.
document.addEventListener("htmx:beforeSwap", (event) => {
  event.detail.shouldSwap = true;
});

// Whoever works by keyboard goes on where they were.
document.addEventListener("htmx:afterSettle", () => {
  const place = document.getElementById(row);
  place?.setAttribute("tabindex", "-1");
  place?.focus();
});
