// Switches of the map's layers. Their HTML comes finished; a press tells a layer's code.
export default function ({ data, parentElement, setTriggerValue }) {
  let root = parentElement.querySelector(".root");
  if (!root) {
    root = document.createElement("div");
    root.className = "root";
    root.addEventListener("click", (event) => {
      const button = event.target.closest("button[data-code]");
      if (button) root.press(button.dataset.code);
    });
    parentElement.append(root);
  }
  root.press = (code) => setTriggerValue("toggle", code);
  if (root.written === data.html) return;
  const focused = root.getRootNode().activeElement?.dataset.code;
  root.innerHTML = root.written = data.html;
  if (focused) root.querySelector(`[data-code="${focused}"]`)?.focus({ preventScroll: true });
}
