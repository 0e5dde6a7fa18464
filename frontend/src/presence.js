// Who else is here, and who is writing. The stream gives this tab its token; saying what we do brings the others' doings.
import { icon, make } from "./page.js";
import { word } from "./words.js";

const place = document.querySelector("[data-presence]");
const number = Number(place?.dataset.presenceOf);
let tab = "";
let typed = 0;
let kind = "replying";
let said = "";

if (place) {
  document.addEventListener("opora:hello", (event) => {
    tab = event.detail.tab;
    said = "";
    say();
  });
  document.addEventListener("opora:presence", (event) => event.detail.ticket === number && show(event.detail.people));
  document.addEventListener("opora:typing", (event) => {
    typed = Date.now();
    kind = event.detail === "note" ? "noting" : "replying";
    if (said !== kind) say();
  });
  document.addEventListener("visibilitychange", () => say());
  window.addEventListener("pagehide", () => say("gone"));
  setInterval(say, 15_000);
  setInterval(() => said !== "reading" && Date.now() - typed > 8000 && say(), 4000);
}

function say(only) {
  if (!tab) return;
  const doing = typeof only === "string" ? only : document.hidden ? "gone" : Date.now() - typed < 8000 ? kind : "reading";
  said = doing;
  const body = JSON.stringify({ tab, ticket: number, doing });
  fetch(place.dataset.presence, { method: "POST", body, headers: { "Content-Type": "application/json" }, keepalive: true }).catch(() => undefined);
}

function show(people) {
  place.replaceChildren(
    ...people.map(({ name, doing }) =>
      make(
        "span",
        { class: `presence ${doing === "reading" ? "" : "typing"}` },
        make("span", { class: "avatar", "aria-hidden": "true" }, initials(name)),
        make("span", {}, `${name} ${doing === "reading" ? word("isHere") : doing === "noting" ? word("isNoting") : word("isTyping")}`),
        doing === "reading" ? null : icon("pencil"),
      ),
    ),
  );
}

const initials = (name) => name.split(/\s+/).slice(0, 2).map((part) => part[0] ?? "").join("").toUpperCase();
