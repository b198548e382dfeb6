// The inset: the smallest department, large enough for a finger.
window.atlasInset = (map, shared) => {
  "use strict";

  const { shown, shapes, names, smallest } = shared;
  const { svg } = shared.patterns;
  const CAPITAL = L.latLngBounds([-12.16, -77.31], [-11.96, -77.03]); // Callao and a part of Lima

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

  function draw() {
    const box = document.getElementById("inset");
    const parts = ["15", smallest].map((code) => [code, shapes.get(code)]);
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
            class: (/^url/.test(fill) ? "hatched" : "tint") + (shared.dimmed.has(part[0]) ? " dimmed" : ""),
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
      const label = Array.from(names.labels).find((named) => named.code === part[0]);
      const hit = box.appendChild(document.createElement("button"));
      hit.type = "button";
      hit.tabIndex = -1; // the table is the way of the keyboard
      hit.setAttribute("data-department-ubigeo", part[0]);
      hit.setAttribute("aria-label", part[1].getElement().getAttribute("aria-label"));
      const number = label && names.figureOf(label);
      // without a figure the map's own name of the larger one is enough
      hit.innerHTML = label && (number || part[0] === smallest) ? label.text + (number ? `<b>${number}</b>` : "") : "";
      hit.addEventListener("click", shared.pointer.choose);
    });
    shared.selection.mark();
  }

  return { draw };
};
