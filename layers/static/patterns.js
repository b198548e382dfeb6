// What the drawing refers to by id: hatches, heads of routes, the clip of the ring around what is chosen.
window.atlasPatterns = () => {
  "use strict";

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

  return {
    svg,
    outside,
    hatchFew,
  };
};
