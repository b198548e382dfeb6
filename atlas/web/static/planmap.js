// The map of a plan: shapes, numbers and words come finished; text goes in as text, never as markup.
const NS = "http://www.w3.org/2000/svg";
const make = (name, attributes = {}, text) => {
  const made = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
};
const MOST = 8;
export default function planMap(component) {
  const { data, parentElement, setTriggerValue } = component;
  let root = parentElement.querySelector(".plan-map");
  if (!root) {
    root = document.createElement("div");
    root.className = "plan-map";
    parentElement.appendChild(root);
  }
  if (root.busy) { // a site is in somebody's hand
    root.later = () => { root.later = null; planMap(component); };
    return;
  }
  root.trigger = (move) => setTriggerValue("move", move);
  const { colors } = data;
  const view = root.view ?? { x: 0, y: 0, width: data.width };
  root.view = view;
  const svg = make("svg", { role: "group", "aria-label": data.alt });
  svg.append(
    make("rect", { x: -4000, y: -4000, width: 9000, height: 9000, fill: colors.sea }),
    // east of the country it is land as far as any frame shows, farther than its neighbours are drawn
    make("rect", { x: data.width, y: -4000, width: 4000, height: 9000, fill: colors.neighbour }),
    make("path", { d: data.neighbours, fill: colors.neighbour }),
    make("path", { d: data.borders, fill: "none", stroke: colors.line, "stroke-width": 0.5 }),
  );
  const regions = make("g", { class: "regions" });
  for (const [, name, d] of data.shapes) {
    const shape = make("path", { d, fill: colors.land, stroke: colors.border });
    shape.append(make("title", {}, name));
    regions.append(shape);
  }
  svg.append(regions, make("path", { d: data.lakes, fill: colors.sea }));
  if (data.zones) {
    svg.append(make("path", { d: data.zones, class: "zone", fill: colors.zone, stroke: colors.zone }));
  }
  for (const d of data.areas) {
    svg.append(make("path", { d, class: "ring", fill: colors.covered, stroke: colors.covered }));
  }
  svg.append(make("path", { d: data.links, class: "links", stroke: colors.covered }));
  const dots = make("g", { class: "dots" });
  for (const [x, y, r, kind] of data.dots) {
    dots.append(make("circle", {
      cx: x, cy: y, r, class: "dot", fill: colors[kind], stroke: colors.land, "fill-opacity": kind === "covered" ? 0.75 : 0.8,
    }));
  }
  svg.append(dots);
  const fixed = []; // drawn at the same size whatever the zoom
  for (const [x, y] of data.services) {
    const mark = make("rect", {
      x: -3, y: -3, width: 6, height: 6, class: "service", fill: colors.land, stroke: colors.ink,
    });
    fixed.push([mark, x, y]);
    svg.append(mark);
  }
  const says = document.createElement("p");
  says.className = "says";
  says.setAttribute("aria-live", "polite");
  Object.assign(says.style, { background: colors.card, color: colors.ink, borderColor: colors.line });
  // the first to open lies on top
  for (const site of [...data.sites].reverse()) {
    const role = data.hand ? "button" : "img";
    const group = make("g", { class: "site", tabindex: 0, role, "aria-label": site.says });
    group.append(
      make("circle", { r: 22, class: "hit" }),
      make("circle", { r: 12, class: "focus", stroke: colors.ink }),
      site.isFixed
        ? make("rect", { x: -8.5, y: -8.5, width: 17, height: 17, rx: 3, class: "mark", fill: colors.site })
        : make("circle", { r: 9, class: "mark", fill: colors.site }),
      make("text", { class: "n", y: 4, "font-size": 11.5 }, String(site.order)),
      make("text", { class: "name", "font-size": 12, fill: colors.ink, stroke: colors.land }, site.name),
    );
    group.dataset.code = site.code;
    site.group = group;
    const tell = () => { says.textContent = site.says; };
    for (const kind of ["focus", "mouseenter", "click"]) group.addEventListener(kind, tell);
    fixed.push([group, site.x, site.y]);
    svg.append(group);
  }
  const buttons = document.createElement("div");
  buttons.className = "buttons";
  // names stand where they hide no number and no other name, the first to open first; a name
  // without room is left to the table and to the sentence below the map
  const name = (unit) => {
    const taken = data.sites.map(({ x, y }) => [x / unit - 10, y / unit - 10, x / unit + 10, y / unit + 10]);
    const shown = [view.x / unit, (view.x + view.width) / unit];
    data.sites.forEach((site, at) => {
      const [x, y] = [site.x / unit, site.y / unit];
      const wide = site.name.length * 6.9;
      const label = site.group.querySelector(".name");
      const places = [
        ["start", 13, 4, [x + 11, y - 8, x + 13 + wide, y + 8]],
        ["end", -13, 4, [x - 13 - wide, y - 8, x - 11, y + 8]],
        ["middle", 0, 23, [x - wide / 2, y + 11, x + wide / 2, y + 26]],
        ["middle", 0, -15, [x - wide / 2, y - 27, x + wide / 2, y - 11]],
      ];
      const free = places.find(([, , , box]) => box[0] > shown[0] && box[2] < shown[1] && taken.every((one, i) =>
        i === at || one[2] < box[0] || one[0] > box[2] || one[3] < box[1] || one[1] > box[3]));
      label.style.display = free ? "" : "none";
      if (!free) return;
      taken.push(free[3]);
      label.setAttribute("text-anchor", free[0]);
      label.setAttribute("x", free[1]);
      label.setAttribute("y", free[2]);
    });
  };
  const ratio = data.height / data.width;
  // view units of one pixel: the frame may be wider or narrower than the country
  const unitOf = () => Math.max(
    (view.width * ratio) / (svg.clientHeight || 560), view.width / (svg.clientWidth || 400),
  );
  const draw = () => {
    const height = view.width * ratio;
    view.x = Math.max(-20, Math.min(view.x, data.width + 20 - view.width));
    view.y = Math.max(-20, Math.min(view.y, data.height + 20 - height));
    if (view.width >= data.width) Object.assign(view, { x: 0, y: 0, width: data.width });
    svg.setAttribute("viewBox", `${view.x} ${view.y} ${view.width} ${height}`);
    const unit = unitOf();
    for (const [mark, x, y] of fixed) mark.setAttribute("transform", `translate(${x} ${y}) scale(${unit})`);
    name(unit);
    root.dataset.zoom = (data.width / view.width).toFixed(2);
  };
  const zoom = (times) => {
    const width = Math.max(data.width / MOST, Math.min(data.width, view.width / times));
    view.x += (view.width - width) / 2;
    view.y += ((view.width - width) * ratio) / 2;
    view.width = width;
    draw();
  };
  for (const [sign, name, act] of [
    ["+", data.zoomIn, () => zoom(1.6)],
    ["−", data.zoomOut, () => zoom(1 / 1.6)],
  ]) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = sign;
    button.setAttribute("aria-label", name);
    button.title = name;
    Object.assign(button.style, { background: colors.card, color: colors.ink, borderColor: colors.line });
    button.addEventListener("click", act);
    buttons.append(button);
  }
  svg.addEventListener("keydown", (event) => {
    const step = view.width / 8;
    const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
    if (event.key === "+" || event.key === "=") zoom(1.6);
    else if (event.key === "-") zoom(1 / 1.6);
    else if (moves[event.key] && view.width < data.width) {
      view.x += moves[event.key][0];
      view.y += moves[event.key][1];
      draw();
    } else return;
    event.preventDefault();
  });
  let grip = null;
  svg.addEventListener("pointerdown", (event) => {
    svg.wasMoved = false;
    if (view.width >= data.width) return;
    grip = { x: event.clientX, y: event.clientY, vx: view.x, vy: view.y };
    svg.setPointerCapture(event.pointerId);
    svg.classList.add("moving");
  });
  svg.addEventListener("pointermove", (event) => {
    if (!grip) return;
    const unit = unitOf();
    svg.wasMoved ||= Math.hypot(event.clientX - grip.x, event.clientY - grip.y) > 8;
    view.x = grip.vx - (event.clientX - grip.x) * unit;
    view.y = grip.vy - (event.clientY - grip.y) * unit;
    draw();
  });
  for (const kind of ["pointerup", "pointercancel"]) {
    svg.addEventListener(kind, () => { grip = null; svg.classList.remove("moving"); });
  }
  svg.style.height = `min(${Number(data.heightRem)}rem, ${(100 * ratio).toFixed(1)}cqw)`;
  const held = root.getRootNode().activeElement;
  const isHeld = root.contains(held);
  const parts = [svg, buttons, says];
  if (data.hand) {
    const toView = (event) => {
      const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
      return [at.x, at.y];
    };
    const bring = (x, y) => {
      const edge = 20 * unitOf(), height = view.width * ratio;
      view.x = Math.min(Math.max(view.x, x + edge - view.width), x - edge);
      view.y = Math.min(Math.max(view.y, y + edge - height), y - edge);
      draw();
    };
    const { panel, start } = byHand({ root, svg, data, fixed, draw, unit: unitOf, toView, bring, says });
    parts.splice(1, 0, panel, start);
  }
  root.replaceChildren(...parts);
  root.dataset.sites = data.sites.map((one) => one.order).join(" ");
  draw();
  if (!data.hand) return;
  // the same plan drawn anew, once it is known how sure it is, leaves open what was open
  const plan = data.sites.map((one) => one.code + one.isFixed).join() + data.hand.turn;
  if (root.resume && root.plan === plan) root.resume();
  else if (isHeld || root.focused !== undefined) {
    const one = data.sites.find(({ code }) => code === (root.focused ?? held?.dataset?.code));
    const isFree = [null, document.body].includes(document.activeElement) || isHeld;
    if (isFree) (one ?? data.sites[0])?.group.focus({ preventScroll: true });
  }
  if (root.plan !== plan) root.resume = null;
  root.plan = plan;
  root.focused = undefined;
}
