// The answer of a plan: finished HTML whose buttons stand for what their data say.
export default function ({ data, parentElement, setTriggerValue }) {
  let root = parentElement.querySelector(".answer");
  if (!root) {
    root = document.createElement("div");
    root.className = "answer";
    parentElement.appendChild(root);
    root.addEventListener("click", ({ target }) => {
      const button = target.closest("button[data-kind]");
      if (button) root.move({ ...button.dataset });
    });
    root.addEventListener("change", ({ target }) => {
      if (target.dataset?.site) root.move({ kind: "note", site: target.dataset.site, to: target.value });
    });
  }
  root.move = (what) => setTriggerValue("move", what);
  if (root.html === data.html) return;
  root.html = data.html;
  root.innerHTML = data.html; // every word was escaped by the template
}
