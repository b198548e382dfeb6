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
  const texts = { link, post: () => `${data.post} ${link()}`, cite: () => data.cite,
                  bibtex: () => data.bibtex, embed: () => data.embed };
  const status = Object.assign(document.createElement("p"), { className: "told" });
  status.setAttribute("role", "status");
  root.replaceChildren(...Object.entries(texts).filter(([kind]) => data.words[kind]).flatMap(([kind, text]) => {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: data.words[kind] });
    const line = Object.assign(document.createElement("p"), { textContent: data.lines[kind] });
    button.dataset.copies = kind;
    button.title = kind === "post" ? data.post : "";
    button.onclick = async () => {
      await copy(text(), root);
      // seen on the button that was pressed, said by the line
      status.textContent = button.textContent = data.words.copied;
      button.classList.add("done");
      setTimeout(() => { status.textContent = ""; button.textContent = data.words[kind]; button.classList.remove("done"); }, 3000);
    };
    return [...(kind === "link" || data[kind] ? [button] : []), ...(data.lines[kind] ? [line] : [])];
  }), status);
}
