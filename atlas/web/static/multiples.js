// Small maps of the same country side by side, each a button; outlines are sent once, and every
// colour, breaks and all, comes finished.
const NS = "http://www.w3.org/2000/svg";
const make = (name, attributes = {}, text) => {
  const made = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
};
const html = (name, className, text) => {
  const made = document.createElement(name);
  made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
};
export default function ({ data, parentElement, setTriggerValue }) {
  let root = parentElement.querySelector(".multiples");
  if (!root) {
    root = html("div", "multiples");
    parentElement.append(root);
  }
  const { width, height, box } = data;
  const store = make("svg", { width: 0, height: 0, "aria-hidden": "true", class: "store" });
  const hatch = make("pattern", { id: "hatch", width: 9, height: 9, patternUnits: "userSpaceOnUse" });
  hatch.append(
    make("rect", { width: 9, height: 9, fill: data.hatch[0] }),
    make("path", { d: "M-1 1L1 -1M0 9L9 0M8 10L10 8", stroke: data.hatch[1], "stroke-width": 1.6 }),
  );
  const defs = make("defs");
  const fills = new Set(data.panels.flatMap((panel) => Object.values(panel.fills ?? {})));
  for (const fill of [...fills].filter((paint) => paint.startsWith("url(#few-"))) {
    const id = fill.slice(5, -1); // few reports: the colour under falling lines
    const lines = make("pattern", { id, width: 9, height: 9, patternUnits: "userSpaceOnUse" });
    lines.append(
      make("rect", { width: 9, height: 9, fill: `#${id.slice(4)}` }),
      make("path", { d: "M-1 8L1 10M0 0L9 9M8 -1L10 1", stroke: data.hatch[1], "stroke-width": 1.6 }),
    );
    defs.append(lines);
  }
  defs.append(hatch, ...data.shapes.map(([code, , d]) => make("path", { id: `area-${code}`, d })));
  store.append(defs);
  const held = root.getRootNode().activeElement?.dataset?.code;
  const panels = data.panels.map((panel) => {
    const button = html("button", "panel");
    button.type = "button";
    button.dataset.code = panel.code;
    button.setAttribute("aria-label", panel.said);
    button.setAttribute("aria-pressed", String(panel.code === data.chosen));
    const svg = make("svg", { viewBox: box.join(" "), "aria-hidden": "true" });
    for (const [code] of data.shapes) {
      svg.append(make("use", { href: `#area-${code}`, fill: panel.fills?.[code] ?? "url(#hatch)" }));
    }
    if (data.selected) svg.append(make("use", { href: `#area-${data.selected}`, class: "selected" }));
    button.append(html("b", "name", panel.name), svg, html("span", "note", panel.note));
    if (panel.fills) button.onclick = () => setTriggerValue("select", panel.code);
    else button.disabled = true;
    return button;
  });
  root.replaceChildren(store, ...panels);
  // one row of up to seven, else two that are nearly even
  root.style.setProperty("--columns", panels.length > 7 ? Math.ceil(panels.length / 2) : panels.length);
  if (held) root.querySelector(`[data-code="${CSS.escape(held)}"]`)?.focus();
}
