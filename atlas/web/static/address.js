// Completes the address that the reader came by with all that is shown, and tells who does not see
// the page what changed in it: the sentences that are new, in one breath.
export default function ({ data, parentElement }) {
  if (data.query) {
    const at = new URLSearchParams(location.search).get("at"); // the map's own part
    history.replaceState(history.state, "", `?${data.query}${at ? `&at=${at}` : ""}${location.hash}`);
  }
  let said = parentElement.querySelector("p");
  if (!said) {
    said = document.createElement("p");
    said.setAttribute("role", "status");
    parentElement.append(said);
  } else {
    const fresh = data.said.filter((sentence) => !said.last.includes(sentence));
    if (fresh.length) said.textContent = fresh.join(" ");
  }
  said.last = data.said;
}
