// What every table of ours offers: a search where it is long, a copy with its heads. Stands before
// the script of each component that draws one.
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
const heard = (cell) => cell.dataset.copy ?? cell.textContent.trim().replace(/\s+/g, " ");

function asText(table) {
  // a phone's matrix shows the chosen row a second time
  const lines = [...table.rows].filter((row) => !row.hidden && !row.closest(".mine"));
  return lines.map((row) => [...row.cells].filter((cell) => cell.dataset.copy !== "none")
    .map((cell) => heard(cell) + "\t".repeat(cell.colSpan - 1)).join("\t")).join("\n");
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

function copyButton(root, words) {
  const bar = document.createElement("p"), button = document.createElement("button");
  bar.className = "table-tools";
  button.type = "button";
  button.textContent = button.title = words.copy;
  button.dataset.focus = "copy";
  const told = document.createElement("span");
  told.setAttribute("role", "status");
  button.onclick = async () => {
    await copy(asText(root.querySelector("table")), root);
    button.textContent = told.textContent = words.copied;
    button.classList.add("done");
    setTimeout(() => { button.textContent = words.copy; button.classList.remove("done"); told.textContent = ""; }, 3000);
  };
  bar.append(button, told);
  return bar;
}

// hides the rows whose names do not hold what is written, accents or not
function searchField(root, words) {
  const field = document.createElement("input");
  Object.assign(field, { type: "search", placeholder: words.search, value: root.sought ?? "" });
  field.setAttribute("aria-label", words.search);
  field.className = "table-search";
  field.dataset.focus = "search";
  field.oninput = () => { root.sought = field.value; narrow(root, words); };
  return field;
}

function narrow(root, words) {
  const sought = plain(root.sought ?? ""), body = root.querySelector("tbody");
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
