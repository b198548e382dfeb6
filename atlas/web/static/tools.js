// What every table of ours offers: a search where it is long, a copy with its heads, and itself as a
// file. Stands before the script of each component that draws one.
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
const heard = (cell) => cell.dataset.copy ?? cell.textContent.trim().replace(/\s+/g, " ");

// the texts of the rows; of a cell that spans columns each of these has the text
function grid(table) {
  // a phone's matrix shows the chosen row a second time
  const lines = [...table.rows].filter((row) => !row.hidden && !row.closest(".mine"));
  return lines.map((row) =>
    [...row.cells]
      .filter((cell) => cell.dataset.copy !== "none")
      .flatMap((cell) => Array(cell.colSpan).fill(heard(cell))),
  );
}

const asText = (table) =>
  grid(table)
    .map((line) => line.join("\t"))
    .join("\n");

// One row of heads; what is not known is empty; a text that a spreadsheet would run has an apostrophe.
function asCsv(table, added) {
  const lines = grid(table),
    heads = lines.splice(0, table.tHead.rows.length);
  const names = heads[0].map((_, at) => [...new Set(heads.map((line) => line[at]))].filter(Boolean).join(" "));
  const cell = (text) => {
    const safe =
      /^\s*[=+@\-\u2212\uff1d\uff0b\uff20\uff0d]/.test(text) && !/^[+-]?[\d.,]+$/.test(text) ? `'${text}` : text;
    return /[",\r\n;\t]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const rows = [[...names, ...added.map(([name]) => name)]];
  for (const line of lines)
    rows.push([...line.map((text) => (text === "–" ? "" : text)), ...added.map(([, text]) => text)]);
  return `${rows.map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`;
}

async function copy(text, root) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // a page that is not served over https has no clipboard of its own
    const field = document.createElement("textarea");
    field.value = text;
    root.appendChild(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  }
}

// the copy, and the file where the page names one
function tableTools(root, words, file) {
  const bar = document.createElement("p"),
    button = document.createElement("button");
  bar.className = "table-tools";
  button.type = "button";
  button.textContent = button.title = words.copy;
  button.dataset.focus = "copy";
  const status = document.createElement("span");
  status.setAttribute("role", "status");
  button.onclick = async () => {
    await copy(asText(root.querySelector("table")), root);
    button.textContent = status.textContent = words.copied;
    button.classList.add("done");
    setTimeout(() => {
      button.textContent = words.copy;
      button.classList.remove("done");
      status.textContent = "";
    }, 3000);
  };
  bar.append(button, status);
  if (file) bar.append(fileButton(root, file));
  return bar;
}

function fileButton(root, { name, label, added }) {
  const button = document.createElement("button");
  button.className = "file";
  button.type = "button";
  button.textContent = button.title = label;
  button.dataset.focus = "file";
  button.onclick = () => {
    const table = root.querySelector("table"),
      link = document.createElement("a");
    const of = added.map(([head, text]) => [
      head,
      text === true ? location.href : (text ?? table.caption?.textContent.trim() ?? ""),
    ]);
    // its mark tells a spreadsheet the encoding
    link.href = URL.createObjectURL(new Blob(["\ufeff", asCsv(table, of)], { type: "text/csv" }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  };
  return button;
}

// hides the rows whose names do not hold what is written, accents or not
function searchField(root, words) {
  const field = document.createElement("input");
  Object.assign(field, { type: "search", placeholder: words.search, value: root.sought ?? "" });
  field.setAttribute("aria-label", words.search);
  field.className = "table-search";
  field.dataset.focus = "search";
  field.oninput = () => {
    root.sought = field.value;
    narrow(root, words);
  };
  return field;
}

function narrow(root, words) {
  const sought = plain(root.sought ?? ""),
    body = root.querySelector("tbody");
  for (const row of body.rows) row.hidden = !plain(row.textContent).includes(sought);
  const none = root.querySelector(".table-none");
  none.textContent = [...body.rows].every((row) => row.hidden) ? words.none : "";
}

function noneFound() {
  const line = document.createElement("p");
  line.className = "table-none";
  line.setAttribute("role", "status");
  return line;
}

// Heads that sort the rows of a body, and sort them again as they were when the table is drawn anew.
function sortHeads(root, heads, body, lang) {
  const number = (text) => {
    const number = text.replaceAll(",", "").match(/^[<>]?\s*([+-]?\d+(\.\d+)?)/);
    return number ? Number(number[1]) : null;
  };
  const value = (row, at) => row.cells[at].dataset.sort ?? heard(row.cells[at]);
  const sort = (at, down) => {
    const isNumber = heads[at].classList.contains("n");
    const keyed = [...body.rows].map((row) => [isNumber ? number(value(row, at)) : value(row, at), row]);
    keyed.sort(([x], [y]) => {
      if (x === null || y === null) return (x === null) - (y === null); // unknown stands last
      const order = isNumber ? x - y : x.localeCompare(y, lang);
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
    if (head.firstElementChild) {
      head.dataset.copy ??= "none";
      return;
    } // an axis, not a name
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent.trim();
    button.onclick = () => {
      const isDown = head.getAttribute("aria-sort") === "descending";
      sort(at, head.hasAttribute("aria-sort") ? !isDown : head.classList.contains("n"));
    };
    head.replaceChildren(button);
  });
  const { column, descending } = root.sorted ?? {};
  if (column !== undefined && column < heads.length) sort(column, descending);
}
