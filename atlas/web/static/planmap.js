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
  if (root.busy) {
    // a site is in somebody's hand
    root.later = () => {
      root.later = null;
      planMap(component);
    };
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
  const regions = make("g", { class: "regions" }),
    region = {};
  const above = (code) => data.out.includes(code); // more than expected, and left out
  const drawn = [...data.shapes].sort(([shape], [other]) => above(shape) - above(other));
  for (const [code, name, d] of drawn) {
    const isOut = above(code);
    const shape = make("path", {
      d,
      fill: isOut ? colors.out : colors.land,
      stroke: isOut ? colors.outline : colors.border,
      class: isOut ? "out" : "",
    });
    shape.append(make("title", {}, name));
    region[code] = shape;
    regions.append(shape);
  }
  svg.append(
    regions,
    make("path", { d: data.lakes, fill: colors.sea }),
    make("path", { d: data.rivers, class: "river", stroke: colors.sea }),
  );
  if (data.zones) {
    svg.append(make("path", { d: data.zones, class: "zone", fill: colors.zone, stroke: colors.zone }));
  }
  for (const d of data.areas) {
    svg.append(make("path", { d, class: "ring", fill: colors.site, stroke: colors.site }));
  }
  const labels = make("g", { class: "labels" });
  svg.append(labels);
  const fixed = []; // drawn at the same size whatever the zoom
  for (const [x, y] of data.services) {
    const mark = make("rect", {
      x: -3,
      y: -3,
      width: 6,
      height: 6,
      class: "service",
      fill: colors.land,
      stroke: colors.ink,
    });
    fixed.push([mark, x, y]);
    svg.append(mark);
  }
  const says = document.createElement("p");
  says.className = "says";
  says.setAttribute("aria-live", "polite");
  Object.assign(says.style, { background: colors.card, color: colors.ink, borderColor: colors.line });
  for (const [, x, y] of data.others) {
    const mark = make("circle", { r: 6, class: "other", fill: colors.land, stroke: colors.site });
    fixed.push([mark, x, y]);
    svg.append(mark);
  }
  // the first to open lies on top
  for (const site of [...data.sites].reverse()) {
    const role = data.hand ? "button" : "img";
    const group = make("g", { class: "site", tabindex: 0, role, "aria-label": site.says });
    group.append(
      make("circle", { r: 22, class: "hit" }),
      make("circle", { r: 14, class: "focus", stroke: colors.ink }),
      site.isFixed
        ? make("rect", { x: -9.5, y: -9.5, width: 19, height: 19, rx: 3, class: "mark", fill: colors.site })
        : make("circle", { r: 11, class: "mark", fill: site.isDoubtful ? colors.card : colors.site }),
      make("text", { class: "n", y: 4.5, "font-size": 12 }, String(site.order)),
      make("text", { class: "name", fill: colors.ink, stroke: colors.land }, site.name),
    );
    if (site.isNew) group.prepend(make("circle", { r: 15, class: "came", stroke: colors.site }));
    if (site.isDoubtful && !site.isFixed) {
      group.classList.add("doubt");
      group.querySelector(".mark").setAttribute("stroke", colors.site);
      group.querySelector(".n").setAttribute("fill", colors.site);
    }
    group.dataset.code = site.code;
    site.group = group;
    const tell = () => {
      says.textContent = site.says;
    };
    for (const kind of ["focus", "mouseenter", "click"]) group.addEventListener(kind, tell);
    fixed.push([group, site.x, site.y]);
    svg.append(group);
  }
  const buttons = document.createElement("div");
  buttons.className = "buttons";
  // names stand where they hide no number and no other name: the sites, then the other likely towns,
  // then the departments, those that are left out first, in their own land or beside it with a line;
  // a name without room is left to the list
  const name = (unit) => {
    const isWide = svg.clientWidth >= 480;
    const shown = [view.x, view.y, view.x + view.width, view.y + view.width * ratio].map((at) => at / unit);
    const slack = Math.max(0, (svg.clientWidth - (shown[2] - shown[0])) / 2);
    const drop = Math.max(0, (svg.clientHeight - (shown[3] - shown[1])) / 2);
    const [left, right] = [shown[0] - slack + 6, shown[2] + slack - 6];
    const taken = data.sites.map(({ x, y }) => [x / unit - 12, y / unit - 12, x / unit + 12, y / unit + 12]);
    for (const [, x, y] of data.others) taken.push([x / unit - 7, y / unit - 7, x / unit + 7, y / unit + 7]);
    const frame = svg.getBoundingClientRect();
    for (const part of root.querySelectorAll(".new, .buttons, .legend")) {
      const box = part.getBoundingClientRect();
      const at = [box.left - frame.left, box.top - frame.top, box.right - frame.left, box.bottom - frame.top];
      const origin = [shown[0] - slack, shown[1] - drop];
      if (box.width) taken.push(at.map((value, i) => value + origin[i % 2]));
    }
    const isFree = (box, own = -1) =>
      box[0] > left &&
      box[2] < right &&
      box[1] > shown[1] + 4 &&
      box[3] < shown[3] - 4 &&
      taken.every(
        (other, i) => i === own || other[2] < box[0] || other[0] > box[2] || other[3] < box[1] || other[1] > box[3],
      );
    // beside a mark: right, left, below, above
    const beside = (label, x, y, wide, gap, own) => {
      const places = [
        ["start", gap, 5, [x + gap, y - 8, x + gap + wide, y + 9]],
        ["end", -gap, 5, [x - gap - wide, y - 8, x - gap, y + 9]],
        ["middle", 0, gap + 11, [x - wide / 2, y + gap - 2, x + wide / 2, y + gap + 15]],
        ["middle", 0, -gap - 2, [x - wide / 2, y - gap - 15, x + wide / 2, y - gap + 2]],
      ];
      const free = places.find(([, , , box]) => isFree(box, own));
      label.style.display = free ? "" : "none";
      if (!free) return;
      taken.push(free[3]);
      for (const [at, value] of [
        ["text-anchor", free[0]],
        ["x", free[1]],
        ["y", free[2]],
      ])
        label.setAttribute(at, value);
    };
    data.sites.forEach((site, at) => {
      const label = site.group.querySelector(".name");
      beside(label, site.x / unit, site.y / unit, site.name.length * 8.2, 15, at);
    });
    labels.replaceChildren();
    const write = (text, x, y, anchor, kind, fill) =>
      labels.append(
        make(
          "text",
          {
            x: x * unit,
            y: y * unit,
            "text-anchor": anchor,
            class: kind,
            fill,
            stroke: colors.land,
            style: `font-size: ${unit * { or: 11.5, out: 11.5, count: 11, dept: 9.5, town: 10.5 }[kind]}px; stroke-width: ${2.5 * unit}px`,
          },
          text,
        ),
      );
    for (const [text, x, y] of isWide ? data.others : []) {
      const label = make("text", {});
      beside(label, x / unit, y / unit, text.length * 6.4, 10);
      if (label.style.display) continue;
      const [anchor, dx, dy] = ["text-anchor", "x", "y"].map((at) => label.getAttribute(at));
      write(text, x / unit + Number(dx), y / unit + Number(dy) - 1, anchor, "or", colors.site);
    }
    const rings = [0, 16, 30, 44, 60, 78, 96, 120],
      turns = [180, 0, 160, 200, 140, 220, 90, 270, 20, 340, 120, 240];
    const inside = (code, x, y) => region[code].isPointInFill(new DOMPoint(x * unit, y * unit));
    const abroad = (x, y) => data.shapes.every(([code]) => !inside(code, x, y));
    const shaded = data.labels.filter(({ isOut }) => isOut).map(({ code }) => code);
    const holds = (box, x, y) => x >= box[0] && x <= box[2] && y >= box[1] && y <= box[3];
    const named = new Set(data.sites.map((site) => site.name));
    const department = ({ code, name: full, count, isOut, x, y }) => {
      if ((!isWide && !isOut) || named.has(full)) return;
      const [cx, cy] = [x / unit, y / unit];
      const wide = Math.max(full.length * (isOut ? 9.1 : 7), count.length * 6),
        tall = count ? 27 : 12;
      const places = rings.flatMap((away) =>
        (away ? turns : [0]).map((turn) => {
          const [px, py] = [cx + away * Math.cos((turn * Math.PI) / 180), cy + away * Math.sin((turn * Math.PI) / 180)];
          const isFar = away > 16;
          const side = !isFar || Math.abs(px - cx) < 12 ? "middle" : px < cx ? "end" : "start";
          const from = { middle: px - wide / 2, end: px - wide, start: px }[side];
          return { px, py, isFar, side, box: [from, py - tall / 2 - 2, from + wide, py + tall / 2 + 2] };
        }),
      );
      // a line strikes through no name and crosses no other line
      const line = ({ px, py }) =>
        Array.from({ length: 40 }, (_, step) => [cx + ((px - cx) * step) / 40, cy + ((py - cy) * step) / 40]);
      const isClear = (place) =>
        !place.isFar || line(place).every(([ax, ay]) => !taken.some((box) => holds(box, ax, ay)));
      const isForeign = ({ box }) =>
        shaded.some((other) => other !== code && inside(other, (box[0] + box[2]) / 2, (box[1] + box[3]) / 2));
      const fits = (place) => {
        const { isFar, box } = place,
          middle = (box[1] + box[3]) / 2;
        if (!isFree(box) || !isClear(place)) return false;
        if (!isFar) return isOut ? false : [box[0] + 4, box[2] - 4].every((at) => inside(code, at, middle));
        return [box[0], (box[0] + box[2]) / 2, box[2]].every((at) => abroad(at, middle));
      };
      const free =
        places.find(fits) ??
        (count && places.find((place) => isFree(place.box) && isClear(place) && !isForeign(place)));
      if (!free) return;
      taken.push(free.box);
      const first = free.py - (count ? 3 : -4);
      if (free.isFar) {
        for (const [ax, ay] of line(free)) taken.push([ax - 1, ay - 1, ax + 1, ay + 1]);
        const end = free.side === "middle" ? free.px : free.px + (free.side === "end" ? 3 : -3);
        labels.append(
          make("path", { class: "leader", stroke: colors.ink, d: `M${end * unit},${free.py * unit}L${x},${y}` }),
        );
      }
      write(full.toUpperCase(), free.px, first, free.side, isOut ? "out" : "dept", isOut ? colors.ink : colors.soft);
      if (count) write(count, free.px, first + 14, free.side, "count", colors.ink);
      named.add(full);
    };
    // capitals and larger towns before smaller ones, as many as the zoom has room for
    const near = data.width / view.width,
      most = Math.round((isWide ? 60 : 24) * near * near);
    const town = ([x, y, text]) => {
      const [tx, ty] = [x / unit, y / unit],
        dot = [tx - 3, ty - 3, tx + 3, ty + 3];
      if (named.has(text) || !isFree(dot)) return;
      taken.push(dot);
      const label = make("text", {});
      beside(label, tx, ty, text.length * 5.9, 5, taken.length - 1);
      if (label.style.display) {
        taken.pop();
        return;
      }
      const [anchor, dx, dy] = ["text-anchor", "x", "y"].map((at) => label.getAttribute(at));
      labels.append(make("circle", { cx: x, cy: y, r: 1.7 * unit, fill: colors.soft }));
      write(text, tx + Number(dx), ty + Number(dy) - 1, anchor, "town", colors.soft);
      named.add(text);
    };
    const isNamed = ({ count }) => Boolean(count);
    data.labels.filter(isNamed).forEach(department);
    data.towns.slice(0, 25).forEach(town);
    data.labels.filter((label) => !isNamed(label)).forEach(department);
    data.towns.slice(25, most).forEach(town);
  };
  const ratio = data.height / data.width;
  // view units of one pixel: the frame may be wider or narrower than the country
  const unitOf = () =>
    Math.max((view.width * ratio) / (svg.clientHeight || 560), view.width / (svg.clientWidth || 400));
  let grip = null;
  const draw = () => {
    const height = view.width * ratio;
    view.x = Math.max(-20, Math.min(view.x, data.width + 20 - view.width));
    view.y = Math.max(-20, Math.min(view.y, data.height + 20 - height));
    if (view.width >= data.width) Object.assign(view, { x: 0, y: 0, width: data.width });
    svg.setAttribute("viewBox", `${view.x} ${view.y} ${view.width} ${height}`);
    const unit = unitOf();
    for (const [mark, x, y] of fixed) mark.setAttribute("transform", `translate(${x} ${y}) scale(${unit})`);
    if (!grip) name(unit); // not at each step of a drag
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
    svg.addEventListener(kind, () => {
      const wasHeld = grip;
      grip = null;
      svg.classList.remove("moving");
      if (wasHeld) draw();
    });
  }
  const legend = document.createElement("ul");
  legend.className = "legend";
  for (const [kind, text] of data.legend) {
    const line = document.createElement("li"),
      sign = document.createElement("i");
    sign.className = kind;
    line.append(sign, text);
    legend.append(line);
  }
  for (const [key, value] of Object.entries(colors)) root.style.setProperty(`--${key}`, value);
  const focused = root.getRootNode().activeElement;
  const isHeld = root.contains(focused);
  const parts = [svg, legend, buttons, says];
  let moves = null;
  if (data.hand) {
    const toView = (event) => {
      const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
      return [at.x, at.y];
    };
    const bring = (x, y) => {
      const edge = 20 * unitOf(),
        height = view.width * ratio;
      view.x = Math.min(Math.max(view.x, x + edge - view.width), x - edge);
      view.y = Math.min(Math.max(view.y, y + edge - height), y - edge);
      draw();
    };
    moves = byHand({ root, svg, data, fixed, draw, unit: unitOf, toView, bring, says });
    parts.splice(1, 0, moves.panel, moves.start);
  }
  root.replaceChildren(...parts);
  root.dataset.sites = data.sites.map((site) => site.order).join(" ");
  draw();
  root.watch?.disconnect();
  root.watch = new ResizeObserver(() => draw()); // names stand by the size on the screen
  root.watch.observe(svg);
  if (!data.hand) return;
  // the same plan drawn anew, once it is known how sure it is, leaves open what was open
  const plan = data.sites.map((site) => site.code + site.isFixed).join() + data.hand.turn;
  if (root.resume && root.plan === plan) root.resume(moves);
  else if (isHeld || root.focused !== undefined) {
    const site = data.sites.find(({ code }) => code === (root.focused ?? focused?.dataset?.code));
    const isFree = [null, document.body].includes(document.activeElement) || isHeld;
    if (isFree) (site ?? data.sites[0])?.group.focus({ preventScroll: true });
  }
  if (root.plan !== plan) root.resume = null;
  root.plan = plan;
  root.focused = undefined;
}
