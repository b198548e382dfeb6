// Tells the document what the reader chose: its language for a screen reader, its ground for the
// CSS; on a phone puts the menu away once a page has been chosen from it; decides which addresses
// are steps that Back undoes; and says at each button of a control what it does.
let hints = [],
  isAsked = false;

function explain() {
  isAsked = false;
  // what the skip link names is drawn later than the link
  const skip = document.querySelector(".atlas-skip");
  if (skip) document.querySelector(`.st-key-${skip.dataset.to}`)?.setAttribute("id", skip.dataset.to);
  // Streamlit makes a stop of the tab key of it, before the first control
  document.querySelector("main.stMain")?.setAttribute("tabindex", "-1");
  // Streamlit names a switch by its label as it is written, marks of bold and small letters among it
  for (const label of document.querySelectorAll(".st-key-fold label")) {
    const input = label.querySelector("input"),
      text = label.textContent.trim();
    if (input && text && input.ariaLabel !== text) input.ariaLabel = text;
  }
  const controls = new Map();
  for (const [key, label, text] of hints) {
    if (!controls.has(key)) controls.set(key, document.querySelector(`[class*="st-key-${key}"]`));
    const control = controls.get(key);
    if (!control) continue;
    for (const button of control.querySelectorAll("[data-testid=stButtonGroup] button")) {
      if (button.textContent.trim() !== label || button.dataset.hint === text) continue;
      button.dataset.hint = text;
      button.setAttribute("aria-description", text);
    }
  }
}
// while a page is being drawn it has no time to lose
const whenIdle = window.requestIdleCallback ?? window.requestAnimationFrame;
function ask() {
  if (!isAsked) whenIdle(explain, { timeout: 500 });
  isAsked = true;
}
// words at a button open towards the middle of the page
for (const kind of ["pointerover", "focusin"]) {
  document.addEventListener(kind, ({ target }) => {
    const hinted = target.closest?.("[data-hint]");
    if (hinted) hinted.dataset.side = hinted.getBoundingClientRect().left > window.innerWidth / 2 ? "right" : "left";
  });
}
// Streamlit draws its controls anew when it likes
new MutationObserver(() => {
  ask();
  enter();
}).observe(document.body, { childList: true, subtree: true });

// a list opens by its name as by its field: Streamlit's label belongs to none
document.addEventListener("click", ({ target }) => {
  const label = target.closest?.("[data-testid=stSelectbox] label");
  if (!label || target.closest("[data-testid=stTooltipIcon]")) return;
  const field = label.parentElement.querySelector("input[role=combobox]");
  field?.focus();
  field?.click();
});

// a link to #fold-KEY opens the fold of that key, far down on the same page, and goes there
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href^='#fold-']");
  const fold = link && document.querySelector(`.st-key-${link.hash.slice(6)} details`);
  if (!fold) return;
  event.preventDefault();
  const summary = fold.querySelector("summary");
  if (!fold.open) summary.click();
  summary.focus({ preventScroll: true });
  fold.scrollIntoView();
});

// A download's button is off while its file is made, and the focus would be lost with it
document.addEventListener("click", ({ target }) => {
  const button = target.closest?.("[data-testid=stDownloadButton] button");
  if (!button) return;
  const made = new MutationObserver(() => {
    if (button.disabled) return;
    made.disconnect();
    if (document.activeElement === document.body) button.focus({ preventScroll: true });
  });
  made.observe(button, { attributeFilter: ["disabled"] });
});

// What a button opens stands at the end of the page, fifty stops of the tab key away: whoever opens
// it by the keyboard goes into it, and out of it past either end to where they were.
const stops = (box) =>
  [...box.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")].filter(
    (stop) => stop.tabIndex >= 0 && !stop.disabled && stop.checkVisibility(),
  );
let within = null;
function enter() {
  const box = document.querySelector("[data-testid=stPopoverBody]");
  const opener = document.activeElement;
  if (box && box !== within && opener?.matches("[data-testid=stPopoverButton]:focus-visible")) {
    stops(box)[0]?.focus();
    box.addEventListener("keydown", (event) => {
      if (event.key !== "Tab") return;
      const all = stops(box),
        at = all.indexOf(document.activeElement);
      if (at !== (event.shiftKey ? 0 : all.length - 1)) return;
      opener.focus(); // from here the key goes on to the next stop, or stays for the one before
      opener.click();
      if (event.shiftKey) event.preventDefault();
    });
  }
  within = box;
}

// A device that turns dark at dusk turns Streamlit's colours alone: ours and the drawings come with
// the next run of the page.
let sayScheme;
window
  .matchMedia("(prefers-color-scheme: dark)")
  .addEventListener("change", ({ matches }) => sayScheme?.("scheme", matches ? "dark" : "light"));

export default function ({ data, setTriggerValue }) {
  sayScheme = setTriggerValue;
  hints = data.hints;
  ask();
  const root = document.documentElement;
  root.lang = data.lang;
  root.classList.toggle("atlas-dark", data.theme === "dark");
  const chosen = root.dataset.page !== undefined && root.dataset.page !== data.page;
  // a page that is loaded anew opens the menu as it was left
  const isOpen = document.querySelector("[data-testid=stSidebar][data-collapsed=false]") !== null;
  if ((chosen || (root.dataset.page === undefined && isOpen)) && window.innerWidth <= 768) {
    document.querySelector("[data-testid=stSidebarCollapseButton] button")?.click();
  }
  root.dataset.page = data.page;
  if (!root.dataset.history) keepHistory();
  root.dataset.history = "kept";
  skipLink(data.skip);
}

// The first stop of the tab key leads to the page's table: a component, that no # can name.
function skipLink(skip) {
  let link = document.querySelector(".atlas-skip");
  if (!skip) return void link?.remove();
  const other = document.querySelector("[data-testid=stSkipToContent]");
  if (!link && other) {
    link = other.cloneNode();
    link.removeAttribute("data-testid");
    link.classList.add("atlas-skip");
    link.addEventListener("click", (event) => {
      event.preventDefault();
      const hosts = document.querySelectorAll(`.st-key-${link.dataset.to}, .st-key-${link.dataset.to} *`);
      const table = [...hosts].map((host) => host.shadowRoot).find(Boolean);
      (
        table?.querySelector("tbody button:not([tabindex='-1'])") ?? document.querySelector("section.stMain, main")
      )?.focus();
    });
    other.before(link);
  }
  if (link) {
    link.textContent = skip.text;
    link.dataset.to = skip.to;
    link.href = `#${skip.to}`; // the other one's goal is the page's main part
  }
}

// Streamlit makes a step of every address that a page writes. It is one only if the reader did
// something since the last: what a page writes as it opens, or twice for one choice, or while the
// timeline plays, completes the step there is. So does a walk with the arrow keys after its first.
function keepHistory() {
  const step = history.pushState.bind(history);
  const complete = history.replaceState.bind(history);
  let isDone = false,
    wasWalk = false;
  const react = (event) => {
    const isWalk = event.type === "keydown" && event.key.startsWith("Arrow");
    if (!isWalk || !wasWalk) isDone = true;
    wasWalk = isWalk;
  };
  for (const kind of ["pointerdown", "keydown"]) window.addEventListener(kind, react, true);
  // a choice on the map is made inside its frame
  window.addEventListener("message", ({ data }) => {
    if (data?.type === "select") react({});
  });
  window.addEventListener(
    "popstate",
    () => {
      isDone = wasWalk = false;
    },
    true,
  );

  // where the map stands is written by the map (map.js) and stays while its page does
  const withView = (url) => {
    const to = new URL(url, location.href);
    const at = new URLSearchParams(location.search).get("at");
    if (at && to.pathname === location.pathname && !to.searchParams.has("at")) {
      to.search += `${to.search ? "&" : "?"}at=${at}`;
    }
    return to.href;
  };
  history.pushState = (state, title, url) => {
    const to = withView(url);
    if (to === location.href) return;
    (isDone || new URL(to).pathname !== location.pathname ? step : complete)(state, title, to);
    isDone = false;
  };
  history.replaceState = (state, title, url) => complete(state, title, url ? withView(url) : url);
}
