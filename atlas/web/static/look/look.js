// The first look goes when the live page has come: on the map when its frame says that it has drawn,
// elsewhere when the page's heading and first screen are there; at once when the reader uses a live part beneath. Until
// the live page has its parts, on the map the frame, it is hidden: a screen reader has the look.
(() => {
  "use strict";
  const root = document.documentElement;
  try {
    const name = `stActiveTheme-${location.pathname}-v`; // "Light", "Dark" or "System", by page
    const stored = Object.entries(localStorage).find(([key]) => key.startsWith(name));
    if (/dark/i.test(stored?.[1])) root.classList.add("atlas-dark-first");
    if (/light/i.test(stored?.[1])) root.classList.add("atlas-light");
  } catch {
    /* a browser that stores nothing has no theme of the reader's */
  }
  const SEEN = 300; // milliseconds from the frame's word that it has drawn until that is on the screen
  const LATE = 20000; // milliseconds after which the look says that it stands alone
  let look, watch, late;

  // a tap on the still map is kept for the live one, which opens that area (map.js)
  function keep(event) {
    if (event.ctrlKey || event.metaKey || event.shiftKey || !event.target.closest("#atlas-look .still")) return;
    const link = event.target.closest("a");
    const code = link
      ? new URLSearchParams(link.getAttribute("href")).get("dep")
      : document.elementsFromPoint(event.clientX, event.clientY).find((element) => element.dataset.code)?.dataset.code;
    if (!code) return;
    event.preventDefault();
    root.dataset.tapped = code;
    document.querySelector("#atlas-look .kept").hidden = false;
    for (const shape of document.querySelectorAll("#atlas-look [data-code]"))
      shape.classList.toggle("tapped", shape.dataset.code === code);
  }

  function leave() {
    watch?.disconnect();
    clearTimeout(late);
    window.removeEventListener("message", heard);
    for (const kind of ["pointerdown", "keydown"]) window.removeEventListener(kind, used, true);
    document.removeEventListener("click", keep);
    look?.remove();
  }
  function heard({ data }) {
    if (data?.type === "ready") give();
    if (data?.type === "drawn" && data.token) setTimeout(leave, SEEN);
  }
  function used({ target }) {
    if (document.getElementById("root").contains(target)) leave();
  }
  // from here on look.css shows the live page, and clicks and the screen reader go through to it
  function give() {
    watch.disconnect();
    look.inert = true;
    if (look.dataset.page !== "map") leave();
  }
  const hasCome = () => document.querySelector("#root :is(main, section.stMain) h1") !== null;
  // Streamlit's grey bars make room for other heights: what stands below them would jump
  const isWhole = () =>
    [...document.querySelectorAll('#root [data-testid="stSkeleton"]')].every((bar) => {
      const box = bar.getBoundingClientRect();
      return !box.height || box.top > innerHeight;
    });
  function arrived() {
    if (look.dataset.page !== "map" && hasCome() && isWhole()) give();
  }
  function isLate() {
    if (hasCome())
      leave(); // without its map
    else {
      look.querySelector(".late").hidden = false;
      look.querySelector(".loading").hidden = true;
    }
  }
  // at once: what follows waits for Streamlit's scripts, most of the time that a slow line takes
  document.addEventListener("click", keep);
  document.addEventListener("DOMContentLoaded", () => {
    look = document.getElementById("atlas-look");
    if (!look) return;
    window.addEventListener("message", heard);
    for (const kind of ["pointerdown", "keydown"]) window.addEventListener(kind, used, true);
    watch = new MutationObserver(arrived);
    watch.observe(document.getElementById("root"), { childList: true, subtree: true });
    late = setTimeout(isLate, LATE);
  });
})();
