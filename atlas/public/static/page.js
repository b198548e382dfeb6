const byId = (id) => document.getElementById(id);
const root = document.documentElement;
const map = byId("map");
const panel = byId("panel");
const table = byId("table");
const body = table.tBodies[0];
root.classList.replace("no-js", "js");

// regions: what the card says is read from the table's row, so the two cannot differ
const part = (name) => panel.querySelector(`.p-${name}`);
const missedLines = document.querySelectorAll(".p-missed");
const cell = (row, name) => row.querySelector(`.c-${name}`);
const prompt = { name: part("name").textContent, per: part("per").textContent };
const order = [...body.rows].map((row) => row.id.slice(1));
const shapes = new Map(order.map((code) => [code, byId(`r${code}`)]));
const rims = ["chosen-rim", "chosen", "chosen-core"].map((name) => {
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("class", name);
  return path;
});
let pinned = null;
const within = (value, least, most) => Math.max(least, Math.min(value, most));
const box = (node) => node.getBoundingClientRect();
const chosen = (id) => byId(id)?.checked;
const isSmall = document.body.classList.contains("compact");
const judged = (row, name) =>
  cell(row, "verdict").querySelector(
    (chosen("by-verdict") && chosen("base-offences") ? ".for-offences " : ".for-people ") + name,
  );

function show(code) {
  for (const row of body.rows) row.classList.toggle("is-chosen", row.id === `t${code}`);
  panel.classList.toggle("prompt", !code);
  if (!code) {
    panel.removeAttribute("style");
    for (const rim of rims) rim.remove();
    part("name").textContent = prompt.name;
    part("per").textContent = prompt.per;
    for (const name of ["rate", "count", "verdict", "both"]) part(name).textContent = "";
    for (const line of missedLines) line.textContent = "";
    return;
  }
  const row = byId(`t${code}`);
  const few = cell(row, "name").querySelector("small");
  part("name").textContent = read.name(row);
  // the measure that colours the map; what was not tested has no ratio
  const by = chosen("by-verdict"),
    times = by && judged(row, "b"),
    rate = cell(row, "rate").textContent.replace("–", "");
  part("rate").textContent = by ? (times?.textContent ?? "") : rate;
  part("per").textContent = !by
    ? rate && part("source").dataset.per
    : times
      ? part("source").dataset.times.replace("…", judged(row, "small span").textContent)
      : "";
  part("count").textContent = `${cell(row, "count").textContent} ${part("count").dataset.unit}`;
  part("verdict").textContent = (by ? [judged(row, "span"), judged(row, "em")] : [few || judged(row, "span")])
    // the table says why a large ratio is as expected
    .filter(Boolean)
    .map((name) => name.textContent.replace(/ \(.*/, ""))
    .join(" · ");
  for (const line of missedLines) line.textContent = isSmall ? "" : (judged(row, ".missed")?.textContent ?? "");
  part("both").textContent = isSmall ? "" : row.dataset.both;
  for (const rim of rims) rim.setAttribute("d", shapes.get(code).getAttribute("d"));
  // under the outlines: a chosen region still shows its verdict
  byId("outlines").before(...rims);
  // on a wide screen the card stands beside the region, in the part of the map that is seen
  const at = box(shapes.get(code)),
    sheet = box(map),
    own = box(panel);
  const before = at.left - sheet.left - own.width - 8,
    after = at.right - sheet.left + 8;
  const x = at.left + at.right > sheet.left + sheet.right ? before : after;
  const y = within((at.top + at.bottom - own.height) / 2, 64, innerHeight - own.height - 8);
  panel.style.setProperty("--x", `${within(x, 8, sheet.width - own.width - 8)}px`);
  panel.style.setProperty("--y", `${within(y - sheet.top, 8, sheet.height - own.height - 8)}px`);
}
function pin(code) {
  pinned = code;
  for (const [shapeCode, shape] of shapes) {
    shape.setAttribute("aria-selected", String(shapeCode === code));
    shape.setAttribute("tabindex", shapeCode === (code || order[0]) ? "0" : "-1");
  }
  show(code);
  // under the help lines, the places of the chosen department
  const near = byId("near"),
    there = code && byId(`h${code}`);
  if (near) near.hidden = !there;
  if (near && there)
    near.textContent =
      there.firstElementChild.textContent +
      ": " +
      there.lastElementChild.textContent +
      " " +
      near.nextElementSibling.querySelector("p").textContent;
}
document.querySelector(".atlas").addEventListener("change", () => show(pinned));
map.setAttribute("role", "listbox");
byId("regions").setAttribute("role", "presentation");
order.forEach((code, place) => {
  const shape = shapes.get(code);
  const title = shape.querySelector("title");
  const attributes = {
    role: "option",
    "aria-label": title.textContent,
    "aria-posinset": place + 1,
    "aria-setsize": order.length,
  };
  for (const name in attributes) shape.setAttribute(name, attributes[name]);
  title.remove();
  shape.addEventListener("focus", () => pin(code));
  for (const target of [shape, byId(`t${code}`)]) {
    target.addEventListener("click", () => pin(code));
    target.addEventListener("pointerenter", () => show(code));
    target.addEventListener("pointerleave", () => show(pinned));
  }
});
map.addEventListener("keydown", (event) => {
  const at = order.indexOf(pinned);
  const to = {
    ArrowRight: at + 1,
    ArrowDown: at + 1,
    ArrowLeft: at - 1,
    ArrowUp: at - 1,
    Home: 0,
    End: order.length - 1,
  }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  shapes.get(order[within(to, 0, order.length - 1)]).focus({ preventScroll: true });
});
panel.hidden = false;
pin(null);

// the table sorts; departments that are not ranked stay last
const verdicts = ["v-above", "v-unremarkable", "v-below", "v-untestable"];
const place = (row) => verdicts.findIndex((name) => judged(row, "i").classList.contains(name));
const figure = (row, name) => -parseFloat(cell(row, name).textContent.replace(/,/g, ""));
const read = {
  name: (row) => cell(row, "name").querySelector("span").textContent,
  count: (row) => figure(row, "count"),
  rate: (row) => figure(row, "rate"),
  // most above the expected first within a verdict
  verdict: (row) => 1000 * place(row) - parseFloat(judged(row, "b")?.textContent || 0),
};
const heads = [...table.tHead.rows[0].cells];
for (const head of heads) {
  const name = head.className.slice(2);
  const button = document.createElement("button");
  button.type = "button";
  button.append(...head.childNodes);
  head.append(button);
  if (name === "rate") head.setAttribute("aria-sort", "descending");
  button.addEventListener("click", () => {
    const ways = ["ascending", "descending"];
    if (name === "count" || name === "rate") ways.reverse();
    const way = ways[+(head.getAttribute("aria-sort") === ways[0])];
    for (const other of heads) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", way);
    const sign = way === ways[0] ? 1 : -1;
    const last = (row) => row.classList.contains("unranked");
    body.append(
      ...[...body.rows].sort((a, b) => {
        const [x, y] = [a, b].map(read[name]);
        return last(a) - last(b) || sign * (typeof x === "string" ? x.localeCompare(y, root.lang) : x - y || 0);
      }),
    );
  });
}

// leaving: this page gives up its place in the history of the tab, and hides at once
const address = document.querySelector("a.exit").href;
function leave() {
  root.classList.add("left");
  document.title = "";
  try {
    window.top.location.replace(address);
  } catch {
    location.replace("about:blank");
  }
}
for (const link of document.querySelectorAll("a.exit")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    leave();
  });
}
let escaped = -Infinity;
addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.repeat) return;
  if (event.timeStamp - escaped < 1500) leave();
  escaped = event.timeStamp;
});
addEventListener("pageshow", (event) => {
  if (event.persisted) root.classList.remove("left");
});

// shared and cited by the address that its publisher gave, else by the one it was opened at
const share = byId("share");
const canonical =
  document.querySelector("link[rel=canonical]")?.href ||
  (location.protocol.startsWith("http") && location.href.split("#")[0]);
if (share && canonical) {
  const status = share.querySelector("[role=status]"),
    native = share.querySelector(".native");
  const link = byId("share-link");
  const copy = (field) => {
    field.select();
    // needs no permission, in a frame or without https
    status.textContent = status.dataset[document.execCommand("copy") ? "done" : "select"];
  };
  share.hidden = document.querySelector(".to-share").hidden = false;
  link.value = byId("cite-address").textContent = canonical;
  for (const row of share.querySelectorAll(".copy")) {
    const field = row.children[1];
    field.value = field.value.replace(/(src|href)="([^"]+)/g, (_, name, to) => `${name}="${new URL(to, canonical)}`);
    row.lastChild.addEventListener("click", () => copy(field));
  }
  const whatsapp = share.querySelector(".whatsapp");
  whatsapp.href = `https://wa.me/?text=${encodeURIComponent(`${document.title}. ${canonical}`)}`;
  whatsapp.hidden = false;
  native.hidden = !navigator.share;
  native.addEventListener("click", () =>
    navigator
      .share({ title: document.title, url: canonical })
      .catch((error) => error.name === "AbortError" || copy(link)),
  );
}
// a sandbox without windows of its own would swallow the link
if (origin === "null") document.querySelector(".whole")?.removeAttribute("target");

// inside a frame the host is told how tall the page is, and nothing else
if (window.parent !== window) {
  const tell = () =>
    window.parent?.postMessage({ type: "atlas-height", height: Math.ceil(box(document.body).height) }, "*");
  new ResizeObserver(tell).observe(document.body);
  tell();
}
