// A table whose cells choose. Its HTML comes finished from a template, where every word was
// escaped; it is put in anew only when it differs, so focus and position stay on a choice.
const FIRST = 6;
export default function ({ data, parentElement, setTriggerValue }) {
  let root = parentElement.querySelector(".matrix-root");
  if (!root) {
    root = document.createElement("div");
    root.className = "matrix-root";
    parentElement.appendChild(root);
    root.addEventListener("click", ({ target }) => {
      const button = target.closest(".parts :is(tbody, .switch) button, .figures");
      if (button?.matches(".figures")) figures(root.classList.toggle("all"));
      else if (button) root.choose(stands(button));
    });
    root.addEventListener("keydown", walk);
    for (const kind of ["mouseover", "focusin"])
      root.addEventListener(kind, ({ target }) => tell(target.closest("td button") ?? current()));
    for (const kind of ["mouseleave", "focusout"]) root.addEventListener(kind, () => tell(current()));
  }
  // a cell stands for its department, registry, period and base, a name for its department alone
  const stands = (button) => ({ ...root.chosen, ...button.closest("tr")?.dataset, ...button.dataset });
  const address = (button) =>
    button?.closest("table") &&
    JSON.stringify([button.closest("tr")?.dataset, button.dataset, button.closest("td") ? "" : button.textContent]);
  const all = (what) => [...root.querySelectorAll(what)];
  const figures = (all) => root.querySelector(".figures").setAttribute("aria-pressed", String(all));
  const current = () => {
    const cells = all("table button[aria-current]");
    return cells.find((cell) => cell.checkVisibility()) ?? cells[0];
  };
  const tell = (button) => {
    root.querySelector(".readout").textContent = button?.getAttribute("aria-label") ?? root.said;
  };

  // arrows, Home and End go from cell to cell, Tab leaves: one stop for the whole table
  function walk(event) {
    const from = event.target.closest("table button");
    if (!from) return;
    const lines = [...root.querySelectorAll("tr")]
      .map((line) => [...line.querySelectorAll("button")].filter((button) => button.checkVisibility()))
      .filter((line) => line.length);
    const row = lines.findIndex((line) => line.includes(from));
    const column = lines[row].indexOf(from);
    const last = lines[row].length - 1,
      end = lines.length - 1;
    const whole = event.ctrlKey || event.metaKey;
    const to = {
      ArrowLeft: [row, column - 1],
      ArrowRight: [row, column + 1],
      ArrowUp: [row - 1, column],
      ArrowDown: [row + 1, column],
      Home: [whole ? 1 : row, 0],
      End: [whole ? end : row, last],
    }[event.key];
    if (!to) return;
    event.preventDefault();
    const next = lines[to[0]]?.[to[1]];
    if (next) {
      stop(next);
      next.focus();
    }
  }
  function stop(button) {
    for (const other of root.querySelectorAll("table button")) other.tabIndex = other === button ? 0 : -1;
  }

  root.choose = (value) => setTriggerValue("select", value);
  root.chosen = data.chosen;
  root.said = data.said;
  if (root.html !== data.html) {
    const focused = address(root.getRootNode().activeElement);
    root.html = data.html;
    root.innerHTML = data.html;
    root.appendChild(tableTools(root, data.words, data.file));
    const table = root.querySelector("table");
    sortHeads(root, [...table.tHead.rows[1].cells], table.tBodies[1], data.lang);
    figures(root.classList.contains("all"));
    // who chose by keys goes on where they were
    const again = focused && all("table button").find((button) => address(button) === focused);
    if (again) {
      stop(again);
      again.focus();
    }
  }
  const { department, period, base, registry } = data.chosen;
  const mine = root.querySelector(".mine"),
    lines = all("tbody:not(.mine) tr");
  const row = lines.findIndex((line) => line.dataset.department === department);
  for (const [at, line] of lines.entries()) line.classList.toggle("chosen", at === row);
  // a phone shows the row above the others, unless it is among the first ones
  const shown = row < FIRST ? undefined : lines[row];
  if (mine.firstElementChild?.dataset.department !== shown?.dataset.department) {
    mine.replaceChildren(...(shown ? [shown.cloneNode(true)] : []));
  }
  for (const button of all("td button")) {
    const at = stands(button);
    const isChosen =
      at.department === department && at.period === period && at.base === base && at.registry === registry;
    if (isChosen) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  }
  for (const button of all(".switch button")) {
    const isShown = button.dataset.base === base && button.dataset.registry === registry;
    button.setAttribute("aria-pressed", String(isShown));
  }
  // on a phone one block is shown at a time
  for (const cell of all("[data-of]")) cell.classList.toggle("other", cell.dataset.of !== data.block);
  const focused = root.getRootNode().activeElement;
  if (!focused?.closest("table")) stop(current() ?? (lines[row] ?? lines[0]).querySelector("button"));
  tell(focused?.closest("td") ? focused : current());
}
