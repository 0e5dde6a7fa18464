// Short notices in the corner. Errors stay until they are closed; the rest go by themselves.
import { icon, make } from "./page.js";
import { word } from "./words.js";

const ICONS = { good: "circle-check", success: "circle-check", late: "alert-circle", error: "alert-circle", soon: "alert-triangle", warning: "alert-triangle" };

export function toast(text, tone = "info") {
  const place = document.querySelector(".toasts");
  if (!place) return;
  const note = make("div", { class: `toast ${tone}` }, icon(ICONS[tone] ?? "info-circle"), make("p", {}, text), closer());
  place.append(note);
  expire(note, tone);
}

function closer() {
  return make("button", { type: "button", class: "button plain icon-only small", "aria-label": word("close"), "data-close-toast": true }, icon("x"));
}

function expire(note, tone) {
  if (tone === "late" || tone === "error") return;
  let left = setTimeout(() => note.remove(), 6000);
  note.addEventListener("pointerenter", () => clearTimeout(left));
  note.addEventListener("pointerleave", () => (left = setTimeout(() => note.remove(), 3000)));
}

document.addEventListener("click", (event) => event.target.closest("[data-close-toast]")?.closest(".toast")?.remove());
for (const note of document.querySelectorAll(".toast")) expire(note, [...note.classList].find((name) => name === "late" || name === "error") ?? "");
