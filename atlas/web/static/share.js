// What a reader takes of a view. On a touch device the system's own share sheet comes first, with the
// picture of the view where files may be shared; else each button copies a text, and says so; where
// there is none a line says why. The link is the page's own address, with the place where the map
// stands; a post ends with it. What few ask for, citation and embed code, stands under "More".
const MORE = ["cite", "bibtex", "embed"];
const isTouch = () => Boolean(navigator.share) && matchMedia("(pointer: coarse)").matches;

// fetched when the menu opens: a sheet may only be opened in the same moment as the tap
async function picture(address, name) {
  try {
    const answer = await fetch(address);
    if (!answer.ok) return null;
    const file = new File([await answer.blob()], name, { type: "image/png" });
    return navigator.canShare?.({ files: [file] }) ? file : null;
  } catch {
    return null;
  }
}

const made = (tag, values) => Object.assign(document.createElement(tag), values);

export default function ({ data, parentElement }) {
  let root = parentElement.querySelector(".share");
  if (!root) {
    root = document.createElement("div");
    root.className = "share";
    parentElement.append(root);
  }
  const link = () => location.href;
  const post = () => `${data.post} ${link()}`;
  const texts = { link, post, cite: () => data.cite, bibtex: () => data.bibtex, embed: () => data.embed };
  const status = made("p", { className: "told" });
  status.setAttribute("role", "status");

  function copying(kind) {
    const button = made("button", {
      type: "button",
      textContent: data.words[kind],
      title: kind === "post" ? data.post : "",
    });
    button.dataset.copies = kind;
    button.onclick = async () => {
      await copy(texts[kind](), root);
      // seen on the button that was pressed, said by the line
      status.textContent = button.textContent = data.words.copied;
      button.classList.add("done");
      setTimeout(() => {
        status.textContent = "";
        button.textContent = data.words[kind];
        button.classList.remove("done");
      }, 3000);
    };
    return button;
  }
  const offered = (kinds) =>
    kinds
      .filter((kind) => data.words[kind])
      .flatMap((kind) => [
        ...(kind === "link" || data[kind] ? [copying(kind)] : []),
        ...(data.lines[kind] ? [made("p", { textContent: data.lines[kind] })] : []),
      ]);

  // the code alone, on the page that makes it
  if (!data.post) return void root.replaceChildren(...offered(MORE), status);
  const first = [];
  if (isTouch()) {
    const sheet = made("button", { type: "button", textContent: data.words.sheet, className: "sheet" });
    let file = null;
    picture(data.picture, data.file).then((drawn) => {
      file = drawn;
    });
    sheet.onclick = () =>
      navigator.share({ text: data.post, url: link(), ...(file ? { files: [file] } : {}) }).catch(() => {}); // closed without a choice
    first.push(sheet);
  }
  const whatsapp = made("a", {
    textContent: "WhatsApp",
    target: "_blank",
    rel: "noopener noreferrer",
    className: "whatsapp",
  });
  // the address as it is at the tap
  whatsapp.onpointerdown = whatsapp.onfocus = () => {
    whatsapp.href = `https://wa.me/?text=${encodeURIComponent(post())}`;
  };
  whatsapp.onfocus();
  const more = made("details", {});
  more.append(made("summary", { textContent: data.words.more }), ...offered(MORE));
  root.replaceChildren(...first, ...offered(["link", "post"]), whatsapp, more, status);
}
