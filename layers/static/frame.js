// The page's side of the map: puts layers in and out, keeps names from colliding, says what lies
// under the pointer, marks the selected region, and talks to the window that holds this frame.
// It remembers nothing.
(function () {
  "use strict";

  var map = window.map_atlas;
  var container = map.getContainer();
  var PERU = L.latLngBounds([-18.4, -81.4], [0.1, -68.6]);
  var SHOULDER = -7.2; // degrees: the country's west, Tumbes and Piura, lies north of it
  var NARROW = 560, LOW = 400; // pixels of the map; below them the legend folds
  var SMALLEST = "07"; // Callao: a few pixels wide on the map of the country
  var CAPITAL = L.latLngBounds([-12.16, -77.31], [-11.96, -77.03]); // Callao and a part of Lima
  var framed = window.parent !== window;
  var shown = new Map(); // key -> layer on the map
  var wanted = new Map(); // key -> address that the holder asked for
  var shapes = new Map(); // department code -> path layer of the region
  var tips = new WeakMap(); // element on the map -> what it says, as HTML or a function
  var words = {};
  var halo = L.layerGroup().addTo(map);
  var pin = L.layerGroup().addTo(map);
  var chosen = null;
  var folded = false; // has the reader opened or closed the legend by hand?
  var dark = window.matchMedia("(prefers-color-scheme: dark)");
  var touched = false; // has the reader moved the map since it was last fitted?
  var fitting = false;
  var round = 0;
  var holderToken = null;
  var printed = null; // what was seen before the page is printed

  // ---- patterns ---------------------------------------------------------------------------
  var SVG = "http://www.w3.org/2000/svg";

  function svg(name, attributes, children) {
    var node = document.createElementNS(SVG, name);
    Object.keys(attributes).forEach(function (key) { node.setAttribute(key, attributes[key]); });
    (children || []).forEach(function (child) { node.appendChild(child); });
    return node;
  }

  var hatch = svg("pattern", {
    id: "hatch-missing", width: 6, height: 6, patternUnits: "userSpaceOnUse"
  }, [
    svg("rect", { width: 6, height: 6, class: "hatch-ground" }),
    svg("path", { d: "M-1 1L1 -1M0 6L6 0M5 7L7 5", class: "hatch-line" })
  ]);
  var outside = svg("path", { "clip-rule": "evenodd" });
  document.body.appendChild(svg("svg", {
    width: 0, height: 0, class: "patterns", "aria-hidden": "true"
  }, [svg("defs", {}, [hatch, svg("clipPath", { id: "outside" }, [outside])])]));

  // ---- names and rings that do not collide ------------------------------------------------
  var pen = document.createElement("canvas").getContext("2d");
  var names = new Set();
  var marks = new Set(); // flags and services: names keep clear of them
  var FONTS = {
    place: "600 12.5px", capital: "500 11.5px", town: "400 11px", department: "600 11.5px",
    country: "500 12px", ocean: "italic 400 12.5px", isopleth: "600 10.5px"
  };
  var family = getComputedStyle(document.body).fontFamily;

  function measure(label) {
    var text = (label.alias || label).plain;
    if (label.measured !== text) {
      pen.font = FONTS[label.kind] + " " + family;
      label.measured = text;
      var spaced = label.kind === "country";
      if (spaced) { text = text.toUpperCase(); }
      label.width = pen.measureText(text).width + (spaced ? text.length * 0.9 : 0) + 2;
    }
    return label.width + (label.swallowed.length ? 20 : 0);
  }

  function hits(box, boxes) {
    return boxes.some(function (other) {
      return box[0] < other[2] && box[2] > other[0] && box[1] < other[3] && box[3] > other[1];
    });
  }

  var FIRST = 5; // departments whose names choose before all others
  var LONGEST = 90; // pixels of the line from the sea to a department
  var INSIDE = 0.5; // share of a department's name that lies on the department
  var SEA = L.latLngBounds([-18.6, -96], [-3.2, -70.2]); // with the coast: no land of a neighbour

  function rings(code) {
    var shape = shapes.get(code);
    return shape && map.hasLayer(shape) ? shape._parts || [] : [];
  }

  // is a point (in the layer's pixels) inside rings?
  function holds(parts, x, y) {
    var inside = false;
    parts.forEach(function (ring) {
      for (var i = 0, j = ring.length - 1; i < ring.length; j = i++) {
        var a = ring[i], b = ring[j];
        if (a.y > y !== b.y > y && x < a.x + (b.x - a.x) * (y - a.y) / (b.y - a.y)) {
          inside = !inside;
        }
      }
    });
    return inside;
  }

  function share(parts, box, shift) {
    var count = 0;
    for (var i = 0; i <= 6; i++) {
      for (var j = 0; j <= 2; j++) {
        count += holds(parts, box[0] + (box[2] - box[0]) * i / 6 + shift.x,
          box[1] + (box[3] - box[1]) * j / 2 + shift.y);
      }
    }
    return count / 21;
  }

  // on its department where most of it fits, else in the sea at the end of a line, else nowhere
  function departmentPosition(label, size, boxes, least) {
    // the figures are the measure's, and under the density no measure is shown
    label.number = figureOf(label);
    var w = measure(label), h = label.number ? 28 : 15, best = null;
    var shift = map.containerPointToLayerPoint([0, 0]), parts = rings(label.code);
    function free(box) {
      return box[0] > 2 && box[1] > 2 && box[2] < size.x - 2 && box[3] < size.y - 2 &&
        !hits(box, boxes);
    }
    label.spots.forEach(function (spot, number) {
      var at = map.latLngToContainerPoint(spot);
      [[0, 0], [0, -9], [0, 9], [-12, 0], [12, 0]].forEach(function (by) {
        var x = at.x + by[0], y = at.y + by[1];
        var box = [x - w / 2, y - h / 2, x + w / 2, y + h / 2];
        if (!free(box)) { return; }
        var inside = share(parts, box, shift);
        var worth = inside - number * 0.02 - (by[0] || by[1] ? 0.01 : 0);
        if (inside >= least && (!best || worth > best.worth)) {
          best = { worth: worth, box: box };
        }
      });
    });
    return best && { box: best.box, at: [(best.box[0] + best.box[2]) / 2,
      (best.box[1] + best.box[3]) / 2] } || least === INSIDE &&
      atSea(label, w, h, shift, free, boxes);
  }

  // a line from the sea to a department as small boxes, for what may not cross it
  function crumbs(from, to) {
    var steps = Math.ceil(from.distanceTo(to) / 4);
    return Array.from({ length: steps }, function (_, number) {
      var at = from.add(to.subtract(from).multiplyBy(number / steps));
      return [at.x - 2, at.y - 2, at.x + 2, at.y + 2];
    });
  }

  function atSea(label, w, h, shift, free, boxes) {
    var from = map.latLngToContainerPoint(label.spots[0]);
    for (var x = from.x - 8; x > from.x - LONGEST; x -= 6) {
      for (var k = 0; k < 5; k++) {
        var y = from.y + [0, 12, -12, 26, -26][k];
        var box = [x - w, y - h / 2, x, y + h / 2];
        var isSea = SEA.contains(map.containerPointToLatLng([box[0], box[1]])) &&
          SEA.contains(map.containerPointToLatLng([box[2], box[3]])) &&
          Array.from(shapes.keys()).every(function (code) {
            return share(rings(code), [box[0], box[1], box[2] + 5, box[3]], shift) === 0;
          });
        if (!isSea || !free(box)) { continue; }
        var line = crumbs(from, L.point(x + 2, y));
        if (line.every(function (crumb) { return !hits(crumb, boxes); })) {
          return { box: box, at: [x - w / 2, y], from: from, line: line };
        }
      }
    }
    return null;
  }

  function figureOf(label) { return shown.has("density") ? "" : label.figure; }

  // The first few of the order take the best place that there is; then those that fit on their own
  // ground, then the others there or at sea, then those that stand more beside it than on it.
  function nameDepartments(labels, size, boxes) {
    var left = labels.filter(function (label) {
      hide(label);
      // the inset names what it shows
      return label.code !== SMALLEST || document.getElementById("inset").hidden;
    });
    [[FIRST, INSIDE], [FIRST, 0.3], [25, 0.9], [25, INSIDE], [25, 0.4]].forEach(function (turn) {
      left = left.filter(function (label) {
        return labels.indexOf(label) >= turn[0] || !nameDepartment(label, size, boxes, turn[1]);
      });
    });
  }

  function nameDepartment(label, size, boxes, least) {
    var where = departmentPosition(label, size, boxes, least);
    if (!where) { return false; }
    boxes.push(where.box);
    label.marker = L.marker(map.containerPointToLatLng(where.at), {
      pane: "labels", interactive: false, keyboard: false,
      icon: L.divIcon({
        className: "name name-department", iconSize: [0, 0],
        html: '<span class="center">' + label.text +
          (label.number ? "<b>" + label.number + "</b>" : "") + "</span>"
      })
    }).addTo(map);
    if (where.from) {
      Array.prototype.push.apply(boxes, where.line);
      var line = [[where.box[2] + 2, where.at[1]], where.from].map(map.containerPointToLatLng, map);
      label.tie = L.layerGroup(["tie tie-casing", "tie"].map(function (name) {
        return L.polyline(line, { pane: "labels", className: name, interactive: false });
      })).addTo(map);
    }
    return true;
  }

  function positions(label, at) {
    var w = measure(label), h = 14, r = label.dot;
    if (!r) {
      return [["center", 0], ["under", 15], ["over", -22]].map(function (option) {
        var y = at.y + option[1];
        return [option[0], [at.x - w / 2, y - h / 2, at.x + w / 2, y + h / 2]];
      });
    }
    return [
      ["right", [at.x + r + 3, at.y - h / 2, at.x + r + 3 + w, at.y + h / 2]],
      ["left", [at.x - r - 3 - w, at.y - h / 2, at.x - r - 3, at.y + h / 2]],
      ["top", [at.x - w / 2, at.y - r - 2 - h, at.x + w / 2, at.y - r - 2]],
      ["bottom", [at.x - w / 2, at.y + r + 2, at.x + w / 2, at.y + r + 2 + h]]
    ];
  }

  function show(label, side, extra) {
    var text = (label.alias || label).text + (extra ? " <small>+" + extra + "</small>" : "");
    var look = side + "|" + text;
    if (label.marker && label.look === look) { return; }
    hide(label);
    label.look = look;
    var dot = label.dot ? '<i class="dot' + (label.estimate ? " estimate" : "") + '"></i>' : "";
    var word = side === "none" ? "" : '<span class="' + side + '">' + text + "</span>";
    label.marker = L.marker(label.place, {
      pane: label.kind === "place" ? "places" : "labels",
      interactive: label.kind === "place", keyboard: false, bubblingMouseEvents: true,
      icon: L.divIcon({ className: "name name-" + label.kind, iconSize: [0, 0], html: dot + word })
    });
    label.marker.addTo(map);
    if (label.kind === "place") {
      tips.set(label.marker.getElement(), function () {
        return label.swallowed.concat([label]).reverse().map(function (one) {
          return one.tip;
        }).join("<hr>") + (label.tail || "");
      });
    }
  }

  function hide(label) {
    if (label.marker) { label.marker.remove(); }
    if (label.tie) { label.tie.remove(); }
    label.marker = label.tie = null;
    label.look = null;
  }

  function arrange() {
    var zoom = map.getZoom(), size = map.getSize(), view = map.getBounds().pad(0.02);
    var boxes = [], rings = [];
    document.querySelectorAll("#legend, #inset, #credits, .leaflet-control-zoom")
      .forEach(function (node) {
        var r = node.getBoundingClientRect();
        if (r.width) { boxes.push([r.left - 2, r.top - 2, r.right + 2, r.bottom + 2]); }
      });
    marks.forEach(function (mark) {
      var at = map.latLngToContainerPoint(mark.getLatLng());
      boxes.push([at.x - 21, at.y - 20, at.x - 2, at.y - 2]);
    });
    var sorted = Array.from(names).filter(function (label) {
      var inside = label.first <= zoom + 1e-6 &&
        (label.spots ? label.spots.some(view.contains, view) : view.contains(label.place));
      if (!inside) { hide(label); }
      return inside;
    }).sort(function (a, b) { return a.priority - b.priority || (a.plain < b.plain ? -1 : 1); });
    // rings first: a name never covers a place that a source named
    sorted.forEach(function (label) {
      label.at = map.latLngToContainerPoint(label.place);
      label.swallowed = [];
      label.by = label.alias = null;
      if (label.kind !== "place") { return; }
      var near = rings.find(function (ring) { return ring.at.distanceTo(label.at) < 11; });
      if (near) { near.swallowed.push(label); label.by = near; return; }
      rings.push(label);
      boxes.push([label.at.x - 5, label.at.y - 5, label.at.x + 5, label.at.y + 5]);
    });
    // a capital at a ring is not written twice; where rings merge, the town's name stands for them
    sorted.forEach(function (label) {
      if (label.kind !== "capital" && label.kind !== "town") { return; }
      var ring = rings.find(function (one) {
        var apart = one.at.distanceTo(label.at);
        return apart < 11 || (one.plain === label.plain && apart < 40);
      });
      if (ring) { label.by = ring; }
    });
    rings.forEach(function (ring) {
      if (!ring.swallowed.length) { return; }
      names.forEach(function (label) {
        if (label.kind !== "capital") { return; }
        var apart = map.latLngToContainerPoint(label.place).distanceTo(ring.at);
        if (apart < 11 && (!ring.alias || apart < ring.apart)) {
          ring.alias = label;
          ring.apart = apart;
        }
      });
    });
    nameDepartments(sorted.filter(function (label) { return label.kind === "department"; }),
      size, boxes);
    sorted.forEach(function (label) {
      if (label.by) { hide(label); return; }
      if (label.kind === "department") { return; }
      var free = positions(label, label.at).find(function (option) {
        var box = option[1];
        return box[0] > 2 && box[1] > 2 && box[2] < size.x - 2 && box[3] < size.y - 2 &&
          !hits(box, boxes);
      });
      if (free) {
        boxes.push(free[1]);
        if (label.dot && label.kind !== "place") {
          boxes.push([label.at.x - 3, label.at.y - 3, label.at.x + 3, label.at.y + 3]);
        }
        show(label, free[0], label.swallowed.length);
      } else if (label.kind === "place") {
        show(label, "none", 0);
      } else {
        hide(label);
      }
    });
  }

  var pending = 0;
  function arrangeSoon() {
    cancelAnimationFrame(pending);
    if (printed) { return; } // paper waits for no next frame: there it is done at once
    pending = requestAnimationFrame(arrange);
  }

  function plain(html) {
    var node = document.createElement("span");
    node.innerHTML = html;
    return node.textContent;
  }

  var Name = L.Layer.extend({
    initialize: function (place, properties) {
      var kind = properties.kind;
      this.label = {
        place: place, kind: kind, text: properties.text, plain: plain(properties.text),
        first: properties.first, priority: properties.priority, estimate: properties.estimate,
        dot: { place: 5, capital: 2.5, town: 2 }[kind] || 0, tip: properties.tip || "",
        swallowed: [], figure: properties.figure, code: properties.code,
        spots: properties.spots && properties.spots.map(function (spot) {
          return L.latLng(spot[1], spot[0]);
        })
      };
    },
    getLatLng: function () { return this.label.place; },
    onAdd: function () { names.add(this.label); arrangeSoon(); },
    onRemove: function () { names.delete(this.label); hide(this.label); arrangeSoon(); }
  });

  // ---- features ---------------------------------------------------------------------------
  function icon(place, pane, name, html, interactive) {
    return L.marker(place, {
      pane: pane, interactive: interactive, keyboard: false, bubblingMouseEvents: true,
      icon: L.divIcon({ className: name, iconSize: [0, 0], html: html })
    });
  }

  function keepClear(marker) {
    marker.on("add", function () { marks.add(marker); arrangeSoon(); });
    marker.on("remove", function () { marks.delete(marker); arrangeSoon(); });
    return marker;
  }

  function point(feature, place) {
    var p = feature.properties;
    if (p.kind === "cell") {
      return L.rectangle([[place.lat - p.half, place.lng - p.half],
        [place.lat + p.half, place.lng + p.half]],
      {
        pane: "mining", stroke: false, fillColor: p.color, fillOpacity: 1,
        className: "mining-cell"
      });
    }
    if (p.kind === "zone") {
      return p.radius_km
        ? L.circle(place, { pane: "mining", radius: p.radius_km * 1000 })
        : L.circleMarker(place, { pane: "mining", radius: 3.5, fill: true, fillOpacity: 0.35 });
    }
    if (p.kind === "arrow") {
      var s = Number(p.size), half = s / 2;
      return icon(place, "routes", "arrowhead",
        '<svg width="' + s * 2 + '" height="' + s * 2 + '" viewBox="' +
        [-s, -s, s * 2, s * 2].join(" ") + '"><path transform="rotate(' + Number(p.angle) + ')" d="M' + half + " 0L" + -half + " " +
        half * 0.85 + "L" + -half * 0.6 + " 0L" + -half + " " + -half * 0.85 + 'Z"/></svg>', false);
    }
    if (p.kind === "service") {
      return keepClear(icon(place, "places", "service", "<b>" + Number(p.count) + "</b>", true));
    }
    return new Name(place, p);
  }

  function each(feature, layer, head, tail) {
    var p = feature.properties;
    if (layer.label) {
      layer.label.tail = tail;
    } else if (p.tip) {
      layer.on("add", function () { tips.set(layer.getElement(), head + p.tip + tail); });
    }
    if (p.casing) { accompany(layer, function () { return casing(layer, head + p.tip + tail); }); }
    if (p.outline) { accompany(layer, function () { return outline(layer, p.outline); }); }
    if (p.code && !p.kind) {
      layer.on("add", function () {
        var path = layer.getElement();
        path.setAttribute("data-department-ubigeo", p.code);
        path.setAttribute("role", "img");
        path.setAttribute("aria-label", plain(p.name || ""));
        shapes.set(p.code, layer);
        if (chosen === p.code) { mark(); }
      });
    }
  }

  // ---- what lies under the pointer --------------------------------------------------------
  // One listener for the whole map: whatever lies on a department, the department answers.
  var tip = document.body.appendChild(document.createElement("div"));
  tip.className = "tip";
  tip.setAttribute("aria-hidden", "true"); // the region's own label says it
  var OTHERS = 3; // things on a department that its tip lists

  function stack(event) {
    return event.target.closest("#legend, .leaflet-control") ? []
      : document.elementsFromPoint(event.clientX, event.clientY).map(function (node) {
        return node.closest("[data-department-ubigeo], .leaflet-interactive") || node;
      });
  }

  function isDepartment(node) { return node.hasAttribute("data-department-ubigeo"); }

  function text(node) {
    var said = isDepartment(node) ? tips.get(shapeOf(node)) : tips.get(node);
    return typeof said === "function" ? said() : said;
  }

  function shapeOf(node) {
    var shape = shapes.get(node.getAttribute("data-department-ubigeo"));
    return (shape && shape.getElement()) || node;
  }

  function tellUnder(event) {
    var nodes = stack(event), region = nodes.find(isDepartment);
    var parts = nodes.filter(function (node) { return !isDepartment(node); }).map(text)
      .filter(function (said, at, all) { return said && all.indexOf(said) === at; });
    var more = parts.length - OTHERS;
    // one thing says all that is known of it, several only what they are
    var kind = parts.length > 1 ? '<div class="brief">' : '<div class="other">';
    parts = parts.slice(0, OTHERS).map(function (said) { return kind + said + "</div>"; });
    if (region && text(region)) { parts.unshift(text(region)); }
    if (!parts.length) { hideTip(); return; }
    tip.innerHTML = parts.join("<hr>") + (more > 0 ? "<hr>+" + more : "");
    tip.classList.add("shown");
    var w = tip.offsetWidth, h = tip.offsetHeight, gap = 14;
    var x = event.clientX + gap + w > window.innerWidth - 4 ? event.clientX - gap - w
      : event.clientX + gap;
    var y = Math.min(event.clientY + gap, window.innerHeight - h - 4);
    tip.style.transform = "translate(" + Math.max(x, 4) + "px," + Math.max(y, 4) + "px)";
  }

  function hideTip() { tip.classList.remove("shown"); }

  document.addEventListener("mousemove", function (event) {
    if (event.buttons) { return; } // the map is being dragged
    tellUnder(event);
  });
  document.documentElement.addEventListener("mouseleave", hideTip);
  map.on("movestart", function () { if (!fitting) { hideTip(); } });

  function choose(event) {
    var origin = event.originalEvent || event;
    pin.clearLayers();
    var region = origin.target.closest("[data-department-ubigeo]") || stack(origin).find(isDepartment);
    if (!region) { return; }
    var code = region.getAttribute("data-department-ubigeo");
    select(code);
    tell({ type: "select", department: code });
  }
  map.on("click", choose);

  // what comes and goes with a layer: its geometry is written once and drawn twice
  function accompany(layer, build) {
    var companion = null;
    layer.on("add", function () { companion = build().addTo(map); });
    layer.on("remove", function () { if (companion) { companion.remove(); } });
  }

  // a pale line under a route: legible on any fill, and wide enough for a finger
  function casing(layer, said) {
    var options = { pane: "routes", fill: false, lineCap: "round", smoothFactor: 0.5 };
    var pale = L.polyline(layer.getLatLngs(), Object.assign({
      className: "casing", weight: layer.options.weight + 1.8, interactive: false
    }, options));
    var grip = L.polyline(layer.getLatLngs(), Object.assign({
      className: "grip", weight: 14, opacity: 0
    }, options));
    grip.on("add", function () { tips.set(grip.getElement(), said); });
    [pale, grip].forEach(function (line) { line.on("add", line.bringToBack, line); });
    return L.layerGroup([pale, grip]);
  }

  function outline(layer, style) {
    return L.polygon(layer.getLatLngs(), Object.assign({
      pane: "outlines", fill: false, interactive: false, smoothFactor: 0.6
    }, style));
  }

  // ---- selection --------------------------------------------------------------------------
  // A ring that lies outside of the department: its fill and the outline of its verdict stay as
  // they are. The clip is the whole plane without the shape, and follows it at every zoom.
  var Ring = L.Polygon.extend({
    _updatePath: function () {
      L.Polygon.prototype._updatePath.call(this);
      outside.setAttribute("d", "M-99999-99999H99999V99999H-99999Z" + this._path.getAttribute("d"));
      this._path.setAttribute("clip-path", "url(#outside)");
    }
  });

  function mark() {
    halo.clearLayers();
    var shape = chosen && shapes.get(chosen);
    document.querySelectorAll("#inset [data-department-ubigeo]").forEach(function (node) {
      node.classList.toggle("chosen", node.getAttribute("data-department-ubigeo") === chosen);
    });
    if (!shape || !map.hasLayer(shape)) { return; }
    [["halo", 12], ["halo-gap", 5.5]].forEach(function (look) {
      halo.addLayer(new Ring(shape.getLatLngs(), {
        pane: "halo", fill: false, interactive: false, smoothFactor: 0.6,
        className: look[0], weight: look[1]
      }));
    });
  }

  function select(code) {
    chosen = typeof code === "string" && /^\d{2}$/.test(code) ? code : null;
    near.hidden = !chosen;
    mark();
  }

  // ---- layers -----------------------------------------------------------------------------
  function put(key, layer) {
    var script = document.currentScript;
    var address = script && script.dataset.address;
    // a file that was asked for earlier and comes late must not replace what is wanted now
    if (address && wanted.get(key) !== address) { return; }
    var old = shown.get(key);
    layer.addTo(map);
    if (old) { old.remove(); }
    shown.set(key, layer);
    layer.address = address || null;
    ground();
    drawInset();
    mark();
  }

  function remove(key) {
    var layer = shown.get(key);
    if (layer) { layer.remove(); }
    shown.delete(key);
    ground();
    mark();
  }

  // one colour, one meaning: under the density the regions keep their outline and lose their fill
  function ground() {
    document.documentElement.classList.toggle("under-density", shown.has("density"));
  }

  function load(item) {
    return new Promise(function (resolve) {
      var script = document.createElement("script");
      script.dataset.address = item.url;
      script.onload = script.onerror = function (event) {
        script.remove();
        if (event.type === "error") { tell({ type: "failed", key: item.key }); }
        resolve();
      };
      script.src = item.url;
      document.head.appendChild(script);
    });
  }

  function allowed(item) {
    return item && /^[a-z][a-z_]{0,39}$/.test(item.key) && typeof item.url === "string" &&
      /^\/layers\/[A-Za-z0-9_.,\/=?&%+-]*$/.test(item.url) && item.url.indexOf("..") < 0;
  }

  function apply(state) {
    var mine = ++round;
    document.documentElement.lang = /^[a-z]{2}(-[A-Z]{2})?$/.test(state.lang) ? state.lang : "es";
    var isDark = state.theme === "dark" || (state.theme !== "light" && dark.matches);
    document.documentElement.classList.toggle("theme-dark", isDark);
    if (typeof state.legend === "string") {
      setLegend(state.legend);
      if (!touched) { fit(); } // the fold of the legend takes room at the bottom
    }
    if (state.words) { name(state.words); }
    if (typeof state.attribution === "string") {
      document.getElementById("credits").textContent = state.attribution;
    }
    if ("selected" in state) { select(state.selected); }
    if ("view" in state) { look(state.view); }
    var items = (Array.isArray(state.layers) ? state.layers : []).filter(allowed);
    if (state.layers) {
      wanted = new Map(items.map(function (item) { return [item.key, item.url]; }));
      Array.from(shown.keys()).forEach(function (key) {
        if (shown.get(key).address && !wanted.has(key)) { remove(key); }
      });
    }
    holderToken = state.token;
    Promise.all(items.filter(function (item) {
      return !shown.has(item.key) || shown.get(item.key).address !== item.url;
    }).map(load)).then(function () {
      requestAnimationFrame(function () {
        requestAnimationFrame(function () {
          document.documentElement.dataset.drawn = "true";
          if (mine === round) { tell({ type: "drawn", token: holderToken }); }
        });
      });
    });
  }

  // ---- buttons ----------------------------------------------------------------------------
  var bar = document.querySelector(".leaflet-control-zoom");
  function button(kind, path, act) {
    var link = bar.appendChild(document.createElement("a"));
    link.className = "leaflet-control-" + kind;
    link.href = "#";
    link.setAttribute("role", "button");
    link.appendChild(svg("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" },
      [svg("path", { d: path })]));
    link.addEventListener("click", function (event) {
      event.preventDefault();
      act();
    });
    return link;
  }
  button("whole", "M2 6V2H6M10 2H14V6M14 10V14H10M6 14H2V10", function () {
    pin.clearLayers();
    fit();
    tellMoved();
  });
  var near = button("near", "M8 1V4M8 12V15M1 8H4M12 8H15M12 8A4 4 0 1 1 4 8A4 4 0 1 1 12 8Z",
    function () {
      var shape = chosen && shapes.get(chosen);
      if (!shape) { return; }
      touched = true;
      fill(shape.getBounds(), 9);
    });

  function name(said) {
    words = said;
    [["zoom-in", said.zoomIn], ["zoom-out", said.zoomOut], ["whole", said.whole],
      ["near", said.near]].forEach(function (pair) {
      var link = document.querySelector(".leaflet-control-" + pair[0]);
      if (link && typeof pair[1] === "string") {
        link.title = pair[1];
        link.setAttribute("aria-label", pair[1]);
      }
    });
    var mac = /Mac|iPhone|iPad/.test(navigator.userAgent);
    words.wheel = String(said.wheel || "").replace("{key}", mac ? "⌘" : "Ctrl");
  }

  // ---- the smallest department, large enough for a finger ------------------------------------
  function drawInset() {
    var box = document.getElementById("inset");
    var parts = ["15", SMALLEST].map(function (code) { return [code, shapes.get(code)]; });
    box.textContent = "";
    box.hidden = parts.some(function (part) { return !part[1] || !map.hasLayer(part[1]); }) ||
      map.getZoom() >= 8.75 || !map.getBounds().contains(CAPITAL.getCenter());
    if (box.hidden) { return; }
    var width = 132, height = 96, zoom = 9.6, corner = map.project(CAPITAL.getNorthWest(), zoom);
    var scale = width / (map.project(CAPITAL.getSouthEast(), zoom).x - corner.x);
    function d(latlngs) {
      return L.LineUtil.isFlat(latlngs) ? "M" + latlngs.map(function (at) {
        var p = map.project(at, zoom).subtract(corner).multiplyBy(scale);
        return p.x.toFixed(1) + " " + p.y.toFixed(1);
      }).join("L") + "Z" : latlngs.map(d).join("");
    }
    box.appendChild(svg("svg", { viewBox: [0, 0, width, height].join(" "), "aria-hidden": "true" },
      parts.map(function (part) {
        return svg("path", {
          d: d(part[1].getLatLngs()), fill: part[1].getElement().getAttribute("fill")
        });
      })));
    parts.forEach(function (part) {
      var label = Array.from(names).find(function (one) { return one.code === part[0]; });
      var hit = box.appendChild(document.createElement("button"));
      hit.type = "button";
      hit.tabIndex = -1; // the table is the way of the keyboard
      hit.setAttribute("data-department-ubigeo", part[0]);
      hit.setAttribute("aria-label", part[1].getElement().getAttribute("aria-label"));
      var number = label && figureOf(label);
      hit.innerHTML = label ? label.text + (number ? "<b>" + number + "</b>" : "") : "";
      hit.addEventListener("click", choose);
    });
    mark();
  }

  // ---- legend and view --------------------------------------------------------------------
  function isRoomy() { return window.innerWidth >= NARROW && window.innerHeight >= LOW; }

  function setLegend(html) {
    var box = document.getElementById("legend");
    var was = box.querySelector("details");
    var open = was && folded ? was.open : isRoomy();
    box.innerHTML = html;
    fold(box, open);
    arrangeSoon();
  }

  function fold(box, open) {
    var details = box.querySelector("details");
    if (!details) { return; }
    details.open = open;
    details.addEventListener("toggle", arrangeSoon);
    // the summary is the details' first child
    details.firstElementChild.addEventListener("click", function () { folded = true; });
  }

  // A legend that reaches up to the country's west moves the country aside; where that is not
  // enough, it ends below and scrolls.
  function clearOfLegend(shift, most, middle, zoom, size) {
    var box = document.querySelector(".corner");
    box.style.maxHeight = "";
    var corner = map.project([SHOULDER, PERU.getWest()], zoom).subtract(middle)
      .add(size.divideBy(2));
    var needed = box.offsetLeft + box.offsetWidth + 8 - corner.x;
    if (box.offsetTop < corner.y && needed > shift) {
      shift = Math.min(needed, most);
      if (needed > most + 1) {
        box.style.maxHeight = Math.max(180, size.y - corner.y - 12) + "px";
      }
    }
    var legend = document.getElementById("legend");
    legend.tabIndex = legend.scrollHeight > legend.clientHeight + 1 ? 0 : -1;
    return shift;
  }

  function fit() {
    if (map._animatingZoom) { // a zoom that is on its way would end where it was going
      map.once("zoomend", fit);
      return;
    }
    fitting = true;
    map.invalidateSize({ animate: false, pan: false });
    var size = map.getSize(), narrow = size.x < NARROW;
    var edge = narrow ? 6 : 14;
    var below = narrow ? 18 : edge;
    var snap = map.options.zoomSnap;
    map.options.zoomSnap = 0;
    var zoom = map.getBoundsZoom(PERU, false, L.point(edge * 2, edge + below));
    var width = map.project(PERU.getSouthEast(), zoom).x - map.project(PERU.getSouthWest(), zoom).x;
    var spare = Math.max(size.x - width - edge * 2, 0);
    var middle = map.project(PERU.getNorthWest(), zoom)
      .add(map.project(PERU.getSouthEast(), zoom)).divideBy(2)
      .subtract([0, (edge - below) / 2]);
    // the sea takes most of the spare width: that is where the legend lies
    var shift = narrow ? 0 : Math.min(spare * 0.22, 150);
    if (!narrow) { shift = clearOfLegend(shift, spare / 2, middle, zoom, size); }
    middle = middle.subtract([shift, 0]);
    map.setView(map.unproject(middle, zoom), zoom, { animate: false });
    map.options.zoomSnap = snap;
    fitting = false;
    touched = false;
  }

  // a view that the holder asks for; null is the whole country
  function look(view) {
    var at = view && view.center;
    if (!at || !at.concat(view.zoom).every(Number.isFinite)) { fit(); return; }
    fitting = true;
    map.setView(at, view.zoom, { animate: false });
    fitting = false;
    touched = true;
  }

  // a place that the reader searched: its bounds fill the map, a ring stands on it
  function goTo(bounds, spot) {
    if (!Array.isArray(bounds) || !bounds.every(Number.isFinite)) { return; }
    pin.clearLayers();
    if (Array.isArray(spot) && spot.every(Number.isFinite)) {
      pin.addLayer(L.circleMarker([spot[1], spot[0]], {
        pane: "places", className: "pin", radius: 9, interactive: false
      }));
    }
    touched = true; // whatever animates, the move is the reader's
    fill([[bounds[1], bounds[0]], [bounds[3], bounds[2]]], 10);
  }

  // bounds fill what the legend leaves free
  function fill(bounds, zoom) {
    var box = document.getElementById("legend"), narrow = map.getSize().x < NARROW;
    map.fitBounds(bounds, {
      paddingTopLeft: [narrow ? 16 : box.offsetWidth + 24, 24], maxZoom: zoom,
      paddingBottomRight: [narrow ? 16 : 56, narrow ? box.offsetHeight + 36 : 24]
    });
  }

  var telling = 0;
  function tellMoved() {
    clearTimeout(telling);
    telling = setTimeout(function () {
      var at = map.getCenter();
      tell({
        type: "moved", center: touched ? [round3(at.lat), round3(at.lng)] : null,
        zoom: touched ? round3(map.getZoom()) : null
      });
    }, 400);
  }

  function round3(value) { return Math.round(value * 1000) / 1000; }

  // ---- the holder -------------------------------------------------------------------------
  function tell(message) {
    // the frame's origin is opaque, so the holder cannot be named; messages hold codes only
    if (framed) { window.parent?.postMessage(message, "*"); }
  }

  if (framed) {
    window.addEventListener("message", function (event) {
      if (event.source !== window.parent || !event.data) { return; }
      if (event.data.type === "state") { apply(event.data); }
      if (event.data.type === "view") { goTo(event.data.bounds, event.data.mark); }
    });
  }

  // a shape with a tooltip would be a stop of the tab key, 456 cells among them: the table beside
  // the map is the way of the keyboard
  map.on("layeradd", function (event) {
    var element = event.layer.getElement && event.layer.getElement();
    if (element) { element.setAttribute("tabindex", "-1"); }
  });
  map.on("moveend", arrangeSoon);
  map.on("moveend", drawInset);
  map.on("movestart", function () { if (!fitting) { touched = true; } });
  map.on("moveend", function () { if (!fitting) { tellMoved(); } });
  map.on("resize", function () {
    if (printed) { return; }
    // a frame that was narrow while the page was laid out is no phone
    var details = document.querySelector("#legend details");
    if (details && !folded) { details.open = isRoomy(); }
    if (!touched && !fitting) { fit(); }
  });
  // On paper the whole country with its legend, at the size of the paper; then what was seen.
  window.addEventListener("beforeprint", function () {
    var details = document.querySelector("#legend details");
    printed = { open: details && details.open, view: touched && [map.getCenter(), map.getZoom()] };
    if (details) { details.open = true; }
    fit();
    arrange();
  });
  window.addEventListener("resize", function () {
    if (printed) {
      fit();
      arrange();
    }
  });
  window.addEventListener("afterprint", function () {
    var before = printed, details = document.querySelector("#legend details");
    printed = null;
    if (details) { details.open = before.open; }
    fit();
    if (before.view) { map.setView(before.view[0], before.view[1], { animate: false }); }
  });
  // Leaflet gives the map the focus at every press. Where the map stands partly out of sight, the
  // browser would scroll the page to it under the pointer, and the press would be no click.
  map.getContainer().focus = function () {
    HTMLElement.prototype.focus.call(this, { preventScroll: true });
  };
  // One finger and the bare wheel scroll the page; two fingers, or Ctrl and the wheel, are the map's.
  var hint = document.body.appendChild(document.createElement("p"));
  hint.className = "hint";
  hint.setAttribute("aria-hidden", "true"); // of use to nobody who does not see the map
  var hinting = 0;
  function advise(text) {
    if (!text) { return; }
    hint.textContent = text;
    hint.classList.add("shown");
    clearTimeout(hinting);
    hinting = setTimeout(function () { hint.classList.remove("shown"); }, 1200);
  }
  container.addEventListener("wheel", function (event) {
    if (event.ctrlKey || event.metaKey) { return; }
    event.stopPropagation();
    advise(words.wheel);
  }, { capture: true, passive: true });
  container.addEventListener("pointerdown", function (event) {
    map.dragging[event.pointerType === "touch" ? "disable" : "enable"]();
  }, true);
  var from = null;
  container.addEventListener("touchstart", function (event) {
    from = event.touches.length === 1 ? event.touches[0] : null;
  }, { passive: true });
  container.addEventListener("touchmove", function (event) {
    var at = event.touches[0];
    if (from && Math.hypot(at.clientX - from.clientX, at.clientY - from.clientY) > 12) {
      hideTip();
      advise(words.fingers);
    }
  }, { passive: true });

  window.atlas = {
    put: put, remove: remove, select: select, setLegend: setLegend, fit: fit,
    point: point, each: each,
    start: function (state) {
      fold(document.getElementById("legend"), isRoomy());
      fit();
      apply(state);
      tell({ type: "ready" });
    }
  };
}());
