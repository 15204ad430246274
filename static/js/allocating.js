// Disable what the Content-Security-Policy forbids; without JavaScript, each form loads its own page.
Object.assign(htmx.config, {
  allowEval: false,
  includeIndicatorStyles: false,
  scrollIntoViewOnBoost: false,
  historyCacheSize: 0,
  // Show the new content, move the focus and say what happened at once: nobody can press a key in between.
  defaultSettleDelay: 0,
});

// Screen readers read out what changes in a status that was there before, not a status that comes with its text.
const told = document.createElement("p");
told.className = "visually-hidden";
told.setAttribute("role", "status");
document.body.append(told);

// Only <main> is swapped. The list's buttons belong to a form outside it, and each has its own formaction.
let row = "";
// What had the focus when the request was sent, and what had it when the response came.
let focused = null;
let focusedNow = null;
// The row that a form was sent from: Enter in a field presses the first button of the form, which is in another row.
const rows = new WeakMap();

document.addEventListener("htmx:configRequest", (event) => {
  const sent = event.detail.triggeringEvent;
  event.detail.path = sent?.submitter?.getAttribute("formaction") ?? event.detail.path;
  row = rows.get(sent) ?? "";
  focused = document.activeElement;
  told.textContent = "";
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
    const field = document.activeElement?.matches("#main li[id] input") ? document.activeElement : null;
    rows.set(event, (field ?? event.submitter)?.closest("li[id]")?.id);
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
  focusedNow = document.activeElement;
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

// Name the rows and the groups of controls in them by their credits, for those who move from control to control.
function nameRows() {
  for (const credit of document.querySelectorAll("#main .rows > li[id]")) {
    const title = credit.querySelector("h3");
    title.id = `${credit.id}-title`;
    credit.querySelector(".allocate")?.setAttribute("role", "group");
    for (const part of [credit, ...credit.querySelectorAll(".allocate, .shares")]) {
      part.setAttribute("aria-labelledby", title.id);
    }
  }
}

nameRows();

// What stands in the new content for an element of the old.
function counterpartOf(element) {
  const [name] = ["name", "formaction", "href"].filter((one) => element.hasAttribute(one));
  return name && document.querySelector(`#main [${name}="${CSS.escape(element.getAttribute(name))}"]`);
}

// Where someone has moved on to while the request was pending; null if nowhere.
function movedOnTo() {
  if ([focused, document.body, null].includes(focusedNow)) {
    return null;
  }
  return focusedNow.isConnected ? focusedNow : counterpartOf(focusedNow);
}

// Return keyboard focus to the row that was acted on, or to the page that came instead of the list.
document.addEventListener("htmx:afterSettle", () => {
  nameRows();
  const place = document.getElementById(row);
  place?.setAttribute("tabindex", "-1");
  const next = movedOnTo();
  (next ?? place ?? document.getElementById("main")).focus();
  if (next && next !== focusedNow) {
    next.setSelectionRange?.(focusedNow.selectionStart, focusedNow.selectionEnd);
  }
  document.querySelector(".messages")?.removeAttribute("role");
  const texts = [...document.querySelectorAll(".messages .notice-body")];
  told.textContent = texts.map((one) => one.textContent.trim()).join(" ");
});
