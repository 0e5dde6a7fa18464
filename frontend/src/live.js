// Live changes over server-sent events. The stream carries ids only; the page asks for what it shows, as this reader may see it.
//   body[data-live]                     address of the stream (docs/live.md); a change is {"ticket": 12, "name": …, "by": "staff:3"}
//   body[data-live-after]               from where the stream goes on
//   [data-live-rows="address"]          a list: changed rows are fetched by ?ids=… and replaced in place, never moved
//   [data-live-of="ticket:12"][data-live-part="address"]   a part of a page about one thing, or about all of a kind ("call"),
//                               fetched and merged in; with [data-live-first] also when the page stands
//   [data-live-stays]                   in a slot: it follows by itself from here on, and is not taken away
import { make, post } from "./page.js";
import { word } from "./words.js";

const wanted = new Set();
const fresh = new Set();
let timer;

function hear(message) {
  const said = JSON.parse(message.data);
  if (said.ticket) wanted.add(`ticket:${said.ticket}`);
  else if (said.subject) wanted.add(said.subject.join(":"));
  clearTimeout(timer);
  timer = setTimeout(refresh, 60 + Math.random() * 200);
}

async function refresh() {
  const subjects = [...wanted];
  wanted.clear();
  document.dispatchEvent(new CustomEvent("opora:changed", { detail: subjects }));
  await Promise.all([rows(subjects), parts(subjects), counts()]);
}

// Too much was missed to name it: the list offers itself anew, the parts are fetched again.
function everything() {
  for (const part of document.querySelectorAll("[data-live-of]")) wanted.add(part.dataset.liveOf);
  for (const row of document.querySelectorAll("[data-live-rows] [data-row]")) wanted.add(`ticket:${row.dataset.row}`);
  refresh();
}

async function get(address) {
  const answer = await fetch(address, { headers: { "X-Requested-With": "fetch" }, credentials: "same-origin" });
  if (!answer.ok || answer.redirected) return null;
  return new DOMParser().parseFromString(`<body>${await answer.text()}</body>`, "text/html").body;
}

const joined = (address, name, value) => `${address}${address.includes("?") ? "&" : "?"}${name}=${encodeURIComponent(value)}`;

async function rows(subjects) {
  const list = document.querySelector("[data-live-rows]");
  const ids = subjects.filter((subject) => subject.startsWith("ticket:")).map((subject) => subject.slice(7));
  if (!list || !ids.length) return;
  const body = await get(joined(list.dataset.liveRows, "ids", ids.slice(0, 50).join(",")));
  if (!body) return;
  const found = new Map([...body.querySelectorAll("[data-row]")].map((row) => [row.dataset.row, row]));
  for (const id of ids) {
    const old = list.querySelector(`[data-row="${CSS.escape(id)}"]`);
    const made = found.get(id);
    if (old && made) replace(old, made);
    else if (old) old.classList.add("gone");
    else if (made) fresh.add(id);
  }
  pill(list);
}

function replace(old, made) {
  const focused = old.contains(document.activeElement);
  const picked = old.querySelector("input[type=checkbox]")?.checked;
  const row = document.importNode(made, true);
  if (old.classList.contains("here")) row.classList.add("here");
  old.replaceWith(row);
  if (picked) row.querySelector("input[type=checkbox]").checked = true;
  if (focused) row.querySelector("a[data-main]")?.focus({ preventScroll: true });
  row.classList.add("changed");
  setTimeout(() => row.classList.remove("changed"), 2400);
}

function pill(list) {
  const place = document.querySelector("[data-fresh]");
  if (!place || !fresh.size) return;
  place.hidden = false;
  place.querySelector("[data-fresh-count]").textContent = `${fresh.size} ${word("fresh")}`;
  place.setAttribute("href", list.dataset.liveAgain ?? location.href);
}

async function parts(subjects) {
  for (const part of document.querySelectorAll("[data-live-part]")) {
    const about = part.dataset.liveOf; // "ticket:12", or "call" for every call
    if (!subjects.some((subject) => subject === about || subject.startsWith(`${about}:`))) continue;
    const body = await get(part.dataset.livePart);
    if (!body) continue;
    for (const made of body.querySelectorAll("[data-live-slot]")) merge(made);
  }
}

export function merge(made) {
  const old = document.querySelector(`[data-live-slot="${CSS.escape(made.dataset.liveSlot)}"]`);
  if (!old || old.querySelector("[data-live-stays]")) return undefined;
  if (old.contains(document.activeElement) && document.activeElement.matches("input, textarea, select, summary")) return;
  if (made.dataset.liveMerge !== "append") return exchange(old, made);
  const scroller = old.closest(".scroll");
  const low = scroller && scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 120;
  for (const child of made.children) {
    if (!child.id || renew(document.getElementById(child.id), child)) continue;
    const added = document.importNode(child, true);
    added.classList.add("changed");
    old.append(added);
  }
  if (low) scroller.scrollTop = scroller.scrollHeight;
  return undefined;
}

// What somebody has unfolded stays so, and whoever is at a button stays there.
function exchange(old, made) {
  const places = (from) => [...from.querySelectorAll("a, button, [tabindex]")];
  const unfolded = [...old.querySelectorAll("details")].map((one) => one.open);
  const at = places(old).indexOf(document.activeElement);
  old.replaceChildren(...[...made.childNodes].map((node) => document.importNode(node, true)));
  const folds = old.querySelectorAll("details");
  if (folds.length === unfolded.length) folds.forEach((one, n) => (one.open = unfolded[n]));
  if (at >= 0) places(old)[at]?.focus({ preventScroll: true });
}

// What is told already stays as it is, but for the part of it that goes on changing: [data-live-inner].
function renew(told, made) {
  const now = made.querySelector("[data-live-inner]");
  const was = told?.querySelector("[data-live-inner]");
  if (told && now && was?.innerHTML !== now.innerHTML && !was?.contains(document.activeElement)) {
    const part = document.importNode(now, true);
    if (was) was.replaceWith(part);
    else told.append(part);
  } else if (told && was && !now) was.remove();
  return told;
}

async function counts() {
  const place = document.querySelector("[data-live-counts]");
  if (!place || document.hidden) return;
  const answer = await fetch(place.dataset.liveCounts, { headers: { "X-Requested-With": "fetch" } });
  if (!answer.ok || answer.redirected) return;
  for (const [name, shown] of Object.entries(await answer.json())) {
    const count = place.querySelector(`[data-count="${CSS.escape(name)}"]`);
    if (!count) continue;
    if (count.textContent !== shown) count.textContent = shown;
    if (name === "due") count.classList.toggle("late", shown !== "0");
  }
}

// A browser keeps at most six connections to one address (without HTTP/2), for all tabs together. So a tab that nobody
// looks at lets its stream go after a while, and asks for what it missed when it is looked at again.
const LET_GO_AFTER = 5000;
let stream = null;
let position = document.body.dataset.liveAfter ?? ""; // where the page itself stands: nothing is missed before hello
let letGo;

function look() {
  clearTimeout(letGo);
  if (!document.hidden) {
    if (stream) return;
    if (!position) everything();
    connect();
    return;
  }
  letGo = setTimeout(() => {
    stream?.close();
    stream = null;
  }, LET_GO_AFTER);
}

function connect() {
  const address = document.body.dataset.live;
  if (!address || !window.EventSource || document.hidden) return;
  stream?.close();
  const mine = (stream = new EventSource(position ? joined(address, "after", position) : address));
  let complaint;
  stream.addEventListener("change", (message) => {
    position = message.lastEventId || position;
    hear(message);
  });
  stream.addEventListener("reload", () => {
    position = "";
    everything();
  });
  stream.addEventListener("hello", (message) => {
    position ||= JSON.parse(message.data).at;
    document.body.dataset.liveOpen = "yes";
  });
  for (const name of ["hello", "presence"]) {
    stream.addEventListener(name, (message) => document.dispatchEvent(new CustomEvent(`opora:${name}`, { detail: JSON.parse(message.data) })));
  }
  stream.onopen = () => {
    clearTimeout(complaint);
    document.querySelector(".live-state")?.remove();
  };
  stream.onerror = () => {
    clearTimeout(complaint);
    complaint = setTimeout(() => {
      if (mine === stream && mine.readyState !== EventSource.OPEN && !document.querySelector(".live-state")) document.body.append(make("div", { class: "live-state badge soon", role: "status" }, word("reconnecting")));
    }, 5000);
    if (mine === stream && mine.readyState === EventSource.CLOSED) setTimeout(connect, 8000 + Math.random() * 8000);
  };
  window.addEventListener("pagehide", () => mine.close(), { once: true });
}
connect();
for (const part of document.querySelectorAll("[data-live-first]")) wanted.add(`${part.dataset.liveOf}:`);
if (wanted.size) refresh();
document.addEventListener("visibilitychange", look);
if (document.querySelector("[data-counts-late]")) counts();
const seen = document.querySelector("[data-seen]")?.dataset.seen;
if (seen) post(seen, {}).catch(() => undefined);
window.addEventListener("pageshow", (event) => event.persisted && connect());
