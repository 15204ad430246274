// Warns a few minutes before the session expires. Only the server knows when: other tabs extend it, too.
(() => {
  "use strict";

  const { at, lead: seconds } = document.currentScript.dataset;
  const lead = Number(seconds) * 1000;
  let box = null;
  let form = null;
  let due = Date.now() + lead / 5;
  let ends = Infinity;
  let touched = 0;

  for (const sign of ["keydown", "pointerdown", "input"]) {
    document.addEventListener(sign, () => { touched = Date.now(); fetched(); }, { passive: true });
  }

  // Fetch the dialog on the first interaction only, since most pages are left without one.
  let fetching = null;
  const fetched = () => (fetching ??= bring().catch(() => (fetching = null)));

  async function bring() {
    const answer = await fetch(`${at}?box`, { redirect: "manual" });
    if (!answer.ok) throw new Error("no box");
    // Parse as a separate document, whose scripts never run, and take only the dialog.
    box = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".lasting");
    document.body.append(box);
    form = box.querySelector("form");
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      box.close();
    });
    // Closing the dialog by button or Escape keeps the session.
    box.addEventListener("close", () => {
      if (box.dataset.state === "unused" && due <= ends) stay().catch(() => {});
      box.dataset.state = "";
    });
  }

  async function ask(body) {
    due = Date.now() + lead / 5;
    await fetched();
    const answer = await fetch(at, { method: body ? "POST" : "GET", body, redirect: "manual" });
    if (!box) return;
    if (answer.type === "opaqueredirect") return tell("over");
    if (!answer.ok) return;
    const { seconds, longer } = await answer.json();
    ends = Date.now() + seconds * 1000;
    due = ends - lead;
    if (due > Date.now()) return box.close();
    due = ends;
    // Extend silently for someone who is active on the page.
    if (longer && !body && Date.now() - touched < lead) return stay();
    tell(longer ? "unused" : "whole");
  }

  const stay = () => ask(new FormData(form));

  function tell(when) {
    if (when === "over") due = Infinity;
    for (const part of box.querySelectorAll("[data-when]")) part.hidden = !part.dataset.when.split(" ").includes(when);
    const time = new Date(when === "over" ? Math.min(ends, Date.now()) : ends);
    form.querySelector("h2 span").textContent = time.toLocaleTimeString(document.documentElement.lang, { timeStyle: "short" });
    box.dataset.state = when;
    if (!box.open) box.showModal();
  }

  setInterval(() => {
    if (Date.now() >= due) ask().catch(() => {});
  }, 1000);
})();

// The back button may restore a page as it was left. Ask for it again if it shows what may have changed since.
addEventListener("pageshow", (event) => {
  if (event.persisted && document.querySelector("main[data-restore=never]")) location.reload();
});
