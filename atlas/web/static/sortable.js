// A table of a template: its heads sort, it is copied, and searched where it is long.
export default function ({ data, parentElement }) {
  let root = parentElement.querySelector(".sortable");
  if (!root) {
    root = document.createElement("div");
    root.className = "sortable";
    parentElement.appendChild(root);
  }
  if (root.html === data.html) return;
  root.html = data.html;
  root.innerHTML = data.html; // every word was escaped by the template
  const table = root.querySelector("table"),
    body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  sortHeads(root, heads, body, data.lang);
  for (const row of body.rows) {
    heads.forEach((head, at) => {
      if (head.dataset.copy) row.cells[at].dataset.copy = "none";
    });
  }
  const home = table.closest(".sortable details > *") ?? root;
  if (body.rows.length >= data.long) home.prepend(searchField(root, data.words), noneFound());
  home.append(tableTools(root, data.words, data.file));
}
