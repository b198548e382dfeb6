// What the browser keeps of a planner for a reload, a lost connection or a new start of the server:
// the question and the last plan, in this tab alone; and the button that opens a plan's own file. The file goes
// with the page's other values and not as an upload, which most servers take none of.
//
// data.ask: a mark of a session that has no question yet; it is answered once with "stored", the text
//   that was kept or "{}". data.keep: the text to keep, or "".
// "file" is triggered with a file's name, a bar, and its bytes, base64.
const KEY = "atlas-planner";

function read() {
  try {
    return sessionStorage.getItem(KEY) || "{}";
  } catch {
    return "{}"; // a browser that keeps nothing
  }
}
function keep(text) {
  try {
    sessionStorage.setItem(KEY, text);
  } catch {
    /* the page works without it */
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  let root = parentElement.querySelector(".planstore");
  if (!root) {
    root = document.createElement("div");
    root.className = "planstore";
    const input = document.createElement("input");
    Object.assign(input, { type: "file", accept: ".zip,.geojson", hidden: true });
    const button = document.createElement("button");
    button.type = "button";
    button.addEventListener("click", () => input.click());
    const alert = document.createElement("p");
    alert.setAttribute("role", "alert");
    input.addEventListener("change", async () => {
      const [file] = input.files;
      if (!file) return;
      alert.textContent = file.size > root.data.largest ? root.data.words.tooLarge : "";
      if (!alert.textContent) {
        const reader = new FileReader();
        reader.addEventListener("load", () => root.send(file.name, reader.result.split(",")[1] ?? ""));
        reader.addEventListener("error", () => {
          alert.textContent = root.data.words.unreadable;
        });
        reader.readAsDataURL(file);
      }
      input.value = ""; // the same file may be opened again
    });
    root.append(button, input, alert);
    parentElement.append(root);
    // a server that began again is not asked anything until somebody touches a control, and would
    // then lose what was touched
    const app = document.querySelector("[data-testid=stApp]");
    root.watch = new MutationObserver(() => {
      if (app.dataset.testConnectionState === "CONNECTED") root.wake();
    });
    root.watch.observe(app, { attributeFilter: ["data-test-connection-state"] });
  }
  root.data = data;
  root.wake = () => setTriggerValue("stored", read());
  root.send = (name, content) => setTriggerValue("file", `${name}|${content || "-"}`);
  root.querySelector("button").textContent = data.words.open;
  root.querySelector("input").setAttribute("aria-label", data.words.open);
  root.hidden = !data.keep;
  if (data.ask && root.asked !== data.ask) {
    root.asked = data.ask;
    setTriggerValue("stored", read());
  }
  if (data.keep) keep(data.keep);
  return () => {
    if (!root.isConnected) root.watch.disconnect();
  };
}
