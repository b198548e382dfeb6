// Names on the map, and the rings of named places: which are written, and where, so that none covers
// another; of departments departments.js finds where. frame.js hands over what it shares with them.
window.atlasNames = (map, shared) => {
  "use strict";

  const { tips, isPrinting } = shared;
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
  const ofDepartments = window.atlasDepartmentNames(map, {
    ...shared,
    dots,
    measure,
    hits,
    hide,
    letters: () => letters,
  });

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

  const SIGNS = 7; // zoom from which a service has its sign
  const MANY = 8; // pixels from the middle of a ring that stands for several places
  const TWIN = 60; // pixels within which a town does not repeat the name of its department

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
            .map((other) => other.tip)
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
      const ring = rings.find((other) => {
        const apart = other.at.distanceTo(label.at);
        return apart < 11 || (other.plain === label.plain && apart < 40);
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
    ofDepartments.arrange(departments, size, boxes);
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
    figureOf: ofDepartments.figureOf,
    plain: plain,
  };
};
