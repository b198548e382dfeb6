// The public page as a phone, a tablet or a desktop shows it: drawn at that width, then scaled
// to the room there is. Sandboxed, so that leaving it leaves the preview and not the atlas.
const BEZEL = { phone: 20, tablet: 20, desktop: 2 };
function build(parentElement) {
  const root = document.createElement("div");
  const glass = document.createElement("div");
  const waiting = document.createElement("p");
  const frame = document.createElement("iframe");
  root.className = "preview";
  glass.className = "glass";
  waiting.setAttribute("role", "status");
  frame.setAttribute("sandbox", "allow-scripts allow-popups");
  frame.setAttribute("referrerpolicy", "no-referrer");
  frame.addEventListener("load", () => glass.classList.add("loaded"));
  glass.append(waiting, frame);
  root.append(glass);
  parentElement.append(root);
  root.fit = () => {
    const [width, height] = root.size;
    const scale = Math.min(1, (root.clientWidth - BEZEL[root.dataset.device]) / width);
    frame.style.width = `${width}px`;
    frame.style.height = `${height}px`;
    frame.style.transform = `scale(${scale})`;
    glass.style.width = `${Math.floor(width * scale)}px`;
    glass.style.height = `${Math.floor(height * scale)}px`;
  };
  new ResizeObserver(root.fit).observe(root);
  return root;
}
export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".preview") ?? build(parentElement);
  const frame = root.querySelector("iframe");
  root.dataset.device = data.device;
  root.dataset.theme = data.theme;
  root.size = [Number(data.width), Number(data.height)];
  root.querySelector("p").textContent = data.waiting;
  frame.title = data.title;
  if (frame.getAttribute("src") !== data.src) {
    root.firstChild.classList.remove("loaded");
    frame.setAttribute("src", data.src);
  }
  root.fit();
}
