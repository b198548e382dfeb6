const FEW = 5; // rows that a closed table shows
// A real table: sortable by its header buttons, every region a button, all of it by keyboard.
export default function ({ data, parentElement, setTriggerValue }) {
  let root = parentElement.querySelector(".atlas-table");
  if (!root) {
    root = document.createElement("div");
    root.className = "atlas-table";
    root.sort = { column: data.sort, descending: true };
    root.measure = data.sort;
    parentElement.appendChild(root);
  }
  if (root.measure !== data.sort || !data.columns.some((item) => item.key === root.sort.column)) {
    root.measure = data.sort;
    root.sort = { column: data.sort, descending: true };
  }
  const focused = parentElement.activeElement?.dataset?.focus ?? root.ownerDocument.activeElement?.dataset?.focus;
  const element = (name, text, attributes = {}) => {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };
  const draw = () => {
    const { column, descending } = root.sort;
    const place = data.columns.findIndex((item) => item.key === column);
    const rows = [...data.rows].sort((a, b) => {
      const x = a.cells[place].sort,
        y = b.cells[place].sort;
      if (x === null || y === null) return (x === null) - (y === null);
      const order = typeof x === "string" ? x.localeCompare(y, data.lang) : x - y;
      return (descending ? -order : order) || a.code.localeCompare(b.code);
    });
    // a number only where it says something: the place by this column, whichever end comes first
    const isOrder = data.columns[place].numeric && !data.columns[place].unnumbered;
    const places = new Map(
      [...data.rows]
        .filter((row) => row.ranked && row.cells[place].sort !== null)
        .sort((a, b) => b.cells[place].sort - a.cells[place].sort || a.code.localeCompare(b.code))
        .map((row, index) => [row.code, index + 1]),
    );
    const table = element("table");
    table.appendChild(element("caption", data.caption));
    const head = element("tr");
    const rank = element("th", undefined, { scope: "col", "data-copy": "none" });
    rank.appendChild(element("span", data.rank, { class: "heard" }));
    head.appendChild(rank);
    data.columns.forEach((item) => {
      const cell = element("th", undefined, { scope: "col", class: item.numeric ? "number" : "" });
      if (item.key === column) cell.setAttribute("aria-sort", descending ? "descending" : "ascending");
      const button = element("button", item.label, { type: "button", "data-focus": `h-${item.key}` });
      if (item.hint) button.title = item.hint;
      button.onclick = () => {
        root.sort =
          item.key === root.sort.column
            ? { column: item.key, descending: !root.sort.descending }
            : { column: item.key, descending: item.numeric };
        draw();
        root.querySelector(`[data-focus="h-${item.key}"]`)?.focus();
      };
      cell.appendChild(button);
      head.appendChild(cell);
    });
    const body = element("tbody");
    rows.forEach((row) => {
      const line = element("tr", undefined, { "data-code": row.code });
      if (row.code === data.selected) line.setAttribute("aria-current", "true");
      line.appendChild(
        element("td", !row.ranked ? "–" : isOrder ? String(places.get(row.code) ?? "–") : "", {
          class: "rank",
          "data-copy": "none",
        }),
      );
      row.cells.forEach((cell, at) => {
        const item = data.columns[at];
        const made = element(at === 0 ? "th" : "td", at === 0 ? undefined : cell.text, {
          class: item.numeric ? "number" : item.key,
        });
        made.dataset.copy = item.unnumbered ? cell.label : cell.text.replace(/ ◐$/, "");
        if (at === 0) {
          made.scope = "row";
          const button = element("button", cell.text, { type: "button", "data-focus": row.code });
          button.onclick = (event) => {
            event.stopPropagation();
            root.byKey = event.detail === 0 && row.code; // a click has a count, a key has none
            setTriggerValue("select", row.chooses ?? row.code);
          };
          made.appendChild(button);
        }
        if (cell.label) {
          made.setAttribute("aria-label", cell.label);
          made.title = cell.label;
        }
        line.appendChild(made);
      });
      line.onclick = () => setTriggerValue("select", row.chooses ?? row.code);
      body.appendChild(line);
    });
    const top = element("thead");
    top.appendChild(head);
    table.append(top, body);
    const scroller = element("div", undefined, { class: "scroller", tabindex: "-1" });
    const scrolled = root.querySelector(".scroller")?.scrollTop ?? 0;
    scroller.appendChild(table);
    root.classList.toggle("open", Boolean(root.isOpen));
    const more = element("button", root.isOpen ? data.words.fewer : data.all, {
      type: "button",
      class: "more",
      "aria-expanded": String(Boolean(root.isOpen)),
      "data-focus": "more",
    });
    more.onclick = () => {
      root.isOpen = !root.isOpen;
      draw();
      root.querySelector(".more")?.focus();
    };
    more.hidden = rows.length <= FEW;
    const meaning = element("p", data.note, { class: "note", id: "marks" });
    meaning.hidden = !root.isExplained;
    const marks = element("button", "?", {
      type: "button",
      class: "marks",
      title: data.words.marks,
      "aria-label": data.words.marks,
      "aria-controls": "marks",
      "aria-expanded": String(Boolean(root.isExplained)),
      "data-focus": "marks",
    });
    marks.onclick = () => {
      root.isExplained = !root.isExplained;
      draw();
      root.querySelector(".marks")?.focus();
    };
    const foot = element("div", undefined, { class: "foot" });
    foot.append(more, marks, tableTools(root, data.words, data.file));
    const isLong = data.rows.length > data.long;
    const search = isLong ? [root.querySelector(".table-search") ?? searchField(root, data.words), noneFound()] : [];
    root.replaceChildren(...search, scroller, meaning, foot);
    if (isLong) narrow(root, data.words);
    // as high as its first rows: none is cut in half
    const high = () => [top, ...[...body.children].slice(0, FEW)].reduce((sum, row) => sum + row.offsetHeight, 0);
    if (!root.isOpen && body.offsetHeight) scroller.style.maxHeight = `${high() + 1}px`;
    // whoever leaves a place for the country begins at the top again
    scroller.scrollTop = root.shown && !data.selected ? 0 : scrolled;
    const chosen = scroller.querySelector("[aria-current]");
    if (chosen && root.shown !== data.selected) {
      const header = top.offsetHeight;
      if (
        chosen.offsetTop - header < scrolled ||
        chosen.offsetTop + chosen.offsetHeight > scrolled + scroller.clientHeight
      ) {
        scroller.scrollTop = (chosen.previousElementSibling ?? chosen).offsetTop - header;
      }
    }
    root.shown = data.selected;
  };
  const before = root.shown;
  draw();
  // Whoever chose by key goes on at the card's heading, and once it is closed at the row again.
  if (root.byKey && data.selected && data.selected !== before) {
    root.entered = root.byKey;
    root.byKey = null;
    root.following = toCard();
    return;
  }
  if (root.entered && before && !data.selected) {
    root.following?.disconnect(); // or the closed card's heading takes the focus back
    const row = root.querySelector(`[data-focus="${CSS.escape(root.entered)}"]`);
    root.entered = null;
    if (document.activeElement === document.body || document.activeElement.closest(".st-key-card")) row?.focus();
    return;
  }
  // the card above it may have grown: whoever chose wants to see that, and not the row again
  if (focused) root.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}

// The card is drawn anew, its heading with it: the focus waits until that stands.
function toCard() {
  const card = document.querySelector(".st-key-card");
  let late;
  const go = () => {
    const title = card.querySelector("h2");
    if (!title) return;
    title.tabIndex = -1;
    title.focus();
    clearTimeout(late);
    late = setTimeout(() => drawn.disconnect(), 600);
  };
  const drawn = new MutationObserver(() => {
    if (card.querySelector("h2") !== document.activeElement) go();
  });
  drawn.observe(card, { childList: true, subtree: true });
  go();
  return drawn;
}
