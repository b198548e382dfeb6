// The page's side of the map: puts layers in and out, says what lies under the pointer, marks the
// selected region, and talks to the window that holds this frame. It remembers nothing. view.js
// and names.js come before it.
(() => {
  "use strict";

  const map = window.map_atlas;
  const SMALLEST = "07"; // Callao: a few pixels wide on the map of the country
  const CAPITAL = L.latLngBounds([-12.16, -77.31], [-11.96, -77.03]); // Callao and a part of Lima
  const framed = window.parent !== window;
  document.documentElement.classList.toggle("framed", framed);
  const shown = new Map(); // key -> layer on the map
  let wanted = new Map(); // key -> address that the holder asked for
  const shapes = new Map(); // code of a department or province -> path layer of its area
  const tips = new WeakMap(); // element on the map -> what it says, as HTML or a function
  let words = {};
  const halo = L.layerGroup().addTo(map);
  const pin = L.layerGroup().addTo(map);
  let chosen = null;
  let beside = []; // departments that the card compares with the chosen one
  const grounds = new Map(); // code of a department or of an area below it -> its layer
  let dimmed = new Set(); // areas that do not meet the reader's conditions
  let paired = false; // is there another map beside this one?
  let changes = []; // [department, look of its line]: what changed from one map to the other
  const echo = L.layerGroup().addTo(map);
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  let round = 0;
  let holderToken = null;

  // ---- patterns ---------------------------------------------------------------------------
  const SVG = "http://www.w3.org/2000/svg";

  function svg(name, attributes, children) {
    const node = document.createElementNS(SVG, name);
    Object.keys(attributes).forEach((key) => {
      node.setAttribute(key, attributes[key]);
    });
    (children || []).forEach((child) => {
      node.appendChild(child);
    });
    return node;
  }

  const hatch = svg(
    "pattern",
    {
      id: "hatch-missing",
      width: 6,
      height: 6,
      patternUnits: "userSpaceOnUse",
    },
    [
      svg("rect", { width: 6, height: 6, class: "hatch-ground" }),
      svg("path", { d: "M-1 1L1 -1M0 6L6 0M5 7L7 5", class: "hatch-line" }),
    ],
  );
  const outside = svg("path", { "clip-rule": "evenodd" });
  // the head of a route stands at the end of its line, as large as the line is wide (frame.css)
  const heads = [
    ["0", 0.55],
    ["1", 0.8],
    ["2", 1],
    ["3", 1.25],
  ].map((size) =>
    svg(
      "marker",
      {
        id: `head-${size[0]}`,
        viewBox: "-9 -6 12 12",
        refX: -2,
        refY: 0,
        orient: "auto",
        markerUnits: "userSpaceOnUse",
        markerWidth: 12 * size[1],
        markerHeight: 12 * size[1],
      },
      [svg("path", { d: "M2 0L-8 4.6L-6 0L-8 -4.6Z", class: `head head-${size[0]}` })],
    ),
  );
  const store = svg("defs", {}, heads.concat([hatch, svg("clipPath", { id: "outside" }, [outside])]));
  document.body.appendChild(
    svg(
      "svg",
      {
        width: 0,
        height: 0,
        class: "patterns",
        "aria-hidden": "true",
      },
      [store],
    ),
  );

  const view = window.atlasView(map, {
    tell: tell,
    hideTip: hideTip,
    words: () => words,
    isPaired: () => paired,
    arrange: () => {
      names.arrange();
    },
    arrangeSoon: () => {
      arrangeSoon();
    },
  });
  const names = window.atlasNames(map, {
    shapes: shapes,
    tips: tips,
    smallest: SMALLEST,
    isPrinting: view.isPrinting,
    isWhole: view.isWhole,
    chosen: () => chosen,
    isDimmed: (code) => dimmed.has(code),
  });
  const arrangeSoon = names.arrangeSoon;

  const ZONE_NAMES = 6; // zoom from which a zone has its name
  // ---- features ---------------------------------------------------------------------------
  function icon(place, pane, name, html, interactive) {
    return L.marker(place, {
      pane: pane,
      interactive: interactive,
      keyboard: false,
      bubblingMouseEvents: true,
      zIndexOffset: -1000, // below the rings of places
      icon: L.divIcon({ className: name, iconSize: [0, 0], html: html }),
    });
  }

  // a dot on the map of the country, near a square; names.js says which of those at one spot
  // stands for all
  function service(place, isApproximate) {
    const marker = icon(place, "places", `service${isApproximate ? " near" : ""}`, "<b></b>", true);
    marker.gather = (group, isUnder) => {
      const node = marker.getElement(),
        number = group ? group.length : 0;
      node.hidden = !group;
      node.classList.toggle("aside", isUnder);
      node.firstElementChild.textContent = number > 1 ? number : "";
      marker.others = group ? group.filter((other) => other !== marker) : [];
    };
    marker.on("add", () => {
      names.marks.add(marker);
      arrangeSoon();
    });
    marker.on("remove", () => {
      names.marks.delete(marker);
      arrangeSoon();
    });
    return marker;
  }

  // Leaflet rounds to pixels: on the map of the country the smallest squares would come to nothing
  const Cell = L.Rectangle.extend({
    _updatePath: function () {
      this._parts.forEach((ring) => {
        if (ring.length !== 4) {
          return;
        } // cut at the edge of what is drawn
        ring[1].y = ring[2].y = Math.min(ring[1].y, ring[0].y - 1);
        ring[2].x = ring[3].x = Math.max(ring[2].x, ring[0].x + 1);
      });
      L.Rectangle.prototype._updatePath.call(this);
    },
  });

  function point(feature, place) {
    const p = feature.properties;
    if (p.kind === "cell") {
      return new Cell(
        [
          [place.lat - p.half, place.lng - p.half],
          [place.lat + p.half, place.lng + p.half],
        ],
        {
          pane: "mining",
          color: p.color,
          fillColor: p.color,
          fillOpacity: 1,
          lineJoin: "miter",
          lineCap: "square",
          smoothFactor: 0,
          className: "mining-cell",
        },
      );
    }
    if (p.kind === "zone") {
      const zone = p.radius_km
        ? L.circle(place, { pane: "mining", radius: p.radius_km * 1000 })
        : L.circleMarker(place, { pane: "mining", radius: 3.5, fill: true, fillOpacity: 0.35 });
      const label = new names.Name(place, { kind: "zone", text: p.text, first: ZONE_NAMES, priority: 17 });
      return zone
        .on("add", () => {
          names.dots.add(zone);
          label.addTo(map);
        })
        .on("remove", () => {
          names.dots.delete(zone);
          label.remove();
        });
    }
    if (p.kind === "service") {
      return service(place, p.estimate);
    }
    return new names.Name(place, p);
  }

  function each(feature, layer, head, tail) {
    const p = feature.properties;
    if (layer.label) {
      layer.label.tail = tail;
    } else if (layer.gather) {
      layer.said = head + p.tip;
      layer.on("add", () => {
        tips.set(
          layer.getElement(),
          () =>
            [layer]
              .concat(layer.others || [])
              .map((one) => one.said)
              .join("") + tail,
        );
      });
    } else if (p.routes) {
      bundle(layer, p, p.note + tail);
    } else if (p.tip) {
      layer.on("add", () => {
        tips.set(layer.getElement(), head + p.tip + tail);
      });
    }
    const area = /\b(?:region|area)-(\d{2,6})\b/.exec(p.style?.className || "");
    if (p.outline) {
      // an outline is dimmed with its area
      const look = Object.assign({}, p.outline);
      if (area) {
        look.className += ` of-${area[1]}`;
      }
      accompany(layer, () => outline(layer, look));
    }
    if (area) {
      layer.on("add", () => {
        grounds.set(area[1], layer);
      });
    }
    if (p.code && !p.kind) {
      layer.on("add", () => {
        grounds.set(p.code, layer);
        const path = layer.getElement();
        if (p.code.length === 2) {
          path.setAttribute("data-department-ubigeo", p.code);
          path.setAttribute("role", "img");
          path.setAttribute("aria-label", names.plain(p.name || ""));
        } else {
          path.setAttribute("data-province-ubigeo", p.code);
          layer.called = p;
        }
        shapes.set(p.code, layer);
        if (chosen && chosen.indexOf(p.code) === 0) {
          mark();
        }
      });
    }
  }

  // ---- what lies under the pointer --------------------------------------------------------
  // One listener for the whole map: whatever lies on a department or province, that answers first.
  const tip = document.body.appendChild(document.createElement("div"));
  tip.className = "tip";
  tip.setAttribute("aria-hidden", "true"); // the region's own label says it
  const OTHERS = 2; // things on a department that its tip lists

  function stack(event) {
    return event.target.closest("#legend, .leaflet-control")
      ? []
      : document
          .elementsFromPoint(event.clientX, event.clientY)
          .map((node) => node.closest("[data-department-ubigeo], .leaflet-interactive") || node);
  }

  function isDepartment(node) {
    return node.hasAttribute("data-department-ubigeo");
  }

  function isGround(node) {
    return isDepartment(node) || node.classList.contains("area");
  }

  function isCell(node) {
    return node.classList.contains("mining-cell");
  }

  function text(node) {
    const said = isDepartment(node) ? tips.get(shapeOf(node)) : tips.get(node);
    return typeof said === "function" ? said() : said;
  }

  function shapeOf(node) {
    const shape = shapes.get(node.getAttribute("data-department-ubigeo"));
    return shape?.getElement() || node;
  }

  function tellUnder(event) {
    const nodes = stack(event);
    lift(nodes.map((node) => bundles.get(node)).find(Boolean));
    const ground = nodes.find((node) => isGround(node) && text(node));
    pointAt(ground || nodes.find(isDepartment) || null, event);
    // cells are less than a pixel apart on the map of the country: the first speaks for them
    const cell = nodes.find(isCell);
    // of lines that lie on one another the one that is lifted speaks
    let parts = nodes
      .filter(
        (node) =>
          !isGround(node) && (!isCell(node) || node === cell) && (!bundles.has(node) || bundles.get(node) === over),
      )
      .map(text)
      .filter((said, at, all) => said && all.indexOf(said) === at);
    // a line that counts one more would take the room of that one
    const most = parts.length === OTHERS + 1 ? OTHERS + 1 : OTHERS,
      more = parts.length - most;
    // one thing says all that is known of it, several only what they are
    const kind = parts.length > 1 ? '<div class="brief">' : '<div class="other">';
    parts = parts.slice(0, most).map((said) => `${kind + said}</div>`);
    if (ground) {
      parts.unshift(parts.length ? `<div class="brief">${text(ground)}</div>` : text(ground));
    }
    if (!parts.length) {
      tip.classList.remove("shown");
      return;
    }
    if (!tip.classList.contains("shown")) {
      tell({ type: "tip" });
    }
    showTip(parts.join("<hr>") + (more > 0 ? `<hr>+${more}` : ""), event.clientX, event.clientY);
  }

  function showTip(html, left, top) {
    tip.innerHTML = html;
    tip.classList.add("shown");
    const w = tip.offsetWidth,
      h = tip.offsetHeight,
      gap = 14;
    const x = left + gap + w > window.innerWidth - 4 ? left - gap - w : left + gap;
    const y = Math.min(top + gap, window.innerHeight - h - 4);
    tip.style.transform = `translate(${Math.max(x, 4)}px,${Math.max(y, 4)}px)`;
  }

  function hideTip() {
    tip.classList.remove("shown");
    lift(null);
    pointAt(null);
  }

  // ---- the map beside this one ------------------------------------------------------------
  let pointed = null; // the department or area under the pointer, which the other map marks

  function pointAt(node, event) {
    if (!paired || node === pointed) {
      return;
    }
    pointed = node;
    const at = node && map.mouseEventToLatLng(event);
    tell({ type: "over", code: node && codeOf(node), at: at && [at.lat, at.lng] });
  }

  function codeOf(node) {
    return (
      node.getAttribute("data-department-ubigeo") ||
      (/\barea-(\d{4,6})\b/.exec(node.getAttribute("class")) || [])[1] ||
      null
    );
  }

  // what the pointer is on in the other map has a line here, and says what it is here
  function mirror(code, at) {
    if (pointed) {
      return;
    } // the pointer has come here meanwhile
    echo.clearLayers();
    tip.classList.remove("shown");
    if (!/^\d{2}(\d{2}){0,2}$/.test(code)) {
      return;
    }
    const layer = [code, code.slice(0, 2)].map((one) => grounds.get(one)).find((one) => one && map.hasLayer(one));
    if (!layer) {
      return;
    }
    echo.addLayer(outline(layer, { pane: "halo", className: "echo", weight: 4 }));
    const said = tips.get(layer.getElement());
    if (said && Array.isArray(at) && at.every(Number.isFinite)) {
      const spot = map.latLngToContainerPoint(at);
      showTip(said, spot.x, spot.y);
    }
  }

  document.addEventListener("mousemove", (event) => {
    if (event.buttons) {
      return;
    } // the map is being dragged
    tellUnder(event);
  });
  document.documentElement.addEventListener("mouseleave", hideTip);

  function choose(event) {
    const origin = event.originalEvent || event;
    if (raised) {
      // a finger's first tap on a route lifts it, the next one chooses
      raised = false;
      return;
    }
    if (!finger && bundles.has(origin.target)) {
      return;
    } // its text stands beside it
    pin.clearLayers();
    const region = origin.target.closest("[data-department-ubigeo]") || stack(origin).find(codeOf);
    if (!region) {
      return;
    }
    const code = codeOf(region);
    hideTip(); // it lies over what was chosen
    select(code);
    tell({ type: "select", code: code });
  }
  map.on("click", choose);

  // what comes and goes with a layer: its geometry is written once and drawn twice
  function accompany(layer, build) {
    let companion = null;
    layer.on("add", () => {
      companion = build().addTo(map);
    });
    layer.on("remove", () => {
      if (companion) {
        companion.remove();
      }
    });
  }

  // ---- routes -----------------------------------------------------------------------------
  // A line between two stops is a bundle of the routes that travel it. The pointer lifts one of them
  // whole, and when it comes to the same line again, the next one.
  const legs = new Set(),
    bundles = new WeakMap(); // element of a line -> its leg
  let over = null; // the leg under the pointer
  let finger = false,
    raised = false;
  document.addEventListener(
    "pointerdown",
    (event) => {
      finger = event.pointerType === "touch";
      raised = false;
    },
    true,
  );

  function bundle(layer, p, tail) {
    const leg = { routes: p.routes, departments: p.departments.split(" "), turn: -1, lines: [] };
    function said() {
      const first = Math.max(leg.turn, 0) % leg.routes.length;
      const texts = leg.routes
        .slice(first)
        .concat(leg.routes.slice(0, first))
        .map((route) => route[1]);
      if (texts.length > 1) {
        texts[0] = `<div class="lifted-route">${texts[0]}</div>`;
      }
      return p.tip + texts.join("") + tail;
    }
    layer.on("add", () => {
      legs.add(leg);
      hold(layer);
    });
    layer.on("remove", () => {
      legs.delete(leg);
      leg.lines = [];
    });
    function hold(line) {
      leg.lines.push(line.getElement());
      bundles.set(line.getElement(), leg);
      tips.set(line.getElement(), said);
      line.getElement().classList.toggle("of-chosen", leg.departments.indexOf(chosenDepartment()) >= 0);
    }
    // a pale line under it: legible on any fill; and one that a finger finds
    accompany(layer, () =>
      L.layerGroup(
        [
          ["casing", layer.options.weight + 1.8],
          ["grip", 16],
        ].map((look) => {
          const line = L.polyline(layer.getLatLngs(), {
            pane: "routes",
            fill: false,
            smoothFactor: 0.5,
            weight: look[1],
            noClip: true,
            className: `${look[0]} ${layer.options.className}`,
            interactive: look[0] === "grip",
          });
          return line.on("add", line.bringToBack, line).on("add", () => {
            hold(line);
          });
        }),
      ),
    );
  }

  function lift(leg) {
    if ((leg || null) === over) {
      return;
    }
    over = leg || null;
    if (over) {
      over.turn += 1;
      raised = finger;
    }
    const route = over?.routes[over.turn % over.routes.length][0];
    document.documentElement.classList.toggle("lifting", Boolean(over));
    legs.forEach((other) => {
      const isOf = other.routes.some((one) => one[0] === route);
      other.lines.forEach((line) => {
        line.classList.toggle("lifted", isOf);
      });
    });
  }

  function markRoutes() {
    document.documentElement.classList.toggle("near", !view.isWhole());
    legs.forEach((leg) => {
      const isOf = leg.departments.indexOf(chosenDepartment()) >= 0;
      leg.lines.forEach((line) => {
        line.classList.toggle("of-chosen", isOf);
      });
    });
  }

  function outline(layer, style) {
    const looks = [style];
    // a light rim that is seen over the density (frame.css)
    if (/outline-above/.test(style.className)) {
      looks.unshift({ className: `${style.className.replace(/\boutline\S*/g, "")} outline-casing` });
    }
    return L.layerGroup(
      looks.map((look, number) => {
        const line = L.polygon(
          layer.getLatLngs(),
          Object.assign(
            {
              pane: "outlines",
              fill: false,
              interactive: false,
              smoothFactor: 0.6,
            },
            look,
          ),
        );
        return number < looks.length - 1 ? line.on("add", line.bringToBack, line) : line;
      }),
    );
  }

  // ---- selection --------------------------------------------------------------------------
  // A ring that lies outside of the department: its fill and the outline of its verdict stay as
  // they are. The clip is the whole plane without the shape, and follows it at every zoom.
  const Ring = L.Polygon.extend({
    _updatePath: function () {
      L.Polygon.prototype._updatePath.call(this);
      outside.setAttribute("d", `M-99999-99999H99999V99999H-99999Z${this._path.getAttribute("d")}`);
      this._path.setAttribute("clip-path", "url(#outside)");
    },
  });

  function chosenDepartment() {
    return chosen ? chosen.slice(0, 2) : null;
  }

  // a province that is not drawn lies in its department
  function chosenShape() {
    return [chosen, chosenDepartment()].map((code) => shapes.get(code)).find((shape) => shape && map.hasLayer(shape));
  }

  // The map names departments and towns: the chosen province has a name of its own, where most of
  // it lies on the province.
  let chosenName = null;
  function nameProvince(shape) {
    if (chosenName && chosenName.of === shape) {
      return;
    }
    if (chosenName) {
      chosenName.remove();
    }
    chosenName = null;
    if (!shape || !shape.called) {
      return;
    }
    const bounds = shape.getBounds(),
      middle = shape.getCenter(),
      spots = [[middle.lng, middle.lat]];
    for (let i = 1; i < 36; i++) {
      spots.push([
        bounds.getWest() + ((bounds.getEast() - bounds.getWest()) * (0.5 + (i % 6))) / 6,
        bounds.getSouth() + ((bounds.getNorth() - bounds.getSouth()) * (0.5 + Math.floor(i / 6))) / 6,
      ]);
    }
    const p = shape.called;
    chosenName = new names.Name(middle, {
      kind: "department",
      code: p.code,
      text: p.name,
      figure: "",
      inks: p.inks,
      spots: spots,
      first: 4,
      priority: -1,
    });
    chosenName.of = shape;
    chosenName.addTo(map);
  }

  function mark() {
    halo.clearLayers();
    const shape = chosenShape();
    nameProvince(shape);
    document.querySelectorAll("#inset [data-department-ubigeo]").forEach((node) => {
      node.classList.toggle("chosen", codeOf(node) === chosenDepartment());
    });
    const compared = beside.concat(beside.length ? chosenDepartment() : []);
    shapes.forEach((one) => {
      const node = one.getElement?.();
      const code = node?.classList.contains("region") && codeOf(node);
      if (code) {
        node.classList.toggle("aside", beside.length > 0 && compared.indexOf(code.slice(0, 2)) < 0);
      }
    });
    document.querySelectorAll(".region, .area, .outline, .outline-casing").forEach((node) => {
      const code = /\b(?:region|area|of)-(\d{2,4})\b/.exec(node.getAttribute("class"));
      node.classList.toggle("dimmed", Boolean(code) && dimmed.has(code[1]));
    });
    beside.forEach((code) => {
      const other = shapes.get(code);
      if (!other || !map.hasLayer(other)) {
        return;
      }
      halo.addLayer(
        L.polygon(other.getLatLngs(), {
          pane: "halo",
          fill: false,
          interactive: false,
          smoothFactor: 0.6,
          className: "halo-beside",
          weight: 2.5,
          dashArray: "6 4",
        }),
      );
    });
    changes.forEach((change) => {
      const other = shapes.get(change[0]);
      if (other && map.hasLayer(other)) {
        halo.addLayer(outline(other, change[1]));
      }
    });
    if (!shape) {
      return;
    }
    [
      ["halo", 12],
      ["halo-gap", 5.5],
    ].forEach((look) => {
      halo.addLayer(
        new Ring(shape.getLatLngs(), {
          pane: "halo",
          fill: false,
          interactive: false,
          smoothFactor: 0.6,
          className: look[0],
          weight: look[1],
        }),
      );
    });
  }

  function select(code) {
    const before = chosen;
    chosen = typeof code === "string" && /^\d{2}(\d{2})?$/.test(code) ? code : null;
    near.hidden = !chosen;
    if (chosen !== before) {
      pin.clearLayers(); // the place that was searched belongs to the choice it made
      arrangeSoon();
    }
    mark();
    markRoutes();
  }

  // ---- layers -----------------------------------------------------------------------------
  // few reports: the colour of the area under lines, each of them made when it is first wanted
  function hatchFew() {
    document.querySelectorAll("path[fill^='url(#few-']").forEach((path) => {
      const id = path.getAttribute("fill").slice(5, -1);
      if (document.getElementById(id)) {
        return;
      }
      store.appendChild(
        svg("pattern", { id: id, width: 6, height: 6, patternUnits: "userSpaceOnUse" }, [
          svg("rect", { width: 6, height: 6, fill: `#${id.slice(4)}` }),
          svg("path", { d: "M-1 5L1 7M0 0L6 6M5 -1L7 1", class: "hatch-line" }),
        ]),
      );
    });
  }

  function put(key, layer) {
    const script = document.currentScript;
    const address = script?.dataset.address;
    // a file that was asked for earlier and comes late must not replace what is wanted now
    if (address && wanted.get(key) !== address) {
      return;
    }
    const old = shown.get(key);
    layer.addTo(map);
    if (old) {
      old.remove();
    }
    hideTip(); // it tells of what was drawn before
    shown.set(key, layer);
    hatchFew();
    layer.address = address || null;
    ground();
    drawInset();
    mark();
  }

  function remove(key) {
    const layer = shown.get(key);
    if (layer) {
      layer.remove();
    }
    hideTip();
    shown.delete(key);
    ground();
    drawInset();
    mark();
  }

  // under the density the regions are pale, and keep their names, figures and outlines
  function ground() {
    document.documentElement.classList.toggle("under-density", shown.has("density"));
  }

  function load(item) {
    return new Promise((resolve) => {
      const script = document.createElement("script");
      script.dataset.address = item.url;
      script.onload = script.onerror = (event) => {
        script.remove();
        if (event.type === "error") {
          tell({ type: "failed", key: item.key });
        }
        resolve();
      };
      script.src = item.url;
      document.head.appendChild(script);
    });
  }

  function allowed(item) {
    return (
      item &&
      /^[a-z][a-z_]{0,39}$/.test(item.key) &&
      typeof item.url === "string" &&
      /^\/layers\/[A-Za-z0-9_.,/=?&%+-]*$/.test(item.url) &&
      item.url.indexOf("..") < 0
    );
  }

  function apply(state) {
    const mine = ++round;
    document.documentElement.lang = /^[a-z]{2}(-[A-Z]{2})?$/.test(state.lang) ? state.lang : "es";
    const isDark = state.theme === "dark" || (state.theme !== "light" && dark.matches);
    document.documentElement.classList.toggle("theme-dark", isDark);
    if (typeof state.legend === "string") {
      view.setLegend(state.legend);
    }
    if (state.words) {
      name(state.words);
    }
    if (typeof state.attribution === "string") {
      document.getElementById("credits").textContent = state.attribution;
    }
    if (Array.isArray(state.beside)) {
      beside = state.beside.filter((code) => /^\d{2}$/.test(code));
    }
    if (Array.isArray(state.dimmed)) {
      dimmed = new Set(state.dimmed.filter((code) => /^\d{2}(\d{2})?$/.test(code)));
      document.documentElement.classList.toggle("filtered", dimmed.size > 0);
      drawInset();
      arrangeSoon();
    }
    paired = state.paired === true;
    document.documentElement.classList.toggle("paired", paired);
    if (!paired) {
      echo.clearLayers();
    }
    changes = Array.isArray(state.changes) ? state.changes : [];
    if ("selected" in state) {
      select(state.selected);
    }
    if ("view" in state) {
      pin.clearLayers();
      view.look(state.view?.center, state.view?.zoom);
    }
    const items = (Array.isArray(state.layers) ? state.layers : []).filter(allowed);
    if (state.layers) {
      wanted = new Map(items.map((item) => [item.key, item.url]));
      Array.from(shown.keys()).forEach((key) => {
        if (shown.get(key).address && !wanted.has(key)) {
          remove(key);
        }
      });
    }
    holderToken = state.token;
    Promise.all(
      items.filter((item) => !shown.has(item.key) || shown.get(item.key).address !== item.url).map(load),
    ).then(() => {
      requestAnimationFrame(() => {
        requestAnimationFrame(() => {
          document.documentElement.dataset.drawn = "true";
          if (mine === round) {
            tell({ type: "drawn", token: holderToken });
          }
        });
      });
    });
  }

  // ---- buttons ----------------------------------------------------------------------------
  const bar = document.querySelector(".leaflet-control-zoom");
  function button(kind, path, act) {
    const link = bar.appendChild(document.createElement("a"));
    link.className = `leaflet-control-${kind}`;
    link.href = "#";
    link.setAttribute("role", "button");
    link.appendChild(svg("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" }, [svg("path", { d: path })]));
    link.addEventListener("click", (event) => {
      event.preventDefault();
      act();
    });
    return link;
  }
  button("whole", "M1.5 8L8 2L14.5 8M3.5 6.5V14H6.5V10H9.5V14H12.5V6.5", () => {
    pin.clearLayers();
    view.whole();
  });
  const near = button("near", "M8 1V4M8 12V15M1 8H4M12 8H15M12 8A4 4 0 1 1 4 8A4 4 0 1 1 12 8Z", () => {
    const shape = chosenShape();
    if (shape) {
      view.goTo(shape.getBounds(), 9);
    }
  });

  function name(said) {
    words = said;
    [
      ["zoom-in", said.zoomIn],
      ["zoom-out", said.zoomOut],
      ["whole", said.whole],
      ["near", said.near],
    ].forEach((pair) => {
      const link = document.querySelector(`.leaflet-control-${pair[0]}`);
      if (link && typeof pair[1] === "string") {
        link.title = pair[1];
        link.setAttribute("aria-label", pair[1]);
      }
    });
    const mac = /Mac|iPhone|iPad/.test(navigator.userAgent);
    if (typeof said.credits === "string") {
      document.querySelector(".credits summary").setAttribute("aria-label", said.credits);
      document.querySelector(".credits summary").title = said.credits;
    }
    words.wheel = String(said.wheel || "").replace("{key}", mac ? "⌘" : "Ctrl");
  }

  // ---- the smallest department, large enough for a finger ------------------------------------
  // The density as it lies on the map, where a point of the map has a place in the inset. Its cells
  // whose middle is at sea have no colour: half a cell of their neighbours' goes on to the coast.
  function glow(place, land) {
    const images = shown.has("density") ? shown.get("density").getLayers() : [];
    return images
      .filter((layer) => layer instanceof L.ImageOverlay)
      .map((layer) => {
        const from = place(layer.getBounds().getNorthWest()),
          to = place(layer.getBounds().getSouthEast());
        return svg("g", { "clip-path": "url(#inset-land)" }, [
          svg("clipPath", { id: "inset-land" }, [svg("path", { d: land })]),
          svg(
            "filter",
            {
              id: "inset-coast",
              filterUnits: "userSpaceOnUse",
              x: -20,
              y: -20,
              width: 172,
              height: 136,
            },
            [svg("feMorphology", { operator: "dilate", radius: 14 })],
          ),
          svg("g", { filter: "url(#inset-coast)" }, [
            svg("image", {
              href: layer.getElement().src,
              x: from.x,
              y: from.y,
              width: to.x - from.x,
              height: to.y - from.y,
              preserveAspectRatio: "none",
            }),
          ]),
        ]);
      });
  }

  function drawInset() {
    const box = document.getElementById("inset");
    const parts = ["15", SMALLEST].map((code) => [code, shapes.get(code)]);
    box.textContent = "";
    box.hidden =
      parts.some((part) => !part[1] || !map.hasLayer(part[1])) ||
      map.getZoom() >= 8.75 ||
      !map.getBounds().contains(CAPITAL.getCenter());
    if (box.hidden) {
      return;
    }
    const width = 132,
      height = 96,
      zoom = 9.6,
      corner = map.project(CAPITAL.getNorthWest(), zoom);
    const scale = width / (map.project(CAPITAL.getSouthEast(), zoom).x - corner.x);
    function d(latlngs) {
      return L.LineUtil.isFlat(latlngs)
        ? "M" +
            latlngs
              .map((at) => {
                const p = map.project(at, zoom).subtract(corner).multiplyBy(scale);
                return `${p.x.toFixed(1)} ${p.y.toFixed(1)}`;
              })
              .join("L") +
            "Z"
        : latlngs.map(d).join("");
    }
    function drawing(name, children) {
      box.appendChild(
        svg(
          "svg",
          {
            viewBox: [0, 0, width, height].join(" "),
            class: name,
            "aria-hidden": "true",
          },
          children,
        ),
      );
    }
    drawing(
      "ground",
      parts.map((part) => svg("path", { d: d(part[1].getLatLngs()), class: "land" })),
    );
    drawing(
      "colors",
      parts
        .map((part) => {
          const fill = part[1].getElement().getAttribute("fill");
          return svg("path", {
            d: d(part[1].getLatLngs()),
            fill: fill,
            class: (/^url/.test(fill) ? "hatched" : "tint") + (dimmed.has(part[0]) ? " dimmed" : ""),
          });
        })
        .concat(
          glow(
            (at) => map.project(at, zoom).subtract(corner).multiplyBy(scale),
            parts.map((part) => d(part[1].getLatLngs())).join(""),
          ),
          parts.map((part) => svg("path", { d: d(part[1].getLatLngs()), fill: "none" })),
        ),
    );
    parts.forEach((part) => {
      const label = Array.from(names.labels).find((one) => one.code === part[0]);
      const hit = box.appendChild(document.createElement("button"));
      hit.type = "button";
      hit.tabIndex = -1; // the table is the way of the keyboard
      hit.setAttribute("data-department-ubigeo", part[0]);
      hit.setAttribute("aria-label", part[1].getElement().getAttribute("aria-label"));
      const number = label && names.figureOf(label);
      // without a figure the map's own name of the larger one is enough
      hit.innerHTML = label && (number || part[0] === SMALLEST) ? label.text + (number ? `<b>${number}</b>` : "") : "";
      hit.addEventListener("click", choose);
    });
    mark();
  }

  // a place that the reader searched: its bounds fill the map, a ring stands on it
  function find(bounds, spot) {
    if (!Array.isArray(bounds) || !bounds.every(Number.isFinite)) {
      return;
    }
    pin.clearLayers();
    if (Array.isArray(spot) && spot.every(Number.isFinite)) {
      pin.addLayer(
        L.circleMarker([spot[1], spot[0]], {
          pane: "places",
          className: "pin",
          radius: 9,
          interactive: false,
        }),
      );
    }
    view.goTo(
      [
        [bounds[1], bounds[0]],
        [bounds[3], bounds[2]],
      ],
      10,
    );
  }

  // ---- the holder -------------------------------------------------------------------------
  function tell(message) {
    // the frame's origin is opaque, so the holder cannot be named; messages hold codes only
    if (framed) {
      window.parent?.postMessage(message, "*");
    }
  }

  if (framed) {
    window.addEventListener("message", (event) => {
      if (event.source !== window.parent || !event.data) {
        return;
      }
      if (event.data.type === "state") {
        apply(event.data);
      }
      if (event.data.type === "leave") {
        hideTip();
      }
      if (event.data.type === "covered" && Array.isArray(event.data.boxes)) {
        view.cover(event.data.boxes);
        names.cover(event.data.boxes);
      }
      if (event.data.type === "view") {
        find(event.data.bounds, event.data.mark);
      }
      if (event.data.type === "follow") {
        view.look(event.data.center, event.data.zoom);
      }
      if (event.data.type === "over") {
        mirror(event.data.code, event.data.at);
      }
    });
  }

  // a shape with a tooltip would be a stop of the tab key, 456 cells among them: the table beside
  // the map is the way of the keyboard
  map.on("layeradd", (event) => {
    const element = event.layer.getElement?.();
    if (element) {
      element.setAttribute("tabindex", "-1");
    }
  });
  map.on("moveend", arrangeSoon);
  map.on("moveend", drawInset);
  map.on("moveend", markRoutes);
  window.atlas = {
    put: put,
    remove: remove,
    select: select,
    fit: view.fit,
    point: point,
    each: each,
    start: (state) => {
      view.begin();
      apply(state);
      tell({ type: "ready" });
    },
  };
})();
