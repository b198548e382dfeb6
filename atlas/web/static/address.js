// Completes the address that the reader came by with all that is shown, and tells who does not see
// the page what changed in it: the sentences that are new, in one breath.

// The part that the address names is not there when the browser looks for it, and what stands above
// it still grows: it is held at the top until the reader does something.
const MOST_MS = 8000;
function goTo(id) {
  const page = document.querySelector(".stMainBlockContainer");
  if (!id || !page) return;
  const follow = new ResizeObserver(() => document.getElementById(id)?.scrollIntoView());
  follow.observe(page);
  for (const kind of ["wheel", "touchstart", "pointerdown", "keydown"]) {
    addEventListener(kind, () => follow.disconnect(), { once: true, capture: true });
  }
  setTimeout(() => follow.disconnect(), MOST_MS);
}

export default function ({ data, parentElement }) {
  if (data.query) {
    const at = new URLSearchParams(location.search).get("at"); // the map's own part
    history.replaceState(history.state, "", `?${data.query}${at ? `&at=${at}` : ""}${location.hash}`);
    goTo(location.hash.slice(1) || data.at);
  } else if (data.at) {
    goTo(data.at);
  }
  let status = parentElement.querySelector("p");
  if (!status) {
    status = document.createElement("p");
    status.setAttribute("role", "status");
    parentElement.append(status);
  } else {
    const fresh = data.said.filter((sentence) => !status.last.includes(sentence));
    if (fresh.length) status.textContent = fresh.join(" ");
  }
  status.last = data.said;
}
