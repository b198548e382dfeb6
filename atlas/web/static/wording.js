// Puts the words of the page in the place of Streamlit's, which are English only, wherever they
// come up: as text, as names for a screen reader, as hints. What the atlas writes is left alone.
const OURS = "[data-testid=stHtml], [data-testid=stMarkdown]";
const NAMES = ["aria-label", "title", "placeholder", "alt"];
const pattern = (text) =>
  new RegExp(
    `^${text
      .split("{}")
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
      .join("(.+)")}$`,
    "s",
  );
let exact = new Map(),
  varying = [];

function translated(text) {
  const bare = text?.trim();
  if (!bare) return null;
  if (exact.has(bare)) return exact.get(bare);
  for (const [was, now] of varying) {
    const match = was.exec(bare);
    if (match) {
      let at = 0;
      return now.replaceAll("{}", () => match[++at]);
    }
  }
  return null;
}
function mend(node) {
  if (node.nodeType === Node.TEXT_NODE) {
    const text = translated(node.data);
    if (text !== null && node.data !== text) node.data = text;
    return;
  }
  for (const name of NAMES) {
    const text = translated(node.getAttribute(name));
    if (text !== null) node.setAttribute(name, text);
  }
}
const ours = (node) => node.nodeType === Node.ELEMENT_NODE && node.matches(`${OURS}, script, style`);
function mendAll(root) {
  if (root.nodeType === Node.TEXT_NODE) return mend(root);
  if (root.nodeType !== Node.ELEMENT_NODE || ours(root)) return;
  const walk = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT, (node) =>
    ours(node) ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT,
  );
  mend(root);
  while (walk.nextNode()) mend(walk.currentNode);
}
let watch = null;

export default function ({ data }) {
  exact = new Map(data.pairs.filter(([was]) => !was.includes("{}")));
  varying = data.pairs.filter(([was]) => was.includes("{}")).map(([was, now]) => [pattern(was), now]);
  mendAll(document.body);
  watch ??= new MutationObserver((changes) => {
    for (const { type, target, addedNodes } of changes) {
      if ((target.nodeType === Node.ELEMENT_NODE ? target : target.parentElement)?.closest(OURS)) continue;
      if (type === "childList") addedNodes.forEach(mendAll);
      else mend(target);
    }
  });
  watch.observe(document.body, {
    childList: true,
    subtree: true,
    characterData: true,
    attributes: true,
    attributeFilter: NAMES,
  });
}
