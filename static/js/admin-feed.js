// Polls a feed's progress every two seconds; without JavaScript, a link reloads the page.
(() => {
  "use strict";

  const PAUSE = 2000;

  async function look() {
    const now = document.getElementById("feed");
    if (!now || !("moving" in now.dataset)) return;
    try {
      const answer = await fetch(location.href, { credentials: "same-origin" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const then = page.getElementById("feed");
      if (answer.ok && then && then.textContent !== now.textContent) now.replaceWith(document.adoptNode(then));
    } catch {
      // Transient failure: the next poll may succeed.
    }
    setTimeout(look, PAUSE);
  }

  setTimeout(look, PAUSE);
})();
