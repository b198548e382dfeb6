// Changing a plan on its map, before the script of the map: a site is dragged, or changed by the
// buttons that it opens; a place of the map, or a pin that arrow keys move, offers the nearest
// candidate by its name. Python hears of a finished move alone, {kind, site, to}.
const HOLD_MS = 350; // so long a finger rests on a site before it takes it: less is a scroll
const SLOP = 8; // pixels: less is a click
const STEP = 12; // pixels that an arrow key moves the pin; with Shift four times as much

function byHand({ root, svg, data, fixed, draw, unit, toView, bring, says }) {
  const {
    colors,
    sites,
    hand: { candidates, words },
  } = data;
  const written = (text, name) => text.replace("{name}", name);
  const nearest = (x, y) =>
    candidates.reduce(
      (best, place) => {
        const away = (place[1] - x) ** 2 + (place[2] - y) ** 2;
        return away < best.away ? { away, code: place[0], x: place[1], y: place[2], name: place[3] } : best;
      },
      { away: Infinity },
    );

  const panel = document.createElement("div");
  panel.className = "panel";
  panel.setAttribute("role", "group");
  panel.hidden = true;
  Object.assign(panel.style, { background: colors.card, color: colors.ink, borderColor: colors.line });
  const title = document.createElement("p");
  title.setAttribute("aria-live", "polite");
  const actions = document.createElement("div");
  const hint = document.createElement("small");
  panel.append(title, hint, actions);
  const button = (text, act, isFirst = false) => {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = text;
    Object.assign(
      made.style,
      isFirst
        ? { background: colors.site, color: "#ffffff", borderColor: colors.site }
        : { background: colors.card, color: colors.ink, borderColor: colors.line },
    );
    made.addEventListener("click", act);
    return made;
  };
  const show = (text, x, y, ...buttons) => {
    title.textContent = text;
    hint.textContent = "";
    actions.replaceChildren(...buttons);
    panel.hidden = false;
    // below what it is about, or above it where the map ends
    const frame = svg.getBoundingClientRect(),
      { width, height } = panel.getBoundingClientRect();
    const at = new DOMPoint(x, y).matrixTransform(svg.getScreenCTM());
    const left = Math.min(at.x - frame.left - width / 2, frame.width - width - 8);
    const below = at.y - frame.top + 26,
      above = below - height - 52;
    panel.style.left = `${Math.max(8, left)}px`;
    panel.style.top = `${below + height < frame.height || above < 0 ? below : above}px`;
  };

  // what would come: drawn at the candidate, in its order or as a plus, tied to what goes
  const tie = make("path", { class: "tie", stroke: colors.site });
  const ghost = make("g", { class: "ghost" });
  const name = make("text", {
    class: "name",
    y: -15,
    "font-size": 12,
    "text-anchor": "middle",
    fill: colors.ink,
    stroke: colors.land,
  });
  const sign = make("text", { class: "n", y: 4, "font-size": 11.5 });
  ghost.append(make("circle", { r: 9, fill: colors.site }), sign, name);
  const pin = make("g", { class: "pin", tabindex: 0, role: "button" });
  pin.append(
    make("circle", { r: 22, class: "hit" }),
    make("path", { d: "M-14,0H-5M5,0H14M0,-14V-5M0,5V14", stroke: colors.ink }),
  );
  const ghostAt = [ghost, 0, 0],
    pinAt = [pin, 0, 0];
  fixed.push(ghostAt, pinAt);
  let to = null,
    from = null;
  const aim = (x, y, site) => {
    [from, to] = [site, nearest(x, y)];
    [pinAt[1], pinAt[2], ghostAt[1], ghostAt[2]] = [x, y, to.x, to.y];
    sign.textContent = site ? site.order : "+";
    name.textContent = to.name.split(" · ")[0];
    tie.setAttribute("d", site ? `M${site.x},${site.y}L${to.x},${to.y}` : "");
    if (!ghost.isConnected) svg.append(tie, ghost);
    for (const other of sites) other.group.classList.toggle("lifted", other === site);
    draw();
  };
  const close = () => {
    for (const part of [tie, ghost, pin]) part.remove();
    for (const site of sites) site.group.classList.remove("lifted");
    panel.hidden = true;
    from = to = root.resume = null;
  };
  const send = (kind, site, other = "") => {
    close();
    root.focused = { move: other, remove: "" }[kind] ?? site;
    says.textContent = words.working;
    root.trigger({ kind, site, to: other });
  };

  const openSite = (site, isTaken = true) => {
    close();
    root.resume = (redrawn) => redrawn.openSite(site.code);
    const moves = [
      [site.isFixed ? words.release : words.fix, () => send(site.isFixed ? "release" : "fix", site.code)],
      [words.move, () => openPin(site.x, site.y, site)],
      [words.remove, () => send("remove", site.code)],
      [
        words.close,
        () => {
          close();
          site.group.focus();
        },
      ],
    ];
    show(site.says, site.x, site.y, ...moves.map(([text, act]) => button(text, act)));
    if (isTaken) actions.firstElementChild.focus({ preventScroll: true });
  };

  const place = (x, y) => {
    aim(x, y, from);
    bring(x, y);
    pin.setAttribute("aria-label", written(words.pin, to.name));
    pin.accept = () => (from ? send("move", from.code, to.code) : send("add", to.code));
    show(to.name, x, y, button(from ? words.move_here : words.add_here, pin.accept, true), button(words.cancel, leave));
    hint.textContent = from ? "" : words.pin_hint;
  };
  const leave = () => {
    const back = from?.group ?? sites[0].group;
    close();
    back.focus({ preventScroll: true });
  };
  const openPin = (x, y, site) => {
    close();
    from = site;
    svg.append(pin);
    place(x, y);
    const code = site?.code;
    root.resume = (redrawn) => redrawn.openPin(pinAt[1], pinAt[2], code);
    pin.focus({ preventScroll: true });
  };
  pin.addEventListener("keydown", (event) => {
    const step = STEP * unit() * (event.shiftKey ? 4 : 1);
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (way) {
      const inside = (at, most) => Math.max(0, Math.min(at, most));
      place(inside(pinAt[1] + way[0] * step, data.width), inside(pinAt[2] + way[1] * step, data.height));
      pin.focus({ preventScroll: true });
    } else if (event.key === "Enter" || event.key === " ") pin.accept();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  root.onkeydown = (event) => {
    if (event.key !== "Escape" || (panel.hidden && !drag)) return;
    event.stopPropagation();
    if (drag) {
      wasDragged = true; // the button that is let go afterwards is no click
      end();
    } else leave();
  };

  let drag = null,
    wasDragged = false;
  const end = () => {
    clearTimeout(drag?.timer);
    drag = null;
    root.busy = false;
    window.removeEventListener("keydown", root.onkeydown);
    close();
    root.later?.();
  };
  const lift = () => {
    close();
    drag.isOn = root.busy = true;
    drag.site.group.classList.add("lifted");
    if (drag.isTouch) navigator.vibrate?.(15);
    window.addEventListener("keydown", root.onkeydown);
  };
  svg.addEventListener(
    "pointerdown",
    () => {
      wasDragged = false;
      if (drag) end(); // a second finger
    },
    true,
  );
  sites.forEach((site, at) => {
    const { group } = site;
    group.setAttribute("tabindex", at ? -1 : 0);
    group.addEventListener("pointerdown", (event) => {
      if (event.button || !event.isPrimary) return;
      event.stopPropagation(); // the map itself stays
      const isTouch = event.pointerType === "touch";
      drag = { site, x: event.clientX, y: event.clientY, id: event.pointerId, isTouch };
      if (isTouch) drag.timer = setTimeout(lift, HOLD_MS);
      group.setPointerCapture(event.pointerId);
    });
    group.addEventListener("click", (event) => {
      event.stopPropagation();
      if (!wasDragged) openSite(site);
    });
    group.addEventListener("focus", () => {
      if (group.matches(":focus-visible")) says.textContent = `${site.says} ${words.keys}`;
    });
    group.addEventListener("contextmenu", (event) => {
      if (drag?.isTouch) event.preventDefault();
    });
    group.addEventListener("keydown", (event) => {
      const last = sites.length - 1;
      const next = {
        ArrowRight: at + 1,
        ArrowDown: at + 1,
        ArrowLeft: at - 1,
        ArrowUp: at - 1,
        Home: 0,
        End: last,
      }[event.key];
      if (next !== undefined) {
        const neighbour = sites[(next + sites.length) % sites.length];
        for (const other of sites) other.group.setAttribute("tabindex", other === neighbour ? 0 : -1);
        bring(neighbour.x, neighbour.y);
        neighbour.group.focus({ preventScroll: true });
      } else if (event.key === "Enter" || event.key === " ") openSite(site);
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
  });
  svg.addEventListener("pointermove", (event) => {
    if (!drag || event.pointerId !== drag.id) return;
    if (!drag.isOn) {
      if (Math.hypot(event.clientX - drag.x, event.clientY - drag.y) <= SLOP) return;
      if (drag.isTouch) return void end(); // a scroll
      lift();
    }
    aim(...toView(event), drag.site);
    says.textContent = written(words.dragged, to.name);
  });
  svg.addEventListener("pointerup", (event) => {
    if (!drag || event.pointerId !== drag.id) return;
    const { site, isOn, isTouch } = drag,
      target = to;
    wasDragged = Boolean(isOn);
    end();
    if (isOn && target) send("move", site.code, target.code);
    else if (isOn && isTouch) openSite(site);
  });
  svg.addEventListener("pointercancel", () => {
    if (drag) end();
  });
  // once a finger has taken a site it scrolls no more
  svg.addEventListener(
    "touchmove",
    (event) => {
      if (drag?.isOn) event.preventDefault();
    },
    { passive: false },
  );
  svg.addEventListener("click", (event) => {
    const on = root.getRootNode().elementFromPoint(event.clientX, event.clientY);
    if (wasDragged || svg.wasMoved || !on?.closest(".regions")) return;
    openPin(...toView(event), panel.hidden ? null : from);
  });

  const start = button(words.add, () => {
    const { x, y, width, height } = svg.viewBox.baseVal;
    openPin(x + width / 2, y + height / 2, null);
  });
  start.className = "new";
  // what was open in the drawing before this one: its own parts are no longer on the page
  const ofCode = (code) => sites.find((site) => site.code === code) ?? null;
  return {
    panel,
    start,
    openSite: (code) => openSite(ofCode(code), false),
    openPin: (x, y, code) => openPin(x, y, ofCode(code)),
  };
}
