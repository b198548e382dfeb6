// Gives the box for files the words of the page: Streamlit's are English only and hidden by the
// style sheet, so a screen reader would meet buttons without a name. What the browser does not send
// is told in the language of the page, too.
export default function ({ data }) {
  const boxes = `[class*=st-key-${data.key}_file_] [data-testid=stFileUploaderDropzone]`;
  const name = () => {
    for (const box of document.querySelectorAll(boxes)) {
      if (box.getAttribute("role") !== "group") box.setAttribute("role", "group");
      for (const button of box.querySelectorAll("button")) {
        if (button.getAttribute("aria-label") !== data.label) {
          button.setAttribute("aria-label", data.label);
        }
      }
      const alert = box.querySelector("[aria-invalid=true] > [role=alert]");
      if (alert?.textContent.endsWith("or smaller.")) alert.textContent = data.too_large;
    }
  };
  name();
  // a new box stands there after each file
  const watch = new MutationObserver(name);
  watch.observe(document.body, { childList: true, subtree: true });
  return () => watch.disconnect();
}
