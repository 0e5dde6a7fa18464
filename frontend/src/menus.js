// Menus are <details>: they close on Escape and outside, arrows walk them. Dialogs open by data-opens="id".
import { whenReady } from "./page.js";

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  const opener = event.target.closest("[data-opens]");
  if (opener) open(opener.dataset.opens);
  if (event.target.closest("[data-closes]")) event.target.closest("dialog")?.close();
  if (event.target.matches("dialog.sheet")) event.target.close();
  const framer = event.target.closest("button[data-frames]");
  if (framer) frame(framer);
  if (event.target.closest("[data-rail-toggle]")) rail(document.body.dataset.rail !== "open");
  const panel = event.target.closest("[data-panel-toggle]");
  if (panel) {
    const opened = document.body.dataset.panel !== "open";
    document.body.dataset.panel = opened ? "open" : "shut";
    panel.setAttribute("aria-expanded", String(opened));
  }
});

export async function open(id) {
  const dialog = document.getElementById(id) ?? (await fetched(id));
  if (!dialog) return false;
  dialog.closest("details.menu")?.removeAttribute("open");
  if (!dialog.open) dialog.showModal();
  dialog.querySelectorAll("[data-loads]").forEach(load);
  dialog.querySelector("[autofocus]")?.focus();
  return true;
}

// Forms of rarer acts are asked for when the first of them is opened.
async function fetched(id) {
  const place = document.querySelector("[data-dialogs]");
  if (!place || place.childElementCount) return null;
  const answer = await fetch(place.dataset.dialogs, { headers: { "X-Requested-With": "fetch" } });
  if (!answer.ok || answer.redirected) return null;
  const made = new DOMParser().parseFromString(`<body>${await answer.text()}</body>`, "text/html").body;
  if (!place.childElementCount) place.append(...made.childNodes);
  return document.getElementById(id);
}

// A frame beside the button shows another address; the button has done its work then.
function frame(button) {
  const bar = button.parentElement;
  const shown = bar.parentElement.querySelector("iframe");
  shown.src = button.dataset.frames;
  shown.focus();
  bar.remove();
}

function rail(opened) {
  document.body.dataset.rail = opened ? "open" : "shut";
  for (const button of document.querySelectorAll("[data-rail-toggle][aria-expanded]")) button.setAttribute("aria-expanded", String(opened));
  if (opened) document.querySelector(".rail a")?.focus();
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && document.body.dataset.rail === "open") rail(false);
  const menu = event.target.closest?.("details.menu[open]");
  if (!menu) return;
  if (event.key === "Escape") {
    menu.open = false;
    menu.querySelector("summary").focus();
    event.stopPropagation();
  }
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const items = [...menu.querySelectorAll(".menu-item:not([hidden])")];
  const at = items.indexOf(document.activeElement);
  items[(at + (event.key === "ArrowDown" ? 1 : -1) + items.length) % items.length]?.focus();
  event.preventDefault();
});

// A choice marked so is applied at once: the language, the theme, a filter.
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-applies]")) event.target.form?.requestSubmit();
});
document.addEventListener("click", async (event) => {
  if (event.target.closest("[data-prints]")) window.print();
  const copier = event.target.closest("[data-copies]");
  if (copier) await navigator.clipboard?.writeText(copier.dataset.copies);
});

// A choice that is long and rarely asked for is fetched when it is first opened.
export async function load(place) {
  if (place.dataset.loaded) return;
  place.dataset.loaded = "yes";
  const answer = await fetch(place.dataset.loads, { headers: { "X-Requested-With": "fetch" } });
  if (!answer.ok || answer.redirected) return delete place.dataset.loaded;
  const into = place.matches("[data-loads-into]") ? place : place.querySelector("[data-loads-into]");
  const body = new DOMParser().parseFromString(`<body><${into.tagName}>${await answer.text()}</${into.tagName}></body>`, "text/html").body;
  into.replaceChildren(...body.firstElementChild.childNodes);
  // Options that move one by one leave the last of them chosen.
  if (into.matches("select")) into.selectedIndex = Math.max(0, [...into.options].findIndex((option) => option.defaultSelected));
  return into.closest("details") && into.querySelector("input:not([type=hidden]), select, .menu-item")?.focus();
}
document.addEventListener("toggle", (event) => event.target.matches?.("details[data-loads][open]") && load(event.target), true);
document.addEventListener("input", (event) => {
  if (!event.target.matches("[data-narrows]")) return;
  const asked = event.target.value.toLocaleLowerCase();
  for (const one of event.target.form.querySelectorAll("[data-narrowed]")) one.hidden = !one.textContent.toLocaleLowerCase().includes(asked);
});

// A form that came back refused stands open again, with what was typed; a conversation opens at its end.
whenReady(() => {
  const refused = document.querySelector("dialog[data-open-now]");
  if (refused) open(refused.id);
  const scroller = document.querySelector("[data-scroll-end]");
  if (!scroller) return;
  if (scroller.scrollHeight > scroller.clientHeight + 1) scroller.scrollTop = scroller.scrollHeight;
  else if (document.documentElement.scrollHeight > innerHeight + 200) scrollTo({ top: document.documentElement.scrollHeight });
});
