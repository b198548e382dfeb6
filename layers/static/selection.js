// What is chosen, and what is marked beside it: departments compared, conditions, changes.
window.atlasSelection = (map, shared) => {
  "use strict";

  const { shapes, names, pin } = shared;
  const { codeOf } = shared.pointer;
  const { outline } = shared.features;
  const { outside } = shared.patterns;
  const halo = L.layerGroup().addTo(map);
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
    return shared.chosen ? shared.chosen.slice(0, 2) : null;
  }

  // a province that is not drawn lies in its department
  function chosenShape() {
    return [shared.chosen, chosenDepartment()]
      .map((code) => shapes.get(code))
      .find((shape) => shape && map.hasLayer(shape));
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
    const compared = shared.beside.concat(shared.beside.length ? chosenDepartment() : []);
    shapes.forEach((layer) => {
      const node = layer.getElement?.();
      const code = node?.classList.contains("region") && codeOf(node);
      if (code) {
        node.classList.toggle("aside", shared.beside.length > 0 && compared.indexOf(code.slice(0, 2)) < 0);
      }
    });
    document.querySelectorAll(".region, .area, .outline, .outline-casing").forEach((node) => {
      const code = /\b(?:region|area|of)-(\d{2,4})\b/.exec(node.getAttribute("class"));
      node.classList.toggle("dimmed", Boolean(code) && shared.dimmed.has(code[1]));
    });
    shared.beside.forEach((code) => {
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
    shared.changes.forEach((change) => {
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
    const before = shared.chosen;
    shared.chosen = typeof code === "string" && /^\d{2}(\d{2})?$/.test(code) ? code : null;
    if (shared.chosen !== before) {
      pin.clearLayers(); // the place that was searched belongs to the choice it made
      names.arrangeSoon();
    }
    mark();
    shared.routes.mark();
  }

  return {
    select,
    mark,
    department: chosenDepartment,
    shape: chosenShape,
  };
};
