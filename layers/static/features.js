// Features of a layer: how a point is drawn, what each says, what comes and goes with it.
window.atlasFeatures = (map, shared) => {
  "use strict";

  const { tips, grounds, shapes, names } = shared;
  const ZONE_NAMES = 6; // zoom from which a zone has its name

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
      names.arrangeSoon();
    });
    marker.on("remove", () => {
      names.marks.delete(marker);
      names.arrangeSoon();
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
      layer.text = head + p.tip;
      layer.on("add", () => {
        tips.set(
          layer.getElement(),
          () =>
            [layer]
              .concat(layer.others || [])
              .map((other) => other.text)
              .join("") + tail,
        );
      });
    } else if (p.routes) {
      shared.routes.bundle(layer, p, p.note + tail);
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
        if (shared.chosen && shared.chosen.indexOf(p.code) === 0) {
          shared.selection.mark();
        }
      });
    }
  }

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

  return {
    point,
    each,
    accompany,
    outline,
  };
};
