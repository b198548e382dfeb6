// A small map: shapes, colours and words come finished; text goes in as text, never as markup.
const NS = "http://www.w3.org/2000/svg";
const make = (name, attributes = {}, text) => {
  const made = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
};
const marks = {
  number: (x, y, text) => [
    make("circle", { cx: x, cy: y, r: 8.5, class: "number" }),
    make("text", { x, y: y + 3.9, class: "number" }, text),
  ],
  // a circle whose text is its radius
  bubble: (x, y, text) => [make("circle", { cx: x, cy: y, r: Number(text), class: "bubble" })],
  // there is a count, and it is not shown
  label: (x, y, text) => [make("text", { x, y: y + 3.5, class: "label" }, text)],
};
export default function ({ data, parentElement, setTriggerValue }) {
  let root = parentElement.querySelector(".mini");
  if (!root) {
    root = document.createElement("div");
    root.className = "mini";
    parentElement.appendChild(root);
  }
  const { ground } = data;
  const svg = make("svg", {
    viewBox: `0 0 ${data.width} ${data.height}`,
    role: "img",
    "aria-label": data.alt,
  });
  const hatch = make("pattern", { id: "hatch", width: 5, height: 5, patternUnits: "userSpaceOnUse" });
  hatch.append(
    make("rect", { width: 5, height: 5, fill: data.hatch[0] }),
    make("path", { d: "M-1 1L1 -1M0 5L5 0M4 6L6 4", stroke: data.hatch[1], "stroke-width": 0.9 }),
  );
  const defs = make("defs");
  defs.append(hatch);
  const few = [...new Set(Object.values(data.fills))].filter((fill) => fill.startsWith("url(#few-"));
  for (const fill of few) {
    // few reports: the colour under falling lines
    const id = fill.slice(5, -1);
    const lines = make("pattern", { id, width: 5, height: 5, patternUnits: "userSpaceOnUse" });
    lines.append(
      make("rect", { width: 5, height: 5, fill: `#${id.slice(4)}` }),
      make("path", { d: "M-1 4L1 6M0 0L5 5M4 -1L6 1", stroke: data.hatch[1], "stroke-width": 0.9 }),
    );
    defs.append(lines);
  }
  svg.append(
    defs,
    make("rect", { width: data.width, height: data.height, fill: ground.sea }),
    make("path", { d: data.neighbours, fill: ground.neighbour }),
    make("path", { d: data.borders, fill: "none", stroke: ground.line, "stroke-width": 0.5 }),
  );
  const fine = data.lines?.length ? " fine" : "";
  // what wears a scale, not the ground: turned round in the dark
  const scaled = data.plain ? "" : `scaled${fine}`;
  const regions = make("g", { class: `regions ${scaled}` });
  const byCode = {};
  for (const [code, name, d] of data.shapes) {
    byCode[code] = d;
    const fill = data.fills[code] ?? "url(#hatch)";
    const shape = make("path", { d, fill, "data-code": code });
    shape.append(make("title", {}, data.tips?.[code] ?? name));
    if (data.clickable) shape.addEventListener("click", () => setTriggerValue("select", code));
    regions.append(shape);
  }
  svg.append(regions, make("path", { d: data.lakes, fill: ground.sea, class: "quiet" }));
  const drawn = data.plain ? data.shapes.map(([, , d]) => d) : (data.lines ?? []);
  if (drawn.length) {
    const lines = make("g", { class: "lines quiet" });
    for (const d of drawn) lines.append(make("path", { d }));
    svg.append(lines);
  }
  const over = make("g", { class: "over quiet" });
  for (const d of data.rims ?? []) over.append(make("path", { d, class: "rim" }));
  if (data.selected && byCode[data.selected]) {
    over.append(make("path", { d: byCode[data.selected], class: "halo" }));
    over.append(make("path", { d: byCode[data.selected], class: "selected" }));
  }
  for (const [kind, x, y, text, tip] of data.marks ?? []) {
    const mark = marks[kind]?.(x, y, text) ?? [];
    if (tip && mark.length) mark[0].append(make("title", {}, tip));
    over.append(...mark);
  }
  svg.append(over);
  svg.style.height = `${Number(data.heightRem)}rem`;
  // a frame wider than what is drawn goes on as it ends: ocean to the left, land to the right
  root.style.background = `linear-gradient(90deg, ${ground.sea} 50%, ${ground.neighbour} 50%)`;
  root.classList.toggle("clickable", Boolean(data.clickable));
  root.replaceChildren(svg);
}
