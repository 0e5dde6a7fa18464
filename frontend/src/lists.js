// Picking rows for one change to all of them: the bar appears with the first pick and counts.
import { load } from "./menus.js";
import { word } from "./words.js";

const boxes = (list) => [...list.querySelectorAll("[data-row] input[type=checkbox]")];
let last = ""; // by its value: a live change may have put a new element in its place

function count(list) {
  const picked = boxes(list).filter((box) => box.checked);
  const bar = document.querySelector("[data-bulk]");
  if (!bar) return;
  bar.hidden = !picked.length;
  if (picked.length) bar.querySelectorAll("[data-loads]").forEach(load);
  bar.querySelector("[data-bulk-count]").textContent = `${picked.length} ${word("chosen")}`;
  const all = list.querySelector("[data-pick-all]");
  if (all) {
    all.checked = picked.length > 0 && picked.length === boxes(list).length;
    all.indeterminate = picked.length > 0 && !all.checked;
  }
}

document.addEventListener("click", (event) => {
  const box = event.target;
  const list = box.closest?.("[data-list]");
  if (!list || !box.matches("[data-row] input[type=checkbox]")) return;
  const every = boxes(list);
  const before = every.findIndex((one) => one.value === last);
  if (event.shiftKey && before >= 0) {
    const [from, to] = [before, every.indexOf(box)].sort((a, b) => a - b);
    every.slice(from, to + 1).forEach((one) => (one.checked = box.checked));
  }
  last = box.value;
  count(list);
});
document.addEventListener("change", (event) => {
  const list = event.target.closest?.("[data-list]");
  if (!list) return;
  if (event.target.matches("[data-pick-all]")) boxes(list).forEach((box) => (box.checked = event.target.checked));
  count(list);
});
document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-pick-none]")) return;
  const list = document.querySelector("[data-list]");
  boxes(list).forEach((box) => (box.checked = false));
  count(list);
});
window.addEventListener("pageshow", () => {
  const list = document.querySelector("[data-list]");
  if (list) count(list);
});

// A field that asks who it is offers the people whose name or address begins so.
let asking;
document.addEventListener("input", (event) => {
  const address = event.target.dataset?.people;
  if (!address || event.target.value.length < 2) return;
  clearTimeout(asking);
  asking = setTimeout(async () => {
    const answer = await fetch(`${address}?q=${encodeURIComponent(event.target.value)}`, { headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    const { people } = await answer.json();
    event.target.list.replaceChildren(...people.map(({ email, name, organisation }) => new Option([name, organisation].filter(Boolean).join(" · "), email)));
  }, 200);
});
