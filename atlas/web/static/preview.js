// The public page as the code shows it on another page: as wide as its place. Sandboxed, so that
// leaving it leaves the preview and not the atlas.
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
  return root;
}
// Another address is another frame: one that goes on to it would be a step that Back undoes.
function open(root, src) {
  const frame = document.createElement("iframe"),
    glass = root.firstChild;
  frame.setAttribute("sandbox", "allow-scripts allow-popups");
  frame.setAttribute("referrerpolicy", "no-referrer");
  frame.addEventListener("load", () => glass.classList.add("loaded"));
  glass.classList.remove("loaded");
  frame.setAttribute("src", src);
  glass.querySelector("iframe").replaceWith(frame);
}
export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".preview") ?? build(parentElement);
  root.dataset.theme = data.theme;
  root.style.setProperty("--height", `${Number(data.height)}px`);
  root.querySelector("p").textContent = data.waiting;
  if (root.querySelector("iframe").getAttribute("src") !== data.src) open(root, data.src);
  root.querySelector("iframe").title = data.title;
}
