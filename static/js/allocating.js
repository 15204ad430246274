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

// What was typed into the list is carried over to the new content, except where it has just been saved or released.
let typed = new Map();

const controls = () => [...document.querySelectorAll("#main li[id] :is(input, select)")];
const isChanged = (control) => (control.options ? control.selectedIndex > 0 : control.value !== control.defaultValue);
const isOffered = (control, value) => !control.options || [...control.options].some((one) => one.value === value);
// The area and the points of a row belong together; their names differ only in the ending.
const isBeside = (control, name) => [control.name, control.name.replace(/-area$/, "-points")].includes(name);

document.addEventListener("htmx:beforeSwap", (event) => {
  // Swap error pages in like any other.
  event.detail.shouldSwap = true;
  const button = event.detail.requestConfig.triggeringEvent?.submitter;
  const done = event.detail.isError ? "" : button?.parentElement.querySelector("input")?.name;
  const mine = controls().filter((control) => isChanged(control) || typed.has(control.name));
  const kept = mine.filter((control) => !isBeside(control, done));
  typed = new Map(kept.map((control) => [control.name, control.value]));
});

document.addEventListener("htmx:afterSwap", () => {
  for (const control of controls()) {
    if (typed.has(control.name) && isOffered(control, typed.get(control.name))) {
      control.value = typed.get(control.name);
    }
  }
});

// Return keyboard focus to the row that was acted on.
document.addEventListener("htmx:afterSettle", () => {
  const place = document.getElementById(row);
  place?.setAttribute("tabindex", "-1");
  place?.focus();
});
