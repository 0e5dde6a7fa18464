// Ctrl/Cmd+K: go to or do. Offers what the page itself offers (links of the rail, data-key and data-palette marks), and last
// of all the search for what was typed: no name of a command stands in its way.
import { make } from "./page.js";
import { word } from "./words.js";

let dialog;
let items = [];

document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.code !== "KeyK" || !document.querySelector(".rail")) return;
  event.preventDefault();
  show();
});
document.addEventListener("click", (event) => event.target.closest("[data-palette-open]") && show());

function show() {
  if (dialog?.open) return dialog.close();
  dialog ??= build();
  const field = dialog.querySelector("input");
  field.value = "";
  collect();
  fill("");
  dialog.showModal();
  return field.focus();
}

function build() {
  const field = make("input", { type: "text", role: "combobox", "aria-expanded": "true", "aria-controls": "palette-list", "aria-label": word("paletteTitle"), placeholder: word("paletteTitle"), autocomplete: "off", spellcheck: "false" });
  const list = make("div", { class: "palette-list", id: "palette-list", role: "listbox", "aria-label": word("paletteTitle"), tabindex: "-1" });
  const made = make("dialog", { class: "sheet palette", "aria-label": word("paletteTitle") }, field, list);
  field.addEventListener("input", () => fill(field.value));
  field.addEventListener("keydown", steer);
  list.addEventListener("click", (event) => choose(event.target.closest("[role=option][id]")));
  document.body.append(made);
  return made;
}

function collect() {
  items = [];
  for (const element of document.querySelectorAll(".rail a, [data-palette], [data-key]")) {
    if (element.closest("dialog")) continue;
    const name = element.dataset.palette || element.getAttribute("aria-label") || element.querySelector(".name")?.textContent || element.textContent;
    const text = name.replace(/\s+/g, " ").trim();
    if (text && !items.some((item) => item.text === text)) items.push({ text, element, key: element.dataset.key });
  }
}

function fill(query) {
  const list = dialog.querySelector(".palette-list");
  const words = query.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const options = items
    .map((item, at) => ({ ...item, at }))
    .filter((item) => words.every((part) => item.text.toLocaleLowerCase().includes(part)))
    .slice(0, 40)
    .map((item, place) =>
      make("div", { class: "menu-item", role: "option", id: `palette-${item.at}`, "data-at": item.at, "aria-selected": String(place === 0) }, make("span", { class: "grow" }, item.text), item.key ? make("kbd", {}, item.key) : null),
    );
  if (words.length && document.body.dataset.searchUrl) options.push(searching(query.trim(), !options.length));
  list.replaceChildren(...(options.length ? options : [make("div", { class: "menu-item", role: "option", "aria-selected": "false" }, word("paletteEmpty"))]));
  point();
}

function searching(text, chosen) {
  const words = make("span", { class: "grow" }, `${word("paletteSearch")} “${text}”`);
  return make("div", { class: "menu-item", role: "option", id: "palette-search", "aria-selected": String(chosen) }, words);
}

function point() {
  const chosen = dialog.querySelector('[aria-selected="true"]');
  const field = dialog.querySelector("input");
  if (chosen) field.setAttribute("aria-activedescendant", chosen.id);
  else field.removeAttribute("aria-activedescendant");
  chosen?.scrollIntoView({ block: "nearest" });
}

function steer(event) {
  const options = [...dialog.querySelectorAll("[role=option][id]")];
  const at = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    const next = options[(at + (event.key === "ArrowDown" ? 1 : -1) + options.length) % options.length];
    options[at]?.setAttribute("aria-selected", "false");
    next?.setAttribute("aria-selected", "true");
    point();
  }
  if (event.key === "Enter") {
    event.preventDefault();
    choose(options[at]);
  }
}

function choose(option) {
  if (option?.id === "palette-search") search(dialog.querySelector("input").value);
  else if (option) run(items[Number(option.dataset.at)]);
}

function run(item) {
  dialog.close();
  if (item.element.tagName === "SUMMARY") item.element.parentElement.open = true;
  else item.element.click();
}

function search(text) {
  location.assign(`${document.body.dataset.searchUrl}?q=${encodeURIComponent(text.trim())}`);
}
