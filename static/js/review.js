// Shortcuts for the credits of a declaration; everything they do has a button.
// They work while the focus is on a credit only, so that they never surprise anyone who dictates or types.
"use strict";

const rows = () => [...document.querySelectorAll(".judged")];
const typing = (element) => element.matches("textarea, select, input");

function go(row, by) {
  const all = rows();
  const next = all[all.indexOf(row) + by];
  if (next) {
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  }
}

function press(row, key) {
  const target = row.querySelector(`[data-key="${key}"]`);
  if (!target) {
    return;
  }
  target.click();
  if (key === "e") {
    row.querySelector("textarea").focus();
  }
}

document.addEventListener("keydown", (event) => {
  const row = event.target.closest(".judged");
  if (!row || typing(event.target) || event.ctrlKey || event.altKey || event.metaKey) {
    return;
  }
  const moves = { j: 1, k: -1 };
  if (event.key in moves) {
    go(row, moves[event.key]);
  } else if (["y", "e"].includes(event.key)) {
    event.preventDefault();
    press(row, event.key);
  }
});

// Back from a decision, the row it was about has the focus: the next key goes on from there.
const back = document.getElementById(location.hash.slice(1));
if (back && back.matches(".judged")) {
  back.focus();
}
