// The status page, live. The server sends pieces of HTML; only what differs in them is changed here, so that focus, selection and the place of a
// screen reader stay. The server escapes what strangers wrote, and nothing here makes HTML of text.

// morph makes node like wanted.
function morph(node, wanted) {
  if (node.nodeType !== wanted.nodeType || node.nodeName !== wanted.nodeName) {
    node.replaceWith(document.importNode(wanted, true));
    return;
  }
  if (node.nodeType !== Node.ELEMENT_NODE) {
    if (node.nodeValue !== wanted.nodeValue) node.nodeValue = wanted.nodeValue;
    return;
  }
  for (const { name } of [...node.attributes]) if (!wanted.hasAttribute(name)) node.removeAttribute(name);
  for (const { name, value } of wanted.attributes) if (node.getAttribute(name) !== value) node.setAttribute(name, value);
  const have = [...node.childNodes];
  const want = [...wanted.childNodes];
  want.forEach((child, i) => (i < have.length ? morph(have[i], child) : node.append(document.importNode(child, true))));
  have.slice(want.length).forEach((child) => child.remove());
}

// follow takes the changes while somebody looks: a browser has few connections to a host.
function follow(path) {
  let events;
  const look = () => {
    if (document.hidden) events?.close();
    else events = open(path);
  };
  document.addEventListener("visibilitychange", look);
  look();
}

function open(path) {
  const lost = document.getElementById("lost");
  const events = new EventSource(path);
  events.onopen = () => (lost.hidden = true);
  events.onerror = () => {
    lost.hidden = false;
    if (events.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), 10000); // refused: not logged in any more, or too many pages
  };
  events.onmessage = (event) => {
    const part = new DOMParser().parseFromString(event.data, "text/html").body.firstElementChild;
    const here = part && document.getElementById(part.id);
    if (!here) return;
    if (here.dataset.known !== part.dataset.known) location.reload(); // the session is over
    else morph(here, part);
  };
  return events;
}

// The live tail.
const maxLines = 500;

function tail(form) {
  const lines = document.getElementById("tail-lines");
  const state = document.getElementById("tail-state");
  const stop = document.getElementById("tail-stop");
  let events, missed;

  const add = (text, of) => {
    const item = document.createElement("li");
    if (of) item.append(Object.assign(document.createElement("small"), { textContent: of }));
    for (const t of text) item.append(Object.assign(document.createElement("div"), { textContent: t }));
    const atEnd = lines.scrollTop + lines.clientHeight >= lines.scrollHeight - 4;
    lines.append(item);
    if (lines.childElementCount > maxLines) lines.firstElementChild.remove();
    if (atEnd) lines.scrollTop = lines.scrollHeight;
  };
  const end = (text) => {
    if (events) events.close();
    events = undefined;
    stop.disabled = true;
    state.textContent = text;
  };
  const show = (line) => {
    if (line.missed) {
      missed += line.missed;
      state.textContent = `Not shown, they came too fast: ${missed}`;
      return;
    }
    const of = [line.received, line.input, line.output, line.kind, line.peer, line.id, line.fault, line.dropped_by_rule && "dropped by rule"];
    add([line.raw, ...(line.events || [])].filter(Boolean), of.filter(Boolean).join(" · "));
  };
  const start = () => {
    end("");
    missed = 0;
    lines.replaceChildren();
    const data = new FormData(form);
    const [side, name = ""] = data.get("of").split(" ");
    const query = new URLSearchParams({ side, name, text: data.get("text"), normalized: data.get("normalized") || "0" });
    events = new EventSource(`/api/v1/tail?${query}`);
    events.onopen = () => (state.textContent = "Waiting for records.");
    events.onmessage = (event) => {
      if (!missed) state.textContent = "Records come in.";
      show(JSON.parse(event.data));
    };
    events.onerror = () => end("The relay ended this. Show begins it again; perhaps you have to log in first.");
    stop.disabled = false;
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    start();
  });
  stop.addEventListener("click", () => end("Stopped."));
}

const live = document.querySelector("[data-live]");
if (live) follow(live.dataset.live);
const form = document.getElementById("tail-form");
if (form) tail(form);
