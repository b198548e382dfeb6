// Tells the document what the reader chose: its language for a screen reader, its ground for the CSS.
export default function ({ data }) {
  document.documentElement.lang = data.lang;
  document.documentElement.classList.toggle("atlas-dark", data.theme === "dark");
}
