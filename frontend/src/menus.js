// Menus are <details>: they close on Escape and outside, arrows walk them. Dialogs open by data-opens="id".
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  const opener = event.target.closest("[data-opens]");
  if (opener) open(opener.dataset.opens);
  if (event.target.closest("[data-closes]")) event.target.closest("dialog")?.close();
  if (event.target.matches("dialog.sheet")) event.target.close();
  if (event.target.closest("[data-rail-toggle]")) rail(document.body.dataset.rail !== "open");
});

export function open(id) {
  const dialog = document.getElementById(id);
  if (!dialog) return false;
  dialog.closest("details.menu")?.removeAttribute("open");
  if (!dialog.open) dialog.showModal();
  dialog.querySelector("[autofocus]")?.focus();
  return true;
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
  const copier = event.target.closest("[data-copies]");
  if (copier) await navigator.clipboard?.writeText(copier.dataset.copies);
});
