// Bars of a registry's counts, a listbox on which a step or a run of steps is chosen by click, drag,
// its grips, the arrow keys, or by playing. What is chosen shows at once; the page follows.
const EVERY_MS = 1400;
const ANSWER_MS = 2500;
/* how long an older state that still arrives may not undo what was chosen since */
const PLAY = "M8 5v14l11-7z",
  PAUSE = "M7 5h4v14H7zM13 5h4v14h-4z",
  STEP = "M6 5v14l8.5-7zM16 5h3v14h-3z";

const make = (name, attributes = {}, ...children) => {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
};
const icon = (d) => {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", d);
  svg.append(path);
  return svg;
};
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
const calm = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

export default function ({ data, parentElement, setTriggerValue }) {
  let root = parentElement.querySelector(".timeline");
  if (!root) {
    root = begin();
    parentElement.append(root);
  }
  root.data = data;
  root.send = (value) => setTriggerValue("select", value);
  const shape = JSON.stringify([data.bars, data.words, data.registries, data.registry, data.view]);
  if (root.shape !== shape) {
    root.shape = shape;
    root.pause();
    root.build();
  }
  root.receive(data.chosen);
}

function begin() {
  const root = make("section", { class: "timeline" });
  const head = make("div", { class: "head" }),
    body = make("div", { class: "body" });
  const play = make("button", { type: "button", class: "play" });
  const scroller = make("div", { class: "scroller" });
  const track = make("div", { class: "track", role: "listbox", tabindex: 0 });
  const frame = make("div", { class: "frame", "aria-hidden": "true" });
  const grips = ["start", "end"].map((side) => make("i", { class: `grip ${side}` }));
  const plot = make("div", { class: "plot" }, track, frame);
  const readout = make("p", { class: "readout" });
  const hint = make("p", { class: "hint", "aria-hidden": "true" }); // a step's own name says it aloud
  frame.append(...grips);
  scroller.append(plot);
  body.append(play, scroller);
  root.append(head, body, hint);

  let bars = [],
    anchor = 0,
    cursor = 0,
    scattered = null,
    sent = null,
    timer = null,
    dragged = null;
  let tapped,
    asking = null; // the step whose flag a tap or a key asks about
  const ends = () => [Math.min(anchor, cursor), Math.max(anchor, cursor)];
  const known = (at) => bars[at] && bars[at].count !== null;
  // a run holds no step whose count is unknown: it ends before it
  const reach = (from, to) => {
    const way = Math.sign(to - from);
    let at = from;
    while (at !== to && known(at + way)) at += way;
    return at;
  };
  const next = (from, way) => {
    let at = from + way;
    while (bars[at] && !known(at)) at += way;
    return bars[at] ? at : from;
  };
  const wording = (first, last) => {
    const { words } = root.data;
    if (!known(first)) return fill(words.unknown, { name: bars[first].name, why: bars[first].gap });
    const run = bars.slice(first, last + 1);
    const name =
      first === last ? bars[first].name : fill(words.range, { first: bars[first].name, last: bars[last].name });
    const count = run.reduce((sum, bar) => sum + bar.count, 0).toLocaleString("en");
    return fill(words.said, { name, count });
  };

  root.build = () => {
    const { words, registries, registry, views, view } = root.data;
    bars = root.data.bars;
    root.setAttribute("aria-label", words.label);
    track.setAttribute("aria-label", words.steps);
    track.setAttribute("aria-multiselectable", "true");
    track.setAttribute("aria-orientation", "horizontal");
    scroller.classList.toggle("many", bars.length > 24);
    scroller.classList.toggle("nine", bars.length > 7);
    plot.style.setProperty("--steps", bars.length);
    const highest = Math.max(1, ...bars.map((bar) => bar.count ?? 0));
    track.replaceChildren(
      ...bars.map((bar, at) => {
        const option = make("div", {
          role: "option",
          id: `step-${at}`,
          "data-code": bar.code,
          "aria-selected": "false",
          "aria-disabled": bar.count === null ? "true" : undefined,
          "aria-label": [wording(at, at), bar.note].filter(Boolean).join(". "),
          class: ["step", bar.is_partial && "partial", bar.count === null && "unknown"].filter(Boolean).join(" "),
        });
        if (bar.count !== null) {
          const drawn = make("i");
          drawn.style.height = `${(100 * bar.count) / highest}%`;
          option.append(make("div", { class: "rod" }, drawn));
        }
        if (bar.tick) {
          // of many the century goes where it is narrow
          const parts = bars.length > 7 ? [make("span", {}, bar.tick.slice(0, 2)), bar.tick.slice(2)] : [bar.tick];
          option.append(make("span", { class: "tick" }, ...parts));
        }
        if (bar.mark) option.append(make("span", { class: "mark" }, bar.mark));
        return option;
      }),
    );
    for (const gap of plot.querySelectorAll(".gap")) gap.remove();
    for (let at = 0; at < bars.length; at++) {
      if (known(at)) continue;
      let end = at;
      while (bars[end + 1] && !known(end + 1) && bars[end + 1].gap === bars[at].gap) end++;
      const gap = make("div", { class: "gap", "aria-hidden": "true" }, bars[at].gap);
      gap.style.setProperty("--from", at);
      gap.style.setProperty("--size", end - at + 1);
      plot.append(gap);
      at = end;
    }
    const tabs = make("div", { class: "tabs", role: "radiogroup", "aria-label": words.registries });
    for (const [code, name, help] of registries) {
      const input = make("input", { type: "radio", name: "registry", value: code, "aria-description": help });
      input.checked = code === registry;
      input.onchange = () => root.send({ registry: code });
      tabs.append(make("label", { title: help }, input, make("span", {}, name)));
    }
    const zoom =
      views.length > 1
        ? [
            make(
              "button",
              { type: "button", class: "zoom", "data-focus": "zoom", title: words.viewHelp[view] },
              words.views[view],
            ),
          ]
        : [];
    for (const button of zoom) {
      button.onclick = () => root.send({ view: views.find((other) => other !== view) });
    }
    const focus = root.getRootNode().activeElement;
    const was = focus && root.contains(focus) && (focus.value ?? focus.dataset.focus);
    head.replaceChildren(...(registries.length > 1 ? [tabs] : []), readout, ...zoom);
    if (was) root.querySelector(`[value="${was}"], [data-focus="${was}"]`)?.focus();
    play.hidden = bars.filter((bar) => bar.count !== null).length < 2;
    sent = null;
  };

  // what the page says is chosen; an answer to an older choice does not undo a newer one
  root.receive = (codes) => {
    const places = codes.map((code) => bars.findIndex((bar) => bar.code === code)).filter((at) => at >= 0);
    if (!places.length) return show();
    const key = codes.join();
    if (sent && sent.key !== key && performance.now() - sent.at < ANSWER_MS) return;
    sent = null;
    if (dragged) return;
    const first = places[0],
      last = places[places.length - 1];
    scattered = last - first + 1 === places.length ? null : new Set(places);
    const [low, high] = ends();
    if (low !== first || high !== last) [anchor, cursor] = [first, last];
    show();
    uncover();
  };

  function show() {
    const [first, last] = ends();
    for (const [at, option] of [...track.children].entries()) {
      const on = scattered ? scattered.has(at) : at >= first && at <= last;
      option.setAttribute("aria-selected", String(on));
    }
    track.setAttribute("aria-activedescendant", `step-${cursor}`);
    frame.style.setProperty("--from", first);
    frame.style.setProperty("--size", last - first + 1);
    frame.hidden = Boolean(scattered) || bars.length < 2;
    say();
  }
  function say(at) {
    const [first, last] = ends();
    const hovered = at !== undefined && bars[at];
    readout.classList.toggle("passing", Boolean(hovered));
    // what one bar says the card beside the map says too
    readout.classList.toggle("alone", !hovered && !scattered && first === last);
    readout.textContent = hovered
      ? wording(at, at)
      : scattered
        ? root.data.apart
        : bars.length
          ? wording(first, last)
          : "";
    hint.textContent = bars[hovered ? at : tapped]?.note ?? "";
    hint.hidden = !hint.textContent;
  }
  function explain() {
    tapped = cursor;
    clearTimeout(asking);
    asking = setTimeout(() => {
      tapped = undefined;
      say();
    }, 8000);
    say();
  }
  function uncover() {
    const option = track.children[cursor];
    if (!option || scroller.scrollWidth <= scroller.clientWidth) return;
    const left = option.offsetLeft - scroller.clientWidth / 2;
    if (Math.abs(left - scroller.scrollLeft) > scroller.clientWidth / 2) scroller.scrollLeft = left;
  }
  function choose(from, to, isDone = true) {
    [anchor, cursor, scattered] = [from, to, null];
    show();
    if (!isDone) return;
    const [first, last] = ends();
    const key = bars
      .slice(first, last + 1)
      .map((bar) => bar.code)
      .join();
    if (key === (sent?.key ?? root.data.chosen.join())) return;
    sent = { key, at: performance.now() };
    root.send({ first: bars[first].code, last: bars[last].code });
  }

  const placeOf = (event) => {
    const box = track.getBoundingClientRect();
    const at = Math.floor(((event.clientX - box.left) / box.width) * bars.length);
    return Math.max(0, Math.min(bars.length - 1, at));
  };
  plot.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    root.pause();
    const [first, last] = ends(),
      at = placeOf(event);
    const grip = event.target.classList.contains("grip") && event.target.classList;
    if (!grip && !known(at)) return;
    dragged = { anchor, cursor };
    plot.setPointerCapture(event.pointerId);
    track.focus({ preventScroll: true, focusVisible: false });
    if (grip) choose(...(grip.contains("start") ? [last, first] : [first, last]), false);
    else if (event.shiftKey) choose(anchor, reach(anchor, at), false);
    else choose(at, at, false);
    event.preventDefault();
  });
  plot.addEventListener("pointermove", (event) => {
    const at = placeOf(event);
    if (dragged) choose(anchor, reach(anchor, at), false);
    else if (event.pointerType === "mouse") say(at);
  });
  plot.addEventListener("pointerup", (event) => {
    if (!dragged) return;
    dragged = null;
    choose(anchor, cursor);
    if (event.pointerType !== "mouse") explain();
  });
  // the browser took the finger for scrolling: nothing was chosen
  plot.addEventListener("pointercancel", () => {
    if (dragged) [anchor, cursor] = [dragged.anchor, dragged.cursor];
    dragged = null;
    show();
  });
  plot.addEventListener("pointerleave", () => dragged || say());

  track.addEventListener("keydown", (event) => {
    const { key, shiftKey } = event;
    const end = bars.length;
    const to = {
      ArrowLeft: () => (shiftKey ? reach(cursor, cursor - 1) : next(cursor, -1)),
      ArrowRight: () => (shiftKey ? reach(cursor, cursor + 1) : next(cursor, 1)),
      Home: () => (shiftKey ? reach(cursor, 0) : next(-1, 1)),
      End: () => (shiftKey ? reach(cursor, end - 1) : next(end, -1)),
    }[key];
    if (!to || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    root.pause();
    const at = Math.max(0, Math.min(end - 1, to()));
    // a key that is held down walks on; the page is asked when it is let go
    choose(shiftKey ? anchor : at, at, !event.repeat);
    explain();
    uncover();
  });
  track.addEventListener("keyup", () => choose(anchor, cursor));

  const label = () => {
    const { words } = root.data;
    const [text, d] = timer ? [words.pause, PAUSE] : calm() ? [words.step, STEP] : [words.play, PLAY];
    play.setAttribute("aria-label", text);
    play.title = text;
    play.replaceChildren(icon(d));
  };
  root.pause = () => {
    clearTimeout(timer);
    timer = null;
    label();
  };
  const advance = () => {
    const [first, last] = ends();
    const from = first === last && !scattered && next(first, 1) !== first ? next(first, 1) : next(-1, 1);
    choose(from, from);
    uncover();
  };
  const tick = () => {
    if (!root.isConnected) return root.pause();
    // a page that is still at the last step is not hurried
    if (sent && performance.now() - sent.at < ANSWER_MS) {
      timer = setTimeout(tick, 200);
      return;
    }
    advance();
    if (next(cursor, 1) === cursor) root.pause();
    else timer = setTimeout(tick, EVERY_MS);
  };
  play.onclick = () => {
    if (timer) return root.pause();
    if (calm()) return advance();
    timer = setTimeout(tick, EVERY_MS);
    advance();
    label();
  };
  return root;
}
