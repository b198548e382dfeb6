// Names on the map, and the rings of named places: which are written, and where, so that none covers
// another. frame.js hands over what it shares with them.
window.atlasNames = (map, shared) => {
  "use strict";

  const shapes = shared.shapes,
    tips = shared.tips;
  const smallest = shared.smallest,
    isPrinting = shared.isPrinting;
  const pen = document.createElement("canvas").getContext("2d");
  const names = new Set();
  const marks = new Set(); // services: near, names keep clear of them
  let covered = [];
  const dots = new Set(); // zones, small circles: a department's name rather stands beside them
  const FONTS = {
    place: ["600", 12.5],
    capital: ["500", 11.5],
    town: ["400", 11],
    department: ["600", 10.5],
    zone: ["500", 10.5],
    country: ["500", 12],
    note: ["italic 400", 11],
    ocean: ["italic 400", 12.5],
    isopleth: ["600", 10.5],
  };
  const NARROW = 500; // pixels of a map on which letters of twice the size would leave no room for their land
  let letters = 1; // how many times the usual size the reader's own letters have; frame.css knows it as --letters
  function setLetters() {
    const root = document.documentElement;
    const wanted = parseFloat(getComputedStyle(root).fontSize) / 16;
    letters = Math.max(1, Math.min(wanted, map.getSize().x < NARROW ? 1.5 : 2));
    root.style.setProperty("--letters", letters);
  }
  const family = getComputedStyle(document.body).fontFamily;

  function measure(label) {
    let text = (label.alias || label).plain;
    if (label.measured !== text + letters) {
      const [weight, size] = FONTS[label.kind];
      pen.font = `${weight} ${size * letters}px ${family}`;
      label.measured = text + letters;
      const spaced = label.kind === "country" || label.kind === "department";
      if (spaced) {
        text = text.toUpperCase();
      }
      const lines = label.kind === "note" ? label.text.split("<br>").map(plain) : [text];
      label.width = Math.max.apply(
        null,
        lines.map((line) => pen.measureText(line).width + (spaced ? line.length * 0.9 * letters : 0) + 2),
      );
      label.height = 14 * letters * lines.length;
    }
    return label.width;
  }

  function hits(box, boxes) {
    return boxes.some((other) => box[0] < other[2] && box[2] > other[0] && box[1] < other[3] && box[3] > other[1]);
  }

  const FIRST = 5; // departments at least whose names choose before all others
  const LONGEST = 90; // pixels of the line from the sea to a department
  const HEIGHTS = [0, 4, -4, 12, -12, 26, -26]; // of the name over or under that line's other end
  const SIGNS = 7; // zoom from which a service has its sign
  const MANY = 8; // pixels from the middle of a ring that stands for several places
  const TWIN = 60; // pixels within which a town does not repeat the name of its department
  const INSIDE = 0.5; // share of a department's name that lies on the department
  const ON = 0.4; // share from which it wears the colours of its own ground, with a rim of it
  const HOME = 0.55; // share below which its grey is as strong as a figure: another ground lies under much of it
  const SEA = L.latLngBounds([-18.6, -96], [-3.2, -70.2]); // with the coast: no land of a neighbour

  function rings(code) {
    const shape = shapes.get(code);
    return shape && map.hasLayer(shape) ? shape._parts || [] : [];
  }

  // is a point (in the layer's pixels) inside rings?
  function holds(parts, x, y) {
    let inside = false;
    parts.forEach((ring) => {
      for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
        const a = ring[i],
          b = ring[j];
        if (a.y > y !== b.y > y && x < a.x + ((b.x - a.x) * (y - a.y)) / (b.y - a.y)) {
          inside = !inside;
        }
      }
    });
    return inside;
  }

  function share(parts, box, shift) {
    let count = 0;
    for (let i = 0; i <= 6; i++) {
      for (let j = 0; j <= 2; j++) {
        count += holds(
          parts,
          box[0] + ((box[2] - box[0]) * i) / 6 + shift.x,
          box[1] + ((box[3] - box[1]) * j) / 2 + shift.y,
        );
      }
    }
    return count / 21;
  }

  // on its department where most of it fits, else in the sea at the end of a line, else nowhere
  function departmentPosition(label, size, boxes, least) {
    label.number = figureOf(label);
    let w = measure(label) + 4,
      h = letters * (label.number ? 31 : 17),
      best = null;
    const shift = map.containerPointToLayerPoint([0, 0]),
      parts = rings(label.code);
    function free(box) {
      return box[0] > 2 && box[1] > 2 && box[2] < size.x - 2 && box[3] < size.y - 2 && !hits(box, boxes);
    }
    function dotsUnder(box) {
      return Array.from(dots).filter((dot) => hits(box, [dot.box])).length;
    }
    function weigh(x, y, cost) {
      const box = [x - w / 2, y - h / 2, x + w / 2, y + h / 2];
      if (!free(box)) {
        return;
      }
      const inside = share(parts, box, shift),
        worth = inside - cost - 0.15 * dotsUnder(box);
      if (inside >= least && (!best || worth > best.worth)) {
        best = { worth: worth, box: box, inside: inside, x: x, y: y, cost: cost };
      }
    }
    label.spots.forEach((spot, number) => {
      const at = map.latLngToContainerPoint(spot);
      [
        [0, 0],
        [0, -9],
        [0, 9],
        [-12, 0],
        [12, 0],
      ].forEach((by) => {
        weigh(at.x + by[0], at.y + by[1], number * 0.02 + (by[0] || by[1] ? 0.01 : 0));
      });
    });
    if (best && best.inside < 1) {
      // a few pixels may bring the whole name onto its ground
      const near = best;
      [
        [6, 0],
        [-6, 0],
        [0, 6],
        [0, -6],
        [6, -6],
        [-6, -6],
        [14, 0],
        [-14, 0],
      ].forEach((by) => {
        weigh(near.x + by[0], near.y + by[1], near.cost + 0.005);
      });
    }
    if (!best) {
      return (
        (least === INSIDE && atSea(label, w, h, shift, free, boxes)) ||
        (isTold(label) && least < 0.1 && abroad(label, w, h, shift, free, boxes))
      );
    }
    const where = { box: best.box, isOn: best.inside >= ON, isHome: best.inside >= HOME, at: [best.x, best.y] };
    return best.inside < INSIDE ? tied(where, label) : where;
  }

  // A name that stands more on another department than on its own is tied to its own, as at sea.
  function tied(where, label) {
    const from = map.latLngToContainerPoint(label.spots[0]),
      box = where.box;
    const end = L.point(Math.max(box[0] - 2, Math.min(from.x, box[2] + 2)), Math.max(box[1], Math.min(from.y, box[3])));
    if (end.distanceTo(from) > 4) {
      where.from = from;
      where.end = end;
      where.line = crumbs(from, end);
    }
    return where;
  }

  // a line from the sea to a department as small boxes, for what may not cross it
  function crumbs(from, to) {
    const steps = Math.ceil(from.distanceTo(to) / 4);
    return Array.from({ length: steps }, (_, number) => {
      const at = from.add(to.subtract(from).multiplyBy(number / steps));
      return [at.x - 2, at.y - 2, at.x + 2, at.y + 2];
    });
  }

  function isSea(box, shift) {
    return (
      SEA.contains(map.containerPointToLatLng([box[0], box[1]])) &&
      SEA.contains(map.containerPointToLatLng([box[2], box[3]])) &&
      isOutside(box, shift)
    );
  }

  // is a box on no department?
  function isOutside(box, shift) {
    return Array.from(shapes.keys()).every(
      (code) => share(rings(code), [box[0], box[1], box[2] + 5, box[3]], shift) === 0,
    );
  }

  function atSea(label, w, h, shift, free, boxes) {
    const from = map.latLngToContainerPoint(label.spots[0]);
    for (let x = from.x - 8; x > from.x - LONGEST; x -= 6) {
      for (let k = 0; k < HEIGHTS.length; k++) {
        const y = from.y + HEIGHTS[k] * letters;
        const box = [x - w, y - h / 2, x, y + h / 2];
        if (!free(box) || !isSea(box, shift)) {
          continue;
        }
        const end = L.point(x + 2, y),
          line = crumbs(from, end);
        if (line.every((crumb) => !hits(crumb, boxes))) {
          return { box: box, at: [x - w / 2, y], from: from, end: end, line: line };
        }
      }
    }
    return null;
  }

  // The last resort of a name whose figure is told: the nearest place around it outside the country.
  function abroad(label, w, h, shift, free, boxes) {
    const from = map.latLngToContainerPoint(label.spots[0]);
    for (let apart = 24; apart < LONGEST; apart += 6) {
      for (let turn = 0; turn < 16; turn++) {
        const x = from.x + apart * Math.cos((Math.PI * turn) / 8),
          y = from.y + apart * Math.sin((Math.PI * turn) / 8);
        const box = [x - w / 2, y - h / 2, x + w / 2, y + h / 2];
        if (!free(box) || !isOutside(box, shift)) {
          continue;
        }
        const where = tied({ box: box, at: [x, y] }, label);
        // where it begins, a ring may lie
        if (!where.line || where.line.slice(4).every((crumb) => !hits(crumb, boxes))) {
          return where;
        }
      }
    }
    return null;
  }

  // what has something to say, and what the reader chose, is never without its name
  function isTold(label) {
    return label.told || label.code === shared.chosen();
  }

  // On the map of the country a figure stands where it says something; nearer at every name.
  function figureOf(label) {
    return isTold(label) || !shared.isWhole() || isPrinting() ? label.figure : "";
  }

  // The chosen one and the first few of the order, and all whose figure is told, take the best place that there is, what
  // is told even one beside its ground; then those that fit on their own ground, then the others there
  // or at sea, then those that stand more beside it than on it.
  function nameDepartments(labels, size, boxes) {
    labels.sort((a, b) => (b.code === shared.chosen()) - (a.code === shared.chosen()));
    let left = labels.filter((label) => {
      hide(label);
      // the inset names what it shows
      return label.code !== smallest || document.getElementById("inset").hidden;
    });
    const told = labels.filter(isTold).length;
    const first = Math.max(FIRST, told);
    [
      [first, INSIDE],
      [first, 0.3],
      [told, 0.05],
      [25, 0.9],
      [25, INSIDE],
      [25, 0.4],
    ].forEach((turn) => {
      left = left.filter((label) => labels.indexOf(label) >= turn[0] || !nameDepartment(label, size, boxes, turn[1]));
    });
  }

  function nameDepartment(label, size, boxes, least) {
    const where = departmentPosition(label, size, boxes, least);
    if (!where) {
      return false;
    }
    // a figure stands clear of the next name
    boxes.push([where.box[0], where.box[1], where.box[2], where.box[3] + (label.number ? 5 : 0)]);
    label.box = where.box;
    label.marker = L.marker(map.containerPointToLatLng(where.at), {
      pane: "labels",
      interactive: false,
      keyboard: false,
      icon: L.divIcon({
        className: "name name-department",
        iconSize: [0, 0],
        html: `<span class="center">${label.text}${label.number ? `<b>${label.number}</b>` : ""}</span>`,
      }),
    }).addTo(map);
    const node = label.marker.getElement();
    node.classList.toggle("name-province", label.code.length === 4);
    if (where.isOn && label.inks && !shared.isDimmed(label.code)) {
      // off its ground a name has a rim of its own
      node.classList.add("on-fill");
      ["light", "dark"].forEach((theme, number) => {
        ["name", "figure", "rim"].forEach((part, at) => {
          const ink = part === "name" && !where.isHome ? 1 : at; // that of the figure
          node.style.setProperty(`--${part}-${theme}`, label.inks[number][ink]);
        });
      });
    }
    if (where.from) {
      Array.prototype.push.apply(boxes, where.line);
      const line = [where.end, where.from].map(map.containerPointToLatLng, map);
      label.tie = L.layerGroup(
        ["tie tie-casing", "tie"].map((name) =>
          L.polyline(line, { pane: "labels", className: name, interactive: false }),
        ),
      ).addTo(map);
    }
    return true;
  }

  function positions(label, at) {
    const w = measure(label),
      h = label.height,
      r = label.swallowed.length ? MANY * letters : label.dot;
    if (label.spots) {
      return label.spots.map((spot) => {
        const there = map.latLngToContainerPoint(spot);
        const box = [there.x - w / 2, there.y - h / 2, there.x + w / 2, there.y + h / 2];
        return ["center", box, spot];
      });
    }
    if (!r) {
      return [
        ["center", 0],
        ["under", 15 * letters],
        ["over", -22 * letters],
      ].map((option) => {
        const y = at.y + option[1];
        return [option[0], [at.x - w / 2, y - h / 2, at.x + w / 2, y + h / 2]];
      });
    }
    return [
      ["right", [at.x + r + 3, at.y - h / 2, at.x + r + 3 + w, at.y + h / 2]],
      ["left", [at.x - r - 3 - w, at.y - h / 2, at.x - r - 3, at.y + h / 2]],
      ["top", [at.x - w / 2, at.y - r - 2 - h, at.x + w / 2, at.y - r - 2]],
      ["bottom", [at.x - w / 2, at.y + r + 2, at.x + w / 2, at.y + r + 2 + h]],
    ];
  }

  function show(label, side, extra) {
    const text = (label.alias || label).text;
    const look = [side, text, extra, label.place].join("|");
    if (label.marker && label.look === look) {
      return;
    }
    hide(label);
    label.look = look;
    const dot =
      label.dot && label.kind !== "zone"
        ? // its circle is a shape of its own
          `<i class="dot${label.estimate ? " estimate" : ""}${extra ? ` many">${extra + 1}` : '">'}</i>`
        : "";
    const word = side === "none" ? "" : `<span class="${side}">${text}</span>`;
    label.marker = L.marker(label.place, {
      pane: label.kind === "place" ? "places" : "labels",
      interactive: label.kind === "place",
      keyboard: false,
      bubblingMouseEvents: true,
      icon: L.divIcon({ className: `name name-${label.kind}`, iconSize: [0, 0], html: dot + word }),
    });
    label.marker.addTo(map);
    if (label.kind === "place") {
      tips.set(
        label.marker.getElement(),
        () =>
          label.swallowed
            .concat([label])
            .reverse()
            .map((one) => one.tip)
            .join("") + (label.tail || ""),
      );
    }
  }

  function hide(label) {
    if (label.marker) {
      label.marker.remove();
    }
    if (label.tie) {
      label.tie.remove();
    }
    label.marker = label.tie = null;
    label.look = null;
  }

  // Services: dots under the names on the map of the country; nearer, those at one spot are one
  // with their number, and none lies under a ring.
  function arrangeMarks(rings, boxes) {
    const isFar = map.getZoom() < SIGNS,
      first = [],
      around = map.getBounds().pad(0.5);
    map.getContainer().classList.toggle("far", isFar);
    marks.forEach((mark) => {
      if (isFar) {
        mark.gather([mark], false);
        return;
      }
      if (!around.contains(mark.getLatLng())) {
        mark.gather(null, false);
        return;
      }
      const at = map.latLngToContainerPoint(mark.getLatLng());
      let near = first.find((other) => other.at.distanceTo(at) < 13);
      if (!near) {
        near = { at: at, all: [] };
        first.push(near);
      }
      near.all.push(mark);
    });
    first.forEach((group) => {
      const isUnder = rings.some((ring) => ring.at.distanceTo(group.at) < 12);
      const r = group.all.length > 1 ? 8 : 5;
      const x = group.at.x + (isUnder ? 12 : 0),
        y = group.at.y + (isUnder ? 12 : 0);
      group.all.forEach((mark, number) => {
        mark.gather(number ? null : group.all, isUnder);
      });
      boxes.push([x - r, y - r, x + r, y + r]);
    });
  }

  function isTwin(label, departments) {
    const text = (label.alias || label).plain;
    return (
      label.kind !== "country" &&
      label.kind !== "ocean" &&
      departments.some(
        (other) =>
          other.marker &&
          other.plain === text &&
          (shared.isWhole() || L.point(other.box[0], other.box[1]).distanceTo(label.at) < TWIN),
      )
    );
  }

  function arrange() {
    setLetters();
    const zoom = map.getZoom(),
      size = map.getSize(),
      view = map.getBounds().pad(0.02);
    const boxes = covered.slice(),
      rings = [];
    document.querySelectorAll("#legend, #inset, .credits, .leaflet-control-zoom").forEach((node) => {
      const r = node.getBoundingClientRect();
      if (r.width) {
        boxes.push([r.left - 2, r.top - 2, r.right + 2, r.bottom + 2]);
      }
    });
    const sorted = Array.from(names)
      .filter((label) => {
        // on paper nothing is one touch away
        const isWritten =
          label.first <= zoom + 1e-6 || (isPrinting() && (label.kind === "country" || label.kind === "ocean"));
        const inside = isWritten && (label.spots ? label.spots.some(view.contains, view) : view.contains(label.place));
        if (!inside) {
          hide(label);
        }
        return inside;
      })
      .sort((a, b) => a.priority - b.priority || (a.plain < b.plain ? -1 : 1));
    // rings first: a name never covers a place that a source named
    sorted.forEach((label) => {
      label.at = map.latLngToContainerPoint(label.place);
      label.swallowed = [];
      label.by = label.alias = null;
      if (label.kind !== "place") {
        return;
      }
      const near = rings.find((ring) => ring.at.distanceTo(label.at) < 2 * MANY * letters);
      if (near) {
        near.swallowed.push(label);
        label.by = near;
        return;
      }
      rings.push(label);
    });
    rings.forEach((ring) => {
      const r = ring.swallowed.length ? MANY * letters : 5;
      boxes.push([ring.at.x - r, ring.at.y - r, ring.at.x + r, ring.at.y + r]);
    });
    arrangeMarks(rings, boxes);
    dots.forEach((dot) => {
      const at = map.latLngToContainerPoint(dot.getLatLng()),
        r = Math.min(dot._radius || 0, 8);
      dot.box = [at.x - r, at.y - r, at.x + r, at.y + r];
    });
    // a capital at a ring is not written twice; where rings merge, the town's name stands for them
    sorted.forEach((label) => {
      if (label.kind !== "capital" && label.kind !== "town") {
        return;
      }
      const ring = rings.find((one) => {
        const apart = one.at.distanceTo(label.at);
        return apart < 11 || (one.plain === label.plain && apart < 40);
      });
      if (ring) {
        label.by = ring;
      }
    });
    rings.forEach((ring) => {
      if (!ring.swallowed.length) {
        return;
      }
      names.forEach((label) => {
        if (label.kind !== "capital") {
          return;
        }
        const apart = map.latLngToContainerPoint(label.place).distanceTo(ring.at);
        if (apart < 11 && (!ring.alias || apart < ring.apart)) {
          ring.alias = label;
          ring.apart = apart;
        }
      });
    });
    const departments = sorted.filter((label) => label.kind === "department");
    nameDepartments(departments, size, boxes);
    sorted.forEach((label) => {
      if (label.by) {
        hide(label);
        return;
      }
      if (label.kind === "department") {
        return;
      }
      if (isTwin(label, departments)) {
        // its neighbour's name would be read as the town's
        boxes.push([label.at.x - 24, label.at.y - 10, label.at.x + 24, label.at.y + 10]);
        show(label, "none", label.swallowed.length);
        return;
      }
      const free = positions(label, label.at).find((option) => {
        const box = option[1];
        return box[0] > 2 && box[1] > 2 && box[2] < size.x - 2 && box[3] < size.y - 2 && !hits(box, boxes);
      });
      if (free) {
        boxes.push(free[1]);
        if (label.dot && label.kind !== "place") {
          boxes.push([label.at.x - 3, label.at.y - 3, label.at.x + 3, label.at.y + 3]);
        }
        if (free[2]) {
          label.place = free[2];
        }
        show(label, free[0], label.swallowed.length);
      } else if (label.kind === "place") {
        show(label, "none", label.swallowed.length);
      } else {
        hide(label);
      }
    });
  }

  // boxes of what the page has laid on the map, in its pixels
  function cover(boxes) {
    if (String(boxes) === String(covered)) {
      return;
    }
    covered = boxes;
    arrangeSoon();
  }

  let pending = 0;
  function arrangeSoon() {
    cancelAnimationFrame(pending);
    if (isPrinting()) {
      return;
    } // paper waits for no next frame: there it is done at once
    pending = requestAnimationFrame(arrange);
  }

  // texts come with decimal entities and no others (layers/safe.py)
  function plain(html) {
    return html.replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)));
  }

  const Name = L.Layer.extend({
    initialize: function (place, properties) {
      const kind = properties.kind;
      this.label = {
        place: place,
        kind: kind,
        text: properties.text,
        plain: plain(properties.text),
        first: properties.first,
        priority: properties.priority,
        estimate: properties.estimate,
        dot: { place: 5, zone: 4, capital: 2.5, town: 2 }[kind] || 0,
        tip: properties.tip || "",
        inks: properties.inks,
        swallowed: [],
        figure: properties.figure,
        told: properties.told,
        code: properties.code,
        spots: properties.spots?.map((spot) => L.latLng(spot[1], spot[0])),
      };
    },
    getLatLng: function () {
      return this.label.place;
    },
    onAdd: function () {
      names.add(this.label);
      arrangeSoon();
    },
    onRemove: function () {
      names.delete(this.label);
      hide(this.label);
      arrangeSoon();
    },
  });

  return {
    Name: Name,
    cover: cover,
    labels: names,
    marks: marks,
    dots: dots,
    arrange: arrange,
    arrangeSoon: arrangeSoon,
    figureOf: figureOf,
    plain: plain,
  };
};
