// Tells the document what the reader chose: its language for a screen reader, its ground for the
// CSS; and on a phone puts the menu away once a page has been chosen from it.
export default function ({ data }) {
  const root = document.documentElement;
  root.lang = data.lang;
  root.classList.toggle("atlas-dark", data.theme === "dark");
  const chosen = root.dataset.page !== undefined && root.dataset.page !== data.page;
  root.dataset.page = data.page;
  if (chosen && window.innerWidth <= 768) {
    document.querySelector("[data-testid=stSidebarCollapseButton] button")?.click();
  }
}
