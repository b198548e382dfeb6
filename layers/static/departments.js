// Where a department's name stands: on its ground, at sea at the end of a line, or beside it (names.js).
window.atlasDepartmentNames = (map, shared) => {
  "use strict";

  const { shapes, smallest, isPrinting, dots, measure, hits, hide, letters } = shared;
  const FIRST = 5; // departments at least whose names choose before all others
  const LONGEST = 90; // pixels of the line from the sea to a department
  const HEIGHTS = [0, 4, -4, 12, -12, 26, -26]; // of the name over or under that line's other end
  const FINE = 18; // parts of a name's width at which its ground is looked for, at last
  const NUDGES = [
    [6, 0],
    [-6, 0],
    [0, 6],
    [0, -6],
    [6, -6],
    [-6, -6],
    [14, 0],
    [-14, 0],
  ];
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

  function share(parts, box, shift, steps = 6) {
    let count = 0;
    for (let i = 0; i <= steps; i++) {
      for (let j = 0; j <= 2; j++) {
        count += holds(
          parts,
          box[0] + ((box[2] - box[0]) * i) / steps + shift.x,
          box[1] + ((box[3] - box[1]) * j) / 2 + shift.y,
        );
      }
    }
    return count / (3 * (steps + 1));
  }

  // on its department where most of it fits, else in the sea at the end of a line, else nowhere
  function departmentPosition(label, size, boxes, least) {
    label.number = figureOf(label);
    let w = measure(label) + 4,
      h = letters() * (label.number ? 31 : 17),
      best = null;
    const shift = map.containerPointToLayerPoint([0, 0]),
      parts = rings(label.code);
    function free(box) {
      return box[0] > 2 && box[1] > 2 && box[2] < size.x - 2 && box[3] < size.y - 2 && !hits(box, boxes);
    }
    function dotsUnder(box) {
      return Array.from(dots).filter((dot) => hits(box, [dot.box])).length;
    }
    function weigh(x, y, cost, steps) {
      const box = [x - w / 2, y - h / 2, x + w / 2, y + h / 2];
      if (!free(box)) {
        return;
      }
      const inside = share(parts, box, shift, steps),
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
    // A few pixels, and a few more from there, may bring more of the name onto its ground: measured
    // more finely, since a name that is too wide for it stands best in its middle.
    const coarse = best;
    if (best && best.inside < 1) {
      best = null;
      weigh(coarse.x, coarse.y, coarse.cost, FINE);
      for (let near = null; best && best.inside < 1 && best !== near; ) {
        near = best;
        for (const [x, y] of NUDGES) weigh(near.x + x, near.y + y, near.cost + 0.005, FINE);
      }
      best = best || coarse;
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
        const y = from.y + HEIGHTS[k] * letters();
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
    for (let apart = 24; apart < LONGEST; apart += 2) {
      for (let turn = 0; turn < 32; turn++) {
        const x = from.x + apart * Math.cos((Math.PI * turn) / 16),
          y = from.y + apart * Math.sin((Math.PI * turn) / 16);
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
    const named = labels.filter(isTold).length;
    const first = Math.max(FIRST, named);
    [
      [first, INSIDE],
      [first, 0.3],
      [named, 0.05],
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
      if (label.code.length === 2) {
        // beside its ground a name is pressed and told in the place of its department (pointer.js)
        node.dataset.departmentUbigeo = label.code;
      }
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

  return { arrange: nameDepartments, figureOf };
};
