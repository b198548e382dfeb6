// Hosts the map's sandboxed frame. The frame has no origin of its own, so it can neither read
// this page nor its cookies; layer addresses and views pass in, a code and a view pass out.
//
// Where the reader looks stands in the address as at=latitude,longitude,zoom, without which it is
// the whole country. It is written here and not by the page, so a pan draws nothing anew.
//
// data.goto: a place to go to once, {bounds: [west, south, east, north], mark: [longitude,
//   latitude] or null}; the same place again wants another value (a running number, say).
// data.card: words that lead to the card of the chosen department, "" where none is.
// "select" is triggered with a department's code.
const VIEW = /^(-?\d{1,2}(?:\.\d+)?),(-?\d{1,3}(?:\.\d+)?),(\d{1,2}(?:\.\d+)?)$/;
const asked = () => new URLSearchParams(location.search).get("at") ?? "";
const viewOf = (at) => {
  const read = VIEW.exec(at)?.slice(1).map(Number);
  return read ? { center: [read[0], read[1]], zoom: read[2] } : null;
};

export default function ({ data, parentElement, setTriggerValue }) {
  let host = parentElement.querySelector(".atlas-map");
  if (!host) {
    host = document.createElement("div");
    host.className = "atlas-map";
    const frame = document.createElement("iframe");
    frame.setAttribute("sandbox", "allow-scripts");
    frame.src = data.src;
    host.appendChild(frame);
    parentElement.appendChild(host);
    // with a view only when the reader comes by a link or goes Back to one
    host.post = (view = {}) => {
      const { goto, ...state } = host.state;
      frame.contentWindow?.postMessage({ type: "state", ...state, ...view }, "*");
      const place = goto && JSON.stringify(goto);
      if (place && place !== host.place) {
        frame.contentWindow?.postMessage({ type: "view", ...goto }, "*");
        host.place = place;
      }
    };
    host.listener = (event) => {
      if (event.source !== frame.contentWindow || typeof event.data !== "object") return;
      if (event.data.type === "ready") {
        host.loaded = true;
        host.at = asked();
        host.post(host.at ? { view: viewOf(host.at) } : {});
      }
      if (event.data.type === "failed") {
        const note = host.querySelector("p") ?? host.appendChild(document.createElement("p"));
        note.setAttribute("role", "alert");
        note.textContent = host.failed;
      }
      // the empty map that the frame draws first has no token
      if (event.data.type === "drawn" && event.data.token) host.dataset.drawn = String(event.data.token);
      if (event.data.type === "select" && /^\d{2}$/.test(event.data.department)) {
        host.select(event.data.department);
      }
      // a frame in a process of its own is not told that the pointer, or the finger, is elsewhere
      if (event.data.type === "tip") {
        const leave = () => frame.contentWindow?.postMessage({ type: "leave" }, "*");
        window.addEventListener("mousemove", leave, { once: true });
      }
      if (event.data.type === "legend") {
        host.style.setProperty("--legend", `${Math.min(Number(event.data.height) || 0, 400)}px`);
      }
      if (event.data.type === "moved" && host.isConnected) {
        const { center, zoom } = event.data;
        host.at = center ? [...center.map((n) => +n.toFixed(4)), +zoom.toFixed(2)].join() : "";
        const rest = location.search.replace(/[?&]at=[^&]*/, "").replace(/^&/, "?");
        const at = host.at && `${rest ? "&" : "?"}at=${host.at}`;
        // the browser's own: the one that keeps the view (shell.js) would keep the old one
        History.prototype.replaceState.call(history, history.state, "", `${location.pathname}${rest}${at}`);
      }
    };
    host.back = () => {
      if (!host.isConnected) return window.removeEventListener("popstate", host.back);
      if (!host.loaded || asked() === host.at) return;
      host.at = asked();
      host.post({ view: viewOf(host.at) });
    };
    window.addEventListener("message", host.listener);
    window.addEventListener("popstate", host.back);
  }
  // where the card does not stand beside the map, its foot leads there
  let foot = parentElement.querySelector(".to-card");
  if (!foot) {
    foot = Object.assign(document.createElement("button"), { type: "button", className: "to-card" });
    foot.onclick = () => {
      const title = document.querySelector(".st-key-card h2");
      title.tabIndex = -1;
      title.focus({ preventScroll: true });
      title.scrollIntoView({ behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
    };
    parentElement.append(foot);
  }
  foot.hidden = !data.card;
  foot.textContent = data.card;
  const frame = host.querySelector("iframe");
  frame.title = data.title;
  host.select = (code) => setTriggerValue("select", code);
  host.failed = data.failed;
  host.querySelector("p")?.remove();
  const { src, title, failed, card, ...state } = data;
  host.state = state;
  if (host.loaded) host.post();
  return () => {
    // Streamlit calls this when the map leaves the page, not between reruns
    if (host.isConnected) return;
    window.removeEventListener("message", host.listener);
    window.removeEventListener("popstate", host.back);
  };
}
