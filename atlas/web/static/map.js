// Hosts the map's sandboxed frame. The frame has no origin of its own, so it can neither read
// this page nor its cookies; all that passes is a list of layer addresses in and a code out.
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
    host.post = () => {
      frame.contentWindow?.postMessage({ type: "state", ...host.state }, "*");
    };
    host.listener = (event) => {
      if (event.source !== frame.contentWindow || typeof event.data !== "object") return;
      if (event.data.type === "ready") {
        host.loaded = true;
        host.post();
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
    };
    window.addEventListener("message", host.listener);
  }
  const frame = host.querySelector("iframe");
  frame.title = data.title;
  host.select = (code) => setTriggerValue("select", code);
  host.failed = data.failed;
  host.querySelector("p")?.remove();
  const { src, title, failed, ...state } = data;
  host.state = state;
  if (host.loaded) host.post();
  return () => {
    // Streamlit calls this when the map leaves the page, not between reruns
    if (!host.isConnected) window.removeEventListener("message", host.listener);
  };
}
