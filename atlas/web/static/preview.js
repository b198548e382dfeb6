// The public page as a phone, a tablet or a desktop shows it: drawn at that width, then scaled
// to the room there is. Sandboxed, so that leaving it leaves the preview and not the atlas.
const BEZEL = { phone: 20, tablet: 20, desktop: 2 };
function build(parentElement) {
  const root = document.createElement("div");
  const glass = document.createElement("div");
  const waiting = document.createElement("p");
  root.className = "preview";
  glass.className = "glass";
  waiting.setAttribute("role", "status");
  glass.append(waiting, document.createElement("iframe"));
  root.append(glass);
  parentElement.append(root);
  root.fit = () => {
    const [width, height] = root.size;
    const frame = glass.querySelector("iframe");
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
// Another address is another frame: one that goes on to it would be a step that Back undoes.
function open(root, src) {
  const frame = document.createElement("iframe"), glass = root.firstChild;
  frame.setAttribute("sandbox", "allow-scripts allow-popups");
  frame.setAttribute("referrerpolicy", "no-referrer");
  frame.addEventListener("load", () => glass.classList.add("loaded"));
  glass.classList.remove("loaded");
  frame.setAttribute("src", src);
  glass.querySelector("iframe").replaceWith(frame);
}
export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".preview") ?? build(parentElement);
  root.dataset.device = data.device;
  root.dataset.theme = data.theme;
  root.size = [Number(data.width), Number(data.height)];
  root.querySelector("p").textContent = data.waiting;
  if (root.querySelector("iframe").getAttribute("src") !== data.src) open(root, data.src);
  root.querySelector("iframe").title = data.title;
  root.fit();
}
