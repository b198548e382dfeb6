// Gives the boxes for files the words of the page: Streamlit's are English only and hidden by the
// style sheet, so a screen reader would meet buttons without a name.
export default function ({ data }) {
  const name = () => {
    for (const box of document.querySelectorAll("[data-testid=stFileUploaderDropzone]")) {
      if (box.getAttribute("role") !== "group") box.setAttribute("role", "group");
      const button = box.querySelector("button");
      if (button && button.getAttribute("aria-label") !== data.label) {
        button.setAttribute("aria-label", data.label);
      }
    }
  };
  name();
  // a new box stands there after each file
  const watch = new MutationObserver(name);
  watch.observe(document.body, { childList: true, subtree: true });
  return () => watch.disconnect();
}
