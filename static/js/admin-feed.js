// Looks every two seconds how far the worker is with a feed; without this, one looks again by the link.
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
      // The next look may be luckier.
    }
    setTimeout(look, PAUSE);
  }

  setTimeout(look, PAUSE);
})();
