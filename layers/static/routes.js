// Lines that several routes share: which route is lifted, and which lines are the chosen department's.
window.atlasRoutes = (shared) => {
  "use strict";

  const { tips, view } = shared;
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
    function wording() {
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
      tips.set(line.getElement(), wording);
      line.getElement().classList.toggle("of-chosen", leg.departments.indexOf(shared.selection.department()) >= 0);
    }
    // a pale line under it: legible on any fill; and one that a finger finds
    shared.features.accompany(layer, () =>
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
      const isOf = other.routes.some((pair) => pair[0] === route);
      other.lines.forEach((line) => {
        line.classList.toggle("lifted", isOf);
      });
    });
  }

  function mark() {
    document.documentElement.classList.toggle("near", !view.isWhole());
    legs.forEach((leg) => {
      const isOf = leg.departments.indexOf(shared.selection.department()) >= 0;
      leg.lines.forEach((line) => {
        line.classList.toggle("of-chosen", isOf);
      });
    });
  }

  // of lines that lie on one another the one that is lifted speaks
  function isUnderAnother(node) {
    return bundles.has(node) && bundles.get(node) !== over;
  }

  // Does a press on an element choose nothing? A finger's first tap on a route lifts it, the next one
  // chooses; beside a mouse the route's text stands already.
  function takes(node) {
    if (raised) {
      raised = false;
      return true;
    }
    return !finger && bundles.has(node);
  }

  return {
    bundle,
    legOf: (node) => bundles.get(node),
    lift,
    isUnderAnother,
    takes,
    mark,
  };
};
