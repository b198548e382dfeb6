// The button that prints the page: the plan as it stands on the screen, with all that its sites say.
const folds = () => document.querySelectorAll(".plan-answer .more, .plan-answer .sure");
let closed = [];
addEventListener("beforeprint", () => {
  closed = [...folds()].filter((fold) => fold.tagName === "DETAILS" && !fold.open);
  for (const fold of closed) fold.open = true;
});
addEventListener("afterprint", () => {
  for (const fold of closed) fold.open = false;
});
export default function ({ data, parentElement }) {
  let button = parentElement.querySelector("button");
  if (!button) {
    button = document.createElement("button");
    button.type = "button";
    button.className = "planprint";
    button.addEventListener("click", () => window.print());
    parentElement.append(button);
  }
  button.textContent = data.label;
}
