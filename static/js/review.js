// Keyboard shortcuts for a declaration's credits; each has an equivalent button.
// They work only while a credit has focus, so they never interfere with dictation or typing.
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

// After a decision, focus the credit it was about, so that the next key continues from there.
const back = document.getElementById(location.hash.slice(1));
if (back && back.matches(".judged")) {
  back.focus();
}
