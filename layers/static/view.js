// Where the map looks: the whole country beside its legend, a place, what the reader moved it to; and
// the whole country on paper. frame.js hands over what it shares.
window.atlasView = (map, shared) => {
  "use strict";

  const container = map.getContainer();
  const PERU = L.latLngBounds([-18.4, -81.4], [0.1, -68.6]);
  const SHOULDER = -7.2; // degrees: the country's west, Tumbes and Piura, lies north of it
  const NARROW = 560,
    LOW = 400; // pixels of the map; below them the legend folds
  let folded = false; // has the reader opened or closed the legend by hand?
  let touched = false; // has the reader moved the map since it was last fitted?
  let fitting = false;
  let fitted = 0; // zoom at which the whole country fills the map
  let printed = null; // what was seen before the page is printed
  let roof = 0; // pixels at the top of a low map under a row of the page's buttons

  function isRoomy() {
    return window.innerWidth >= NARROW && window.innerHeight >= LOW;
  }

  function setLegend(html) {
    const box = document.getElementById("legend");
    const was = box.querySelector("details");
    const open = was && folded ? was.open : isRoomy();
    box.innerHTML = html;
    fold(box, open);
    if (!touched) {
      fit();
    } // the fold of the legend takes room at the bottom
    shared.arrangeSoon();
  }

  // height of the legend where it is opened on a phone: it lies below the country
  function opened() {
    const details = document.querySelector("#legend details");
    return map.getSize().x < NARROW && details && details.open ? details.offsetHeight : 0;
  }

  function fold(box, open) {
    const details = box.querySelector("details");
    if (!details) {
      return;
    }
    details.open = open;
    details.addEventListener("toggle", () => {
      shared.tell({ type: "legend", height: opened() });
      if (!touched && map.getSize().x < NARROW) {
        fit();
      }
      shared.arrangeSoon();
    });
    // the summary is the details' first child
    details.firstElementChild.addEventListener("click", () => {
      folded = true;
    });
  }

  // A legend that reaches up to the country's west moves the country aside; where that is not
  // enough, it ends below and scrolls.
  function clearOfLegend(shift, most, middle, zoom, size) {
    const box = document.querySelector(".corner");
    box.style.maxHeight = "";
    const corner = map.project([SHOULDER, PERU.getWest()], zoom).subtract(middle).add(size.divideBy(2));
    const needed = box.offsetLeft + box.offsetWidth + 8 - corner.x;
    if (box.offsetTop < corner.y && needed > shift) {
      shift = Math.min(needed, most);
      if (needed > most + 1) {
        box.style.maxHeight = `${Math.max(180, size.y - corner.y - 12)}px`;
      }
    }
    const legend = document.getElementById("legend");
    legend.tabIndex = legend.scrollHeight > legend.clientHeight + 1 ? 0 : -1;
    return shift;
  }

  function fit() {
    if (map._animatingZoom) {
      // a zoom that is on its way would end where it was going
      map.once("zoomend", fit);
      return;
    }
    fitting = true;
    // With the new size at the old zoom the bounds may ask for a move. It would be on its way still
    // when the country is in its place, and carry it off.
    map.setMaxBounds(null);
    map.stop();
    map.invalidateSize({ animate: false, pan: false });
    const size = map.getSize(),
      narrow = size.x < NARROW;
    const edge = narrow ? 6 : 14;
    const below = narrow ? 18 + opened() : edge,
      above = Math.max(edge, roof);
    const zoom = map.getBoundsZoom(PERU, false, L.point(edge * 2, above + below));
    const width = map.project(PERU.getSouthEast(), zoom).x - map.project(PERU.getSouthWest(), zoom).x;
    const spare = Math.max(size.x - width - edge * 2, 0);
    let middle = map
      .project(PERU.getNorthWest(), zoom)
      .add(map.project(PERU.getSouthEast(), zoom))
      .divideBy(2)
      .subtract([0, (above - below) / 2]);
    // the sea takes most of the spare width: that is where the legend lies
    let shift = narrow ? 0 : Math.min(spare * 0.22, 150);
    if (!narrow) {
      shift = clearOfLegend(shift, spare / 2, middle, zoom, size);
    }
    middle = middle.subtract([shift, 0]);
    fitted = zoom;
    const bounds = L.latLngBounds([opened() ? -26 : -20.6, -96], [roof ? 9 : 3.6, -54]);
    map.options.maxBounds = bounds; // the view lies within them from the start
    map.setView(map.unproject(middle, zoom), zoom, { animate: false });
    map.setMaxBounds(bounds);
    fitting = false;
    touched = false;
  }

  // boxes of what the page has laid on the map: a row of them hides a tenth of a high map, a third of
  // the country where a phone lies on its side
  function cover(boxes) {
    const size = map.getSize(),
      row = boxes.find((box) => box[1] < size.y / 4 && box[2] - box[0] > size.x / 2);
    const covered = row && size.y < LOW ? row[3] + 12 : 0;
    if (covered === roof) {
      return;
    }
    roof = covered;
    if (!touched) {
      fit();
    }
  }

  // a view that the holder asks for; null is the whole country
  function look(at, zoom) {
    if (!at || !at.concat(zoom).every(Number.isFinite)) {
      fit();
      return;
    }
    fitting = true;
    map.setView(at, zoom, { animate: false });
    fitting = false;
    touched = true;
  }

  // bounds fill what the legend leaves free
  function goTo(bounds, zoom) {
    touched = true; // whatever animates, the move is the reader's
    const box = document.getElementById("legend"),
      narrow = map.getSize().x < NARROW;
    map.fitBounds(bounds, {
      paddingTopLeft: [narrow ? 16 : box.offsetWidth + 24, 24],
      maxZoom: zoom,
      paddingBottomRight: [narrow ? 16 : 56, narrow ? box.offsetHeight + 36 : 24],
    });
  }

  let telling = 0;
  function tellMoved() {
    clearTimeout(telling);
    telling = setTimeout(() => {
      const at = map.getCenter();
      shared.tell({
        type: "moved",
        center: touched ? [round3(at.lat), round3(at.lng)] : null,
        zoom: touched ? round3(map.getZoom()) : null,
      });
    }, 400);
  }

  function round3(value) {
    return Math.round(value * 1000) / 1000;
  }

  // the map beside this one follows at once, the address when the map has come to rest
  function lead() {
    if (!shared.isPaired()) {
      return;
    }
    const at = map.getCenter();
    shared.tell({
      type: "lead",
      center: touched ? [at.lat, at.lng] : null,
      zoom: touched ? map.getZoom() : null,
    });
  }
  map.on("move", () => {
    if (!fitting) {
      lead();
    }
  });
  map.on("movestart", () => {
    if (fitting) {
      return;
    }
    touched = true;
    shared.hideTip();
  });
  map.on("moveend", () => {
    if (!fitting) {
      tellMoved();
    }
  });
  map.on("resize", () => {
    if (printed) {
      return;
    }
    // a frame that was narrow while the page was laid out is no phone
    const details = document.querySelector("#legend details");
    if (details && !folded) {
      details.open = isRoomy();
    }
    if (!touched && !fitting) {
      fit();
    }
  });
  // On paper the whole country with its legend, at the size of the paper; then what was seen.
  window.addEventListener("beforeprint", () => {
    const details = document.querySelector("#legend details"),
      root = document.documentElement;
    printed = {
      open: details?.open,
      view: touched && [map.getCenter(), map.getZoom()],
      isDark: root.classList.contains("theme-dark"),
    };
    root.classList.remove("theme-dark");
    root.classList.add("on-paper"); // names keep clear of the legend that paper has
    if (details) {
      details.open = true;
    }
    fit();
    shared.arrange();
  });
  window.addEventListener("resize", () => {
    if (printed) {
      fit();
      shared.arrange();
    }
  });
  window.addEventListener("afterprint", () => {
    const before = printed,
      details = document.querySelector("#legend details");
    printed = null;
    document.documentElement.classList.toggle("theme-dark", before.isDark);
    document.documentElement.classList.remove("on-paper");
    if (details) {
      details.open = before.open;
    }
    fit();
    if (before.view) {
      map.setView(before.view[0], before.view[1], { animate: false });
    }
  });
  // Leaflet gives the map the focus at every press. Where the map stands partly out of sight, the
  // browser would scroll the page to it under the pointer, and the press would be no click.
  map.getContainer().focus = function () {
    HTMLElement.prototype.focus.call(this, { preventScroll: true });
  };
  // One finger and the bare wheel scroll the page; two fingers, or Ctrl and the wheel, are the map's.
  const hint = document.body.appendChild(document.createElement("p"));
  hint.className = "hint";
  hint.setAttribute("aria-hidden", "true"); // of use to nobody who does not see the map
  let hinting = 0;
  function advise(text) {
    if (!text) {
      return;
    }
    hint.textContent = text;
    hint.classList.add("shown");
    clearTimeout(hinting);
    hinting = setTimeout(() => {
      hint.classList.remove("shown");
    }, 1200);
  }
  container.addEventListener(
    "wheel",
    (event) => {
      if (event.ctrlKey || event.metaKey) {
        return;
      }
      event.stopPropagation();
      advise(shared.words().wheel);
    },
    { capture: true, passive: true },
  );
  container.addEventListener(
    "pointerdown",
    (event) => {
      map.dragging[event.pointerType === "touch" ? "disable" : "enable"]();
    },
    true,
  );
  let from = null;
  container.addEventListener(
    "touchstart",
    (event) => {
      from = event.touches.length === 1 ? event.touches[0] : null;
    },
    { passive: true },
  );
  container.addEventListener(
    "touchmove",
    (event) => {
      const at = event.touches[0];
      if (from && Math.hypot(at.clientX - from.clientX, at.clientY - from.clientY) > 12) {
        shared.hideTip();
        advise(shared.words().fingers);
      }
    },
    { passive: true },
  );

  return {
    isPrinting: () => printed !== null,
    isWhole: () => map.getZoom() < fitted + 0.5,
    setLegend: setLegend,
    fit: fit,
    look: look,
    goTo: goTo,
    cover: cover,
    whole: () => {
      fit();
      lead();
      tellMoved();
    },
    begin: () => {
      fold(document.getElementById("legend"), isRoomy());
      fit();
    },
  };
};
