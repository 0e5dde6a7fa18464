// Shortcuts. Single letters work only outside fields and can be switched off per person (body[data-keys="off"]).
// A page says what a letter does by data-key="r" on the link or button it presses; lists answer j, k, o and x.
import { icon, make, typing } from "./page.js";
import { language, word } from "./words.js";

// The same physical key in the Russian layout.
const LATIN = Object.fromEntries([..."йцукенгшщзфывапролдячсмить"].map((letter, at) => [letter, "qwertyuiopasdfghjklzxcvbnm"[at]]));
const HELP = [
  ["?", "help"], ["Ctrl K", "palette"], ["/", "search"], ["j", "next"], ["k", "previous"], ["o", "open"], ["x", "pick"],
  ["r", "reply"], ["n", "note"], ["g", "pull"], ["a", "assign"], ["p", "priority"], ["s", "state"], ["c", "new"], ["u", "back"], ["Ctrl Enter", "send"],
];
export const on = () => document.body.dataset.keys !== "off";

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter") return send(event);
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || !on()) return undefined;
  if (typing(event.target) || document.querySelector("dialog[open]")) return undefined;
  const key = LATIN[event.key.toLowerCase()] ?? event.key;
  if (event.key === "?" || (event.shiftKey && event.code === "Slash" && language === "ru")) return act(event, help);
  if (key === "/" || event.code === "Slash") return act(event, () => document.querySelector("[data-search]")?.focus());
  if (key === "j" || key === "k") return document.querySelector("[data-list]") && act(event, () => walk(key === "j" ? 1 : -1));
  if (key === "x" && document.activeElement?.closest("[data-row]")) return act(event, pick);
  if (key === "o" && document.activeElement?.matches("[data-row] a")) return act(event, () => document.activeElement.click());
  const wanted = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  return wanted && !wanted.disabled && !wanted.closest("[hidden]") ? act(event, () => press(wanted)) : undefined;
});

function act(event, work) {
  event.preventDefault();
  work();
}

function press(wanted) {
  if (wanted.tagName === "SUMMARY") {
    wanted.parentElement.open = true;
    (wanted.parentElement.querySelector(".menu-item, input, select") ?? wanted).focus();
  } else wanted.click();
}

function send(event) {
  const form = event.target.closest?.("form[data-sends]");
  if (form) act(event, () => form.requestSubmit(sender(form)));
}

// The button Ctrl+Enter presses: the one that is seen, for a note and a reply have each their own.
function sender(form) {
  return [...form.querySelectorAll("[data-send]")].find((button) => button.offsetParent !== null);
}

function walk(step) {
  const links = [...document.querySelectorAll("[data-list] [data-row] a[data-main]")].filter((link) => link.offsetParent !== null);
  const current = document.activeElement?.closest("[data-row]") ?? document.querySelector("[data-row].here");
  const at = links.findIndex((link) => link.closest("[data-row]") === current);
  const next = links[at < 0 ? (step > 0 ? 0 : links.length - 1) : Math.min(Math.max(at + step, 0), links.length - 1)];
  if (!next) return;
  document.querySelector("[data-row].here")?.classList.remove("here");
  next.closest("[data-row]").classList.add("here");
  next.focus({ preventScroll: true });
  next.closest("[data-row]").scrollIntoView({ block: "nearest" });
}

function pick() {
  document.activeElement.closest("[data-row]").querySelector("input[type=checkbox]")?.click();
}

export function help() {
  const seen = document.getElementById("keys-help");
  if (seen) return seen.showModal();
  const rows = HELP.map(([keys, name]) => make("div", {}, make("span", {}, word(`key_${name}`)), make("span", {}, ...keys.split(" ").map((key) => make("kbd", {}, key)))));
  const closer = make("button", { type: "button", class: "button plain icon-only small", "aria-label": word("close"), "data-closes": true }, icon("x"));
  const dialog = make(
    "dialog",
    { class: "sheet", id: "keys-help", "aria-labelledby": "keys-title" },
    make("div", { class: "sheet-head" }, make("h2", { id: "keys-title" }, word("keysTitle")), closer),
    make("div", { class: "sheet-body" }, on() ? null : make("p", { class: "quiet" }, word("keysOff")), make("div", { class: "keys" }, ...rows)),
  );
  document.body.append(dialog);
  return dialog.showModal();
}
document.addEventListener("click", (event) => event.target.closest("[data-keys-help]") && help());
