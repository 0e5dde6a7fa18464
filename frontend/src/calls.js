// Writing down a call: every letter is kept on the server while the caller speaks, and the answer says what follows from it.
//   form[data-writes-down="address"]   posted while typing; the answer holds [data-live-slot="reckoned"]
//   select[data-script-of]             shows the [data-script] of its value
import { csrf } from "./page.js";
import { merge } from "./live.js";
import { word } from "./words.js";

const form = document.querySelector("form[data-writes-down]");
if (form) {
  let timer;
  let going = null;
  let again = false;
  const said = form.querySelector("[data-kept]");
  const keep = async () => {
    clearTimeout(timer);
    if (going) return void (again = true);
    going = fetch(form.dataset.writesDown, { method: "POST", body: new FormData(form), headers: { "X-CSRFToken": csrf() }, keepalive: true });
    try {
      const answer = await going;
      if (!answer.ok || answer.redirected) throw new Error(answer.status);
      const made = new DOMParser().parseFromString(`<body>${await answer.text()}</body>`, "text/html").body;
      for (const slot of made.querySelectorAll("[data-live-slot]")) merge(slot);
      said.textContent = word("draftKept");
    } catch {
      said.textContent = word("draftNotKept");
      timer = setTimeout(keep, 3000);
    }
    going = null;
    if (again) {
      again = false;
      keep();
    }
  };
  const later = () => {
    said.textContent = "";
    clearTimeout(timer);
    timer = setTimeout(keep, 400);
  };
  form.addEventListener("input", later);
  form.addEventListener("change", later);
  form.addEventListener("submit", () => clearTimeout(timer));
  document.addEventListener("visibilitychange", () => document.hidden && timer && keep());
  const scripts = form.querySelector("[data-script-of]");
  scripts?.addEventListener("change", () => {
    for (const one of form.querySelectorAll("[data-script]")) one.hidden = one.dataset.script !== scripts.value;
  });
}
