// A box that finds a place by a piece of its name, with or without its accents, and tells its code.
// The names are asked for once, when a reader comes to the box. data.chosen: whether the place last
// searched is still looked at; the box is empty otherwise.
const SHOWN = 7;
const bare = (text) =>
  text
    .normalize("NFD")
    .replace(/\p{Diacritic}/gu, "")
    .toLowerCase();
const make = (name, attributes = {}, ...children) => {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
};

export default function ({ data, parentElement, setTriggerValue }) {
  let root = parentElement.querySelector(".search");
  if (!root) {
    root = begin();
    parentElement.append(root);
  }
  root.data = data;
  root.choose = (code) => setTriggerValue("select", code);
  root.name();
}

function begin() {
  const input = make("input", {
    id: "place",
    type: "text",
    role: "combobox",
    autocomplete: "off",
    spellcheck: "false",
    enterkeyhint: "go",
    "aria-autocomplete": "list",
    "aria-expanded": "false",
    "aria-controls": "places",
    "data-search": "",
  });
  const label = make("label", { for: "place" });
  const list = make("ul", { id: "places", role: "listbox", hidden: "" });
  const root = make("div", { class: "search" }, label, input, list);
  root.insertAdjacentHTML(
    "beforeend",
    '<svg viewBox="0 0 24 24" aria-hidden="true"><circle cx="10" cy="10" r="7"/><path d="M15.5 15.5 22 22"/></svg>',
  );
  let places = null,
    asked = "",
    matches = [],
    at = 0;

  root.name = () => {
    const { words } = root.data;
    label.textContent = words.label;
    input.placeholder = words.label;
    if (!root.data.chosen && document.activeElement !== input) input.value = "";
    list.setAttribute("aria-label", words.label);
  };
  const ask = async () => {
    if (asked === root.data.src) return;
    asked = root.data.src;
    try {
      const names = new Map(await (await fetch(asked)).json());
      places = [...names].map(([code, name]) => ({
        code,
        name,
        bare: bare(name),
        kind: /\D/.test(code) ? "place" : { 2: "department", 4: "province", 6: "district" }[code.length],
        within: [4, 2]
          .filter((size) => size < code.length && names.has(code.slice(0, size)))
          .map((size) => names.get(code.slice(0, size))),
      }));
      if (input.value) look();
    } catch {
      asked = ""; // the next key asks again
    }
  };
  const close = () => {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const mark = () => {
    if (!matches.length) return;
    for (const [place, item] of [...list.children].entries()) item.setAttribute("aria-selected", String(place === at));
    input.setAttribute("aria-activedescendant", `place-${at}`);
  };
  const look = () => {
    const wanted = bare(input.value.trim());
    if (!wanted || !places) return close();
    // where its name begins with it comes before where a word does, and that before a mere piece
    const rank = (text) =>
      text.startsWith(wanted) ? 0 : text.includes(` ${wanted}`) ? 1 : text.includes(wanted) ? 2 : 3;
    matches = places
      .map((place) => [rank(place.bare), place])
      .filter(([order]) => order < 3)
      .sort((a, b) => a[0] - b[0])
      .slice(0, SHOWN)
      .map(([, place]) => place);
    at = 0;
    const { kinds, none } = root.data.words;
    list.replaceChildren(
      ...matches.map((place, number) => {
        const item = make(
          "li",
          { role: "option", id: `place-${number}` },
          make("b", {}, place.name),
          make("span", {}, [kinds[place.kind], ...place.within].join(" · ")),
        );
        item.onpointerdown = (event) => event.preventDefault(); // the box keeps the focus
        // not before the click: what lies under the list would get it
        item.onclick = () => go(place);
        return item;
      }),
    );
    if (!matches.length) list.append(make("li", { class: "none", role: "option", "aria-disabled": "true" }, none));
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    input.removeAttribute("aria-activedescendant");
    mark();
  };
  const go = (place) => {
    input.value = place.name;
    close();
    root.choose(place.code);
  };
  input.addEventListener("focus", () => {
    ask();
    input.select();
  });
  input.addEventListener("input", () => {
    ask();
    look();
  });
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    const way = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (way && list.hidden) look();
    else if (way && matches.length) {
      at = (at + way + matches.length) % matches.length;
      mark();
    } else if (event.key === "Enter" && !list.hidden && matches.length) go(matches[at]);
    else if (event.key === "Escape") {
      if (list.hidden) input.value = "";
      close();
    } else return;
    event.preventDefault();
  });
  return root;
}
