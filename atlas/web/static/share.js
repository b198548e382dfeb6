// What a reader takes of a view as text: each button copies one, and says so; where there is none a
// line says why. The link is the page's own
// address, with the place where the map stands; a post ends with it.
export default function ({ data, parentElement }) {
  let root = parentElement.querySelector(".share");
  if (!root) {
    root = document.createElement("div");
    root.className = "share";
    parentElement.append(root);
  }
  const link = () => location.href;
  const texts = { link, embed: () => data.embed, post: () => `${data.post} ${link()}`,
                  cite: () => data.cite, bibtex: () => data.bibtex };
  const status = Object.assign(document.createElement("p"), { className: "told" });
  status.setAttribute("role", "status");
  root.replaceChildren(...Object.entries(texts).filter(([kind]) => data.words[kind]).flatMap(([kind, text]) => {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: data.words[kind] });
    const line = Object.assign(document.createElement("p"), { textContent: data.lines[kind] });
    button.dataset.copies = kind;
    button.onclick = async () => {
      await copy(text(), root);
      status.textContent = data.words.copied;
      button.classList.add("done");
      setTimeout(() => { status.textContent = ""; button.classList.remove("done"); }, 3000);
    };
    return [...(kind === "link" || data[kind] ? [button] : []), ...(data.lines[kind] ? [line] : [])];
  }), status);
}
