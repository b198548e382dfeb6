// Hosts the map's sandboxed frame. The frame has no origin of its own, so it can neither read
// this page nor its cookies; layer addresses and views pass in, a code and a view pass out.
//
// Where the reader looks stands in the address as at=latitude,longitude,zoom, without which it is
// the whole country. It is written here and not by the page, so a pan draws nothing anew.
//
// data.goto: a place to go to once, {bounds: [west, south, east, north], mark: [longitude,
//   latitude] or null}, without bounds the country; the same place again wants another value (a
//   running number, say).
// data.card: words that lead to the card of the chosen department, "" where none is.
// data.second: the state of a second map beside the first, or null. The two move together, and what
//   the pointer is on in one is marked in the other. data.heads: HTML above each; data.shared: above
//   both.
// "select" is triggered with the code of a department or province.
const VIEW = /^(-?\d{1,2}(?:\.\d+)?),(-?\d{1,3}(?:\.\d+)?),(\d{1,2}(?:\.\d+)?)$/;
const asked = () => new URLSearchParams(location.search).get("at") ?? "";
const viewOf = (at) => {
  const read = VIEW.exec(at)?.slice(1).map(Number);
  return read ? { center: [read[0], read[1]], zoom: read[2] } : null;
};

// One map: its head and its frame, in a place of its own. post sends it its state.
function addMap(maps, src) {
  const place = document.createElement("section");
  place.append(
    ...["head", "atlas-map"].map((name) => Object.assign(document.createElement("div"), { className: name })),
  );
  const host = place.lastElementChild;
  const frame = host.appendChild(document.createElement("iframe"));
  frame.setAttribute("sandbox", "allow-scripts");
  frame.src = src;
  host.frame = frame;
  host.send = (message) => frame.contentWindow?.postMessage(message, "*");
  // with a view only when the reader comes by a link or goes Back to one
  host.post = (view = {}) => {
    const { goto, ...state } = host.state;
    host.send({ type: "state", ...state, ...view });
    const to = goto && JSON.stringify(goto);
    if (to && to !== host.to) {
      host.send({ type: "view", ...goto });
      host.to = to;
    }
  };
  host.listener = (event) => {
    if (event.source !== frame.contentWindow || typeof event.data !== "object") return;
    if (event.data.type === "ready") {
      host.loaded = true;
      maps.at = asked();
      host.post(maps.at ? { view: viewOf(maps.at) } : {});
    }
    if (event.data.type === "failed") {
      const note = host.querySelector("p") ?? host.appendChild(document.createElement("p"));
      note.setAttribute("role", "alert");
      note.textContent = maps.failed;
    }
    // the empty map that the frame draws first has no token
    if (event.data.type === "drawn") host.covered();
    if (event.data.type === "drawn" && event.data.token) {
      host.dataset.drawn = String(event.data.token);
      // what was tapped on the first look (look.js)
      const tapped = document.documentElement.dataset.tapped;
      delete document.documentElement.dataset.tapped;
      if (tapped && ![...new URLSearchParams(location.search).values()].includes(tapped)) maps.select(tapped);
    }
    if (event.data.type === "select" && /^\d{2}(\d{2})?$/.test(event.data.code)) {
      maps.select(event.data.code);
    }
    // a frame in a process of its own is not told that the pointer, or the finger, is elsewhere
    if (event.data.type === "tip") {
      window.addEventListener("mousemove", () => host.send({ type: "leave" }), { once: true });
    }
    if (event.data.type === "legend") {
      host.style.setProperty("--legend", `${Math.min(Number(event.data.height) || 0, 400)}px`);
    }
    if (event.data.type === "lead" || event.data.type === "over") {
      const type = event.data.type === "lead" ? "follow" : "over";
      for (const other of maps.hosts) if (other !== host) other.send({ ...event.data, type });
    }
    if (event.data.type === "moved" && host.isConnected) {
      const { center, zoom } = event.data;
      maps.at = center ? [...center.map((n) => +n.toFixed(4)), +zoom.toFixed(2)].join() : "";
      const rest = location.search.replace(/[?&]at=[^&]*/, "").replace(/^&/, "?");
      const at = maps.at && `${rest ? "&" : "?"}at=${maps.at}`;
      // the browser's own: the one that keeps the view (shell.js) would keep the old one
      History.prototype.replaceState.call(history, history.state, "", `${location.pathname}${rest}${at}`);
    }
  };
  window.addEventListener("message", host.listener);
  // the page's buttons lie on the map: no name is written under them
  host.covered = () => {
    const own = host.getBoundingClientRect();
    const laid = [
      ...document.querySelectorAll(
        ".st-key-on_map button, .stElementContainer.st-key-chips_on_map, .stElementContainer.st-key-chips",
      ),
      ...maps.querySelectorAll(".to-card, .shared"),
    ];
    const boxes = laid
      .map((node) => [node.getBoundingClientRect(), node.matches("button")])
      .map(([box, isButton]) => [
        box.left - own.left,
        box.top - own.top,
        box.right - own.left,
        (isButton ? box.bottom : Math.max(box.bottom, box.top + 44)) - own.top,
      ])
      .filter(
        ([left, top, right, bottom]) => right > 0 && bottom > 0 && left < own.width && top < own.height && right > left,
      );
    host.send({ type: "covered", boxes });
  };
  new ResizeObserver(() => host.covered()).observe(host);
  maps.append(place);
  return host;
}

export default function ({ data, parentElement, setTriggerValue }) {
  let maps = parentElement.querySelector(".maps");
  if (!maps) {
    maps = Object.assign(document.createElement("div"), { className: "maps", hosts: [] });
    maps.append(Object.assign(document.createElement("div"), { className: "shared" }));
    parentElement.append(maps);
    maps.back = () => {
      if (!maps.isConnected) return window.removeEventListener("popstate", maps.back);
      if (asked() === maps.at) return;
      const loaded = maps.hosts.filter((host) => host.loaded);
      if (loaded.length) maps.at = asked();
      for (const host of loaded) host.post({ view: viewOf(maps.at) });
    };
    window.addEventListener("popstate", maps.back);
  }
  // where the card does not stand beside the map, this leads there
  let foot = maps.querySelector(".to-card");
  if (!foot) {
    foot = Object.assign(document.createElement("button"), { type: "button", className: "to-card" });
    foot.onclick = () => {
      const title = document.querySelector(".st-key-card h2");
      title.tabIndex = -1;
      title.focus({ preventScroll: true });
      title.scrollIntoView({ behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
    };
  }
  foot.hidden = !data.card;
  foot.textContent = data.card;
  const { src, title, failed, card, second, heads, shared, ...state } = data;
  const states = second ? [{ ...state, title }, second] : [{ ...state, title }];
  const forget = (host) => {
    window.removeEventListener("message", host.listener);
    host.parentElement.remove();
  };
  while (maps.hosts.length > states.length) forget(maps.hosts.pop());
  while (maps.hosts.length < states.length) maps.hosts.push(addMap(maps, src));
  if (maps.lastElementChild !== foot) maps.append(foot);
  maps.classList.toggle("two", states.length > 1);
  maps.classList.toggle("dark", data.theme === "dark");
  maps.select = (code) => setTriggerValue("select", code);
  maps.failed = failed;
  const fill = (place, html = "") => {
    if (place.filled !== html) place.innerHTML = place.filled = html; // escaped where it was made
  };
  const key = maps.querySelector(".shared");
  fill(key, shared);
  key.tabIndex = key.scrollHeight > key.clientHeight + 1 ? 0 : -1; // where it scrolls, keys reach it
  maps.hosts.forEach((host, number) => {
    const { title: name, ...rest } = states[number];
    fill(host.previousElementSibling, heads?.[number]);
    host.frame.title = name;
    host.querySelector("p")?.remove();
    host.state = { ...rest, paired: states.length > 1 };
    if (host.loaded) host.post();
  });
  return () => {
    // Streamlit calls this when the map leaves the page, not between reruns
    if (maps.isConnected) return;
    for (const host of maps.hosts) window.removeEventListener("message", host.listener);
    window.removeEventListener("popstate", maps.back);
  };
}
