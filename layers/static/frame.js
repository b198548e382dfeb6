// The page's side of the map: puts layers in and out, and talks to the window that holds this frame. It
// remembers nothing. It hands what it shares to a file a subject (FRAME_SCRIPTS of layers/document.py).
(() => {
  "use strict";

  const map = window.map_atlas;
  const framed = window.parent !== window;
  document.documentElement.classList.toggle("framed", framed);
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  let wanted = new Map(); // key -> address that the holder asked for
  let words = {};
  let round = 0;
  let holderToken = null;
  const shared = {
    smallest: "07", // Callao: a few pixels wide on the map of the country
    shown: new Map(), // key -> layer on the map
    shapes: new Map(), // code of a department or province -> path layer of its area
    grounds: new Map(), // code of a department or of an area below it -> its layer
    tips: new WeakMap(), // element on the map -> what it says, as HTML or a function
    pin: L.layerGroup().addTo(map), // on the place that was searched
    chosen: null,
    beside: [], // departments that the card compares with the chosen one
    dimmed: new Set(), // areas that do not meet the reader's conditions
    changes: [], // [department, look of its line]: what changed from one map to the other
    paired: false, // is there another map beside this one?
    select,
    tell,
  };
  const { shown, pin } = shared;

  shared.patterns = window.atlasPatterns();
  shared.view = window.atlasView(map, {
    tell: tell,
    hideTip: () => {
      shared.pointer.hideTip();
    },
    words: () => words,
    isPaired: () => shared.paired,
    arrange: () => {
      shared.names.arrange();
    },
    arrangeSoon: () => {
      shared.names.arrangeSoon();
    },
  });
  const { svg, hatchFew } = shared.patterns;
  const view = shared.view;
  shared.names = window.atlasNames(map, {
    shapes: shared.shapes,
    tips: shared.tips,
    smallest: shared.smallest,
    isPrinting: view.isPrinting,
    isWhole: view.isWhole,
    chosen: () => shared.chosen,
    isDimmed: (code) => shared.dimmed.has(code),
  });
  shared.features = window.atlasFeatures(map, shared);
  shared.pointer = window.atlasPointer(map, shared);
  shared.routes = window.atlasRoutes(shared);
  shared.selection = window.atlasSelection(map, shared);
  shared.inset = window.atlasInset(map, shared);
  const { names, pointer, selection, inset } = shared;

  // ---- layers -----------------------------------------------------------------------------
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
    pointer.hideTip(); // it tells of what was drawn before
    shown.set(key, layer);
    hatchFew();
    layer.address = address || null;
    ground();
    inset.draw();
    selection.mark();
  }

  function remove(key) {
    const layer = shown.get(key);
    if (layer) {
      layer.remove();
    }
    pointer.hideTip();
    shown.delete(key);
    ground();
    inset.draw();
    selection.mark();
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
      shared.beside = state.beside.filter((code) => /^\d{2}$/.test(code));
    }
    if (Array.isArray(state.dimmed)) {
      shared.dimmed = new Set(state.dimmed.filter((code) => /^\d{2}(\d{2})?$/.test(code)));
      document.documentElement.classList.toggle("filtered", shared.dimmed.size > 0);
      inset.draw();
      names.arrangeSoon();
    }
    shared.paired = state.paired === true;
    document.documentElement.classList.toggle("paired", shared.paired);
    if (!shared.paired) {
      pointer.clearEcho();
    }
    shared.changes = Array.isArray(state.changes) ? state.changes : [];
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
    const shape = selection.shape();
    if (shape) {
      view.goTo(shape.getBounds(), 9);
    }
  });

  function select(code) {
    selection.select(code);
    near.hidden = !shared.chosen;
  }

  function name(wording) {
    words = wording;
    [
      ["zoom-in", wording.zoomIn],
      ["zoom-out", wording.zoomOut],
      ["whole", wording.whole],
      ["near", wording.near],
    ].forEach((pair) => {
      const link = document.querySelector(`.leaflet-control-${pair[0]}`);
      if (link && typeof pair[1] === "string") {
        link.title = pair[1];
        link.setAttribute("aria-label", pair[1]);
      }
    });
    const mac = /Mac|iPhone|iPad/.test(navigator.userAgent);
    if (typeof wording.credits === "string") {
      document.querySelector(".credits summary").setAttribute("aria-label", wording.credits);
      document.querySelector(".credits summary").title = wording.credits;
    }
    words.wheel = String(wording.wheel || "").replace("{key}", mac ? "⌘" : "Ctrl");
  }

  // a place that the reader searched: its bounds fill the map, a ring stands on it
  function find(bounds, spot) {
    pin.clearLayers();
    if (!Array.isArray(bounds) || !bounds.every(Number.isFinite)) {
      view.whole();
      return;
    }
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
        pointer.hideTip();
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
        pointer.mirror(event.data.code, event.data.at);
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
  map.on("moveend", names.arrangeSoon);
  map.on("moveend", inset.draw);
  map.on("moveend", shared.routes.mark);
  window.atlas = {
    put: put,
    remove: remove,
    select: select,
    fit: view.fit,
    point: shared.features.point,
    each: shared.features.each,
    start: (state) => {
      view.begin();
      apply(state);
      tell({ type: "ready" });
    },
  };
})();
