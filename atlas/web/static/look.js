// The first look goes when the live page has come: on the map when its frame says that it has drawn,
// elsewhere when the page's heading is there; at once when the reader uses a live part beneath. Until
// the live page has words of its own a screen reader has the look, from then on the live page.
(function () {
  "use strict";
  const root = document.documentElement;
  const stored = Object.entries(localStorage).find(([name]) => name.startsWith("stActiveTheme"));
  if (/dark/i.test(stored?.[1])) root.classList.add("atlas-dark-first");
  if (/light/i.test(stored?.[1])) root.classList.add("atlas-light");
  const LATE = 20000; // milliseconds after which the look says that it stands alone
  let look, watch, late;
  const live = () => document.querySelector("#root :is(main, section.stMain) h1");

  function leave() {
    watch?.disconnect();
    clearTimeout(late);
    window.removeEventListener("message", drawn);
    for (const kind of ["pointerdown", "keydown"]) window.removeEventListener(kind, used, true);
    look?.remove();
  }
  function drawn({ data }) {
    if (data?.type === "drawn" && data.token) leave();
  }
  function used({ target }) {
    if (document.getElementById("root").contains(target)) leave();
  }
  function arrived() {
    if (!live()) return;
    watch.disconnect();
    look.inert = true; // clicks and the screen reader go through to the live page
    if (look.dataset.page !== "map") leave();
  }
  document.addEventListener("DOMContentLoaded", () => {
    look = document.getElementById("atlas-look");
    if (!look) return;
    window.addEventListener("message", drawn);
    for (const kind of ["pointerdown", "keydown"]) window.addEventListener(kind, used, true);
    watch = new MutationObserver(arrived);
    watch.observe(document.getElementById("root"), { childList: true, subtree: true });
    late = setTimeout(() => { look.querySelector(".late").hidden = false; }, LATE);
  });
})();
