// What lies under the pointer, here and on the map beside this one: a tip tells it, a press chooses it.
window.atlasPointer = (map, shared) => {
  "use strict";

  const { tips, grounds, shapes, pin, tell } = shared;
  const echo = L.layerGroup().addTo(map);
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
    const content = isDepartment(node) ? tips.get(shapeOf(node)) : tips.get(node);
    return typeof content === "function" ? content() : content;
  }

  function shapeOf(node) {
    const shape = shapes.get(node.getAttribute("data-department-ubigeo"));
    return shape?.getElement() || node;
  }

  function tellUnder(event) {
    const nodes = stack(event);
    shared.routes.lift(nodes.map(shared.routes.legOf).find(Boolean));
    const ground = nodes.find((node) => isGround(node) && text(node));
    pointAt(ground || nodes.find(isDepartment) || null, event);
    // cells are less than a pixel apart on the map of the country: the first speaks for them
    const cell = nodes.find(isCell);
    let parts = nodes
      .filter((node) => !isGround(node) && (!isCell(node) || node === cell) && !shared.routes.isUnderAnother(node))
      .map(text)
      .filter((content, at, all) => content && all.indexOf(content) === at);
    // a line that counts one more would take the room of that one
    const most = parts.length === OTHERS + 1 ? OTHERS + 1 : OTHERS,
      more = parts.length - most;
    // one thing says all that is known of it, several only what they are
    const kind = parts.length > 1 ? '<div class="brief">' : '<div class="other">';
    parts = parts.slice(0, most).map((content) => `${kind + content}</div>`);
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
    shared.routes.lift(null);
    pointAt(null);
  }

  let pointed = null; // the department or area under the pointer, which the other map marks

  function pointAt(node, event) {
    if (!shared.paired || node === pointed) {
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
    const layer = [code, code.slice(0, 2)]
      .map((ubigeo) => grounds.get(ubigeo))
      .find((ground) => ground && map.hasLayer(ground));
    if (!layer) {
      return;
    }
    echo.addLayer(shared.features.outline(layer, { pane: "halo", className: "echo", weight: 4 }));
    const content = tips.get(layer.getElement());
    if (content && Array.isArray(at) && at.every(Number.isFinite)) {
      const spot = map.latLngToContainerPoint(at);
      showTip(content, spot.x, spot.y);
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
    if (shared.routes.takes(origin.target)) {
      return;
    }
    pin.clearLayers();
    const region = origin.target.closest("[data-department-ubigeo]") || stack(origin).find(codeOf);
    if (!region) {
      return;
    }
    const code = codeOf(region);
    hideTip(); // it lies over what was chosen
    shared.select(code);
    tell({ type: "select", code: code });
  }
  map.on("click", choose);

  return {
    hideTip,
    codeOf,
    choose,
    mirror,
    clearEcho: () => {
      echo.clearLayers();
    },
  };
};
