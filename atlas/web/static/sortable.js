// A table of a template: its heads sort, it is copied, and searched where it is long.
export default function ({ data, parentElement, setTriggerValue }) {
  let root = parentElement.querySelector(".sortable");
  if (!root) {
    root = document.createElement("div");
    root.className = "sortable";
    parentElement.appendChild(root);
    // a button of a row stands for what its data say
    root.addEventListener("click", ({ target }) => {
      const button = target.closest("tbody button[data-kind]");
      if (button) root.move({ ...button.dataset });
    });
  }
  root.move = (what) => setTriggerValue("move", what);
  if (root.html === data.html) return;
  const { column, descending } = root.sorted ?? {};
  root.html = data.html;
  root.innerHTML = data.html; // every word was escaped by the template
  const table = root.querySelector("table"), body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  const number = (text) => {
    const found = text.replaceAll(",", "").match(/^[<>]?\s*([+-]?\d+(\.\d+)?)/);
    return found ? Number(found[1]) : null;
  };
  const value = (row, at) => row.cells[at].dataset.sort ?? heard(row.cells[at]);
  const sort = (at, down) => {
    const rows = [...body.rows];
    const isNumber = heads[at].classList.contains("n");
    const keyed = rows.map((row) => [isNumber ? number(value(row, at)) : value(row, at), row]);
    keyed.sort(([x], [y]) => {
      if (x === null || y === null) return (x === null) - (y === null); // unknown stands last
      const order = isNumber ? x - y : x.localeCompare(y, data.lang);
      return down ? -order : order;
    });
    body.append(...keyed.map(([, row]) => row));
    heads.forEach((head, place) => {
      if (place === at) head.setAttribute("aria-sort", down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
    root.sorted = { column: at, descending: down };
  };
  heads.forEach((head, at) => {
    if (head.firstElementChild) { head.dataset.copy = "none"; return; } // an axis, not a name
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent.trim();
    button.onclick = () => {
      const isDown = head.getAttribute("aria-sort") === "descending";
      sort(at, head.hasAttribute("aria-sort") ? !isDown : head.classList.contains("n"));
    };
    head.replaceChildren(button);
  });
  for (const row of body.rows) {
    heads.forEach((head, at) => { if (head.dataset.copy) row.cells[at].dataset.copy = "none"; });
  }
  const home = table.closest("details > *") ?? root;
  if (body.rows.length > data.long) home.prepend(searchField(root, data.words), noneFound());
  home.append(copyButton(root, data.words));
  if (column !== undefined && column < heads.length) sort(column, descending);
}
