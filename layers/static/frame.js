// The page's side of the map: puts layers in and out, keeps names from colliding, marks the
// selected region, and talks to the window that holds this frame. It remembers nothing.
(function () {
  "use strict";

  var map = window.map_atlas;
  var PERU = L.latLngBounds([-18.4, -81.4], [0.1, -68.6]);
  var SHOULDER = -7.2; // degrees: the country's west, Tumbes and Piura, lies north of it
  var NARROW = 560; // pixels; below it the legend folds into a bar
  var framed = window.parent !== window;
  var shown = new Map(); // key -> layer on the map
  var wanted = new Map(); // key -> address that the holder asked for
  var shapes = new Map(); // department code -> path layer of the region
  var halo = L.layerGroup().addTo(map);
  var chosen = null;
  var folded = false; // has the reader opened or closed the legend by hand?
  var touched = false; // has the reader moved the map since it was last fitted?
  var fitting = false;
  var round = 0;
  var holderToken = null;

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
  document.body.appendChild(svg("svg", {
    width: 0, height: 0, class: "patterns", "aria-hidden": "true"
  }, [svg("defs", {}, [hatch])]));

  // ---- names and rings that do not collide ------------------------------------------------
  var pen = document.createElement("canvas").getContext("2d");
  var names = new Set();
  var marks = new Set(); // flags and services: names keep clear of them
  var FONTS = {
    place: "600 12.5px", capital: "500 11.5px", town: "400 11px", department: "600 11px",
    country: "500 12px", ocean: "italic 400 12.5px", isopleth: "600 10.5px"
  };
  var family = getComputedStyle(document.body).fontFamily;

  function measure(label) {
    var text = (label.alias || label).plain;
    if (label.measured !== text) {
      pen.font = FONTS[label.kind] + " " + family;
      label.measured = text;
      var spaced = label.kind === "department" || label.kind === "country";
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
      interactive: label.kind === "place", keyboard: false,
      icon: L.divIcon({ className: "name name-" + label.kind, iconSize: [0, 0], html: dot + word })
    });
    if (label.kind === "place") {
      passClicks(label.marker);
      label.marker.bindTooltip(function () {
        return label.swallowed.concat([label]).reverse().map(function (one) {
          return one.tip;
        }).join("<hr>") + (label.tail || "");
      }, { className: "tip", direction: "auto", offset: [8, 0], opacity: 1 });
    }
    label.marker.addTo(map);
  }

  function hide(label) {
    if (label.marker) { label.marker.remove(); }
    label.marker = null;
    label.look = null;
  }

  function arrange() {
    var zoom = map.getZoom(), size = map.getSize(), view = map.getBounds().pad(0.02);
    var boxes = [], rings = [];
    document.querySelectorAll("#legend, .leaflet-control-zoom").forEach(function (node) {
      var r = node.getBoundingClientRect();
      boxes.push([r.left - 2, r.top - 2, r.right + 2, r.bottom + 2]);
    });
    marks.forEach(function (mark) {
      var at = map.latLngToContainerPoint(mark.getLatLng());
      boxes.push(mark.options.pane === "places" && mark.getElement().className.indexOf("flag") >= 0
        ? [at.x - 5, at.y - 15, at.x + 12, at.y + 2] : [at.x - 21, at.y - 20, at.x - 2, at.y - 2]);
    });
    var sorted = Array.from(names).filter(function (label) {
      var inside = label.first <= zoom + 1e-6 && view.contains(label.place);
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
    sorted.forEach(function (label) {
      if (label.by) { hide(label); return; }
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
        swallowed: []
      };
    },
    getLatLng: function () { return this.label.place; },
    onAdd: function () { names.add(this.label); arrangeSoon(); },
    onRemove: function () { names.delete(this.label); hide(this.label); arrangeSoon(); }
  });

  // ---- features ---------------------------------------------------------------------------
  function icon(place, pane, name, html, interactive) {
    return L.marker(place, {
      pane: pane, interactive: interactive, keyboard: false,
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
    if (p.kind === "flag") {
      return keepClear(icon(place, "places", "flag",
        '<svg width="14" height="15" viewBox="0 0 14 15">' +
        '<path d="M3 1V14M3 1.5H12L9.6 4.4L12 7.3H3"/></svg>', true));
    }
    if (p.kind === "mismatch") {
      return icon(place, "places", "mismatch", '<svg width="12" height="12" viewBox="0 0 12 12">' +
        '<path d="M2 4.2H10M2 7.8H10M8.2 1.2L3.8 10.8"/></svg>', true);
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
    } else if (p.tip && !(p.code && L.Browser.mobile)) {
      layer.bindTooltip(head + p.tip + tail, { className: "tip", sticky: true, opacity: 1 });
    }
    if (!p.code) { passClicks(layer); }
    if (p.casing) { accompany(layer, function () { return casing(layer); }); }
    if (p.outline) { accompany(layer, function () { return outline(layer, p.outline); }); }
    if (p.code) {
      layer.on("add", function () {
        var path = layer.getElement();
        path.setAttribute("data-department-ubigeo", p.code);
        path.setAttribute("role", "img");
        path.setAttribute("aria-label", plain(p.name || ""));
        shapes.set(p.code, layer);
        if (chosen === p.code) { mark(); }
      });
      layer.on("click", function () {
        layer.closeTooltip();
        select(p.code);
        tell({ type: "select", department: p.code });
      });
    }
  }

  // what lies on a region does not keep the reader from choosing the region
  function passClicks(layer) {
    layer.on("click", function (event) {
      var below = document.elementsFromPoint(
        event.originalEvent.clientX, event.originalEvent.clientY
      ).find(function (node) { return node.hasAttribute("data-department-ubigeo"); });
      var shape = below && shapes.get(below.getAttribute("data-department-ubigeo"));
      if (shape) { shape.fire("click", { latlng: event.latlng }); }
    });
  }

  // what comes and goes with a layer: its geometry is written once and drawn twice
  function accompany(layer, build) {
    var companion = null;
    layer.on("add", function () { companion = build().addTo(map); });
    layer.on("remove", function () { if (companion) { companion.remove(); } });
  }

  // a pale line under a route: legible on any fill, and wide enough for a finger
  function casing(layer) {
    var options = { pane: "routes", fill: false, lineCap: "round", smoothFactor: 0.5 };
    var pale = L.polyline(layer.getLatLngs(), Object.assign({
      className: "casing", weight: layer.options.weight + 1.8, interactive: false
    }, options));
    var grip = L.polyline(layer.getLatLngs(), Object.assign({
      className: "grip", weight: 14, opacity: 0
    }, options)).bindTooltip(layer.getTooltip().getContent(),
      { className: "tip", sticky: true, opacity: 1 });
    passClicks(grip);
    [pale, grip].forEach(function (line) { line.on("add", line.bringToBack, line); });
    return L.layerGroup([pale, grip]);
  }

  function outline(layer, style) {
    return L.polygon(layer.getLatLngs(), Object.assign({
      pane: "outlines", fill: false, interactive: false, smoothFactor: 0.6
    }, style));
  }

  // ---- selection --------------------------------------------------------------------------
  function mark() {
    halo.clearLayers();
    var shape = chosen && shapes.get(chosen);
    if (!shape || !map.hasLayer(shape)) { return; }
    halo.addLayer(outline(shape, { className: "halo-wide", weight: 6.5 }));
    halo.addLayer(outline(shape, { className: "halo", weight: 3 }));
  }

  function select(code) {
    chosen = typeof code === "string" && /^\d{2}$/.test(code) ? code : null;
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
    map.getContainer().classList.toggle("under-density", shown.has("density"));
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
    var theme = ["light", "dark"].indexOf(state.theme) < 0 ? "auto" : state.theme;
    document.documentElement.className = "theme-" + theme;
    if (typeof state.legend === "string") {
      setLegend(state.legend);
      if (!touched) { fit(); } // the fold of the legend takes room at the bottom
    }
    [["in", state.zoomIn], ["out", state.zoomOut]].forEach(function (pair) {
      var button = document.querySelector(".leaflet-control-zoom-" + pair[0]);
      if (button && typeof pair[1] === "string") {
        button.title = pair[1];
        button.setAttribute("aria-label", pair[1]);
      }
    });
    if ("selected" in state) { select(state.selected); }
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

  // ---- legend and view --------------------------------------------------------------------
  function setLegend(html) {
    var box = document.getElementById("legend");
    var was = box.querySelector("details");
    var open = was && folded ? was.open : window.innerWidth >= NARROW;
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
    var box = document.getElementById("legend");
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
    box.tabIndex = box.scrollHeight > box.clientHeight + 1 ? 0 : -1;
    return shift;
  }

  function fit() {
    fitting = true;
    map.invalidateSize({ animate: false, pan: false });
    var size = map.getSize(), narrow = size.x < NARROW;
    var edge = narrow ? 6 : 14;
    var legend = document.getElementById("legend").firstElementChild;
    var below = narrow && legend ? 40 : edge;
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

  // ---- the holder -------------------------------------------------------------------------
  function tell(message) {
    // the frame's origin is opaque, so the holder cannot be named; messages hold codes only
    if (framed) { window.parent?.postMessage(message, "*"); }
  }

  if (framed) {
    window.addEventListener("message", function (event) {
      if (event.source !== window.parent || !event.data) { return; }
      if (event.data.type === "state") { apply(event.data); }
      if (event.data.type === "fit") { fit(); }
    });
  }

  // a shape with a tooltip would be a stop of the tab key, 456 cells among them: the table beside
  // the map is the way of the keyboard
  map.on("layeradd", function (event) {
    var element = event.layer.getElement && event.layer.getElement();
    if (element) { element.setAttribute("tabindex", "-1"); }
  });
  map.on("zoomend moveend", arrangeSoon);
  map.on("movestart", function () { if (!fitting) { touched = true; } });
  map.on("resize", function () {
    // a frame that was narrow while the page was laid out is no phone
    var details = document.querySelector("#legend details");
    if (details && !folded) { details.open = window.innerWidth >= NARROW; }
    if (!touched && !fitting) { fit(); }
  });
  // Leaflet gives the map the focus at every press. Where the map stands partly out of sight, the
  // browser would scroll the page to it under the pointer, and the press would be no click.
  map.getContainer().focus = function () {
    HTMLElement.prototype.focus.call(this, { preventScroll: true });
  };
  // the wheel scrolls the page until the reader has taken hold of the map
  map.on("mousedown focus", function () { map.scrollWheelZoom.enable(); });
  map.on("mouseout", function () { map.scrollWheelZoom.disable(); });

  window.atlas = {
    put: put, remove: remove, select: select, setLegend: setLegend, fit: fit,
    point: point, each: each,
    start: function (state) {
      fold(document.getElementById("legend"), window.innerWidth >= NARROW);
      fit();
      apply(state);
      tell({ type: "ready" });
    }
  };
}());
