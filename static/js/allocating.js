// Disable what the Content-Security-Policy forbids; without JavaScript, each form loads its own page.
Object.assign(htmx.config, {
  allowEval: false,
  includeIndicatorStyles: false,
  scrollIntoViewOnBoost: false,
  historyCacheSize: 0,
});

// Only <main> is swapped. The list's buttons belong to a form outside it, and each has its own formaction.
let row = "";

document.addEventListener("htmx:configRequest", (event) => {
  const button = event.detail.triggeringEvent?.submitter;
  event.detail.path = button?.getAttribute("formaction") ?? event.detail.path;
  row = button?.closest("li[id]")?.id ?? "";
});

// Ignore a second click on a list button while its request is pending: the row will have changed by then.
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

// Swap error pages in like any other.
document.addEventListener("htmx:beforeSwap", (event) => {
  event.detail.shouldSwap = true;
});

// Return keyboard focus to the row that was acted on.
document.addEventListener("htmx:afterSettle", () => {
  const place = document.getElementById(row);
  place?.setAttribute("tabindex", "-1");
  place?.focus();
});
