// Who else is here, and who is typing. One small beat says we are here and brings back the others.
import { post } from "./page.js";
import { word } from "./words.js";
import { make } from "./page.js";

const place = document.querySelector("[data-presence]");
let typed = 0;

if (place) {
  document.addEventListener("opora:typing", () => {
    const first = Date.now() - typed > 6000;
    typed = Date.now();
    if (first) beat();
  });
  document.addEventListener("opora:live", (event) => event.detail.name === "presence" && event.detail.subject === place.dataset.presenceOf && beat());
  document.addEventListener("visibilitychange", () => document.hidden || beat());
  setInterval(beat, 12_000);
  beat();
}

async function beat() {
  if (document.hidden) return;
  const answer = await post(place.dataset.presence, { typing: Date.now() - typed < 6000 ? "yes" : "" }).catch(() => null);
  if (answer?.ok) show(await answer.json());
}

function show({ here }) {
  place.replaceChildren(
    ...here.map((other) =>
      make("span", { class: `presence ${other.typing ? "typing" : ""}` }, make("span", { class: `avatar tone-${other.tone}`, "aria-hidden": "true" }, other.initials), make("span", {}, `${other.name} ${other.typing ? word("isTyping") : word("isHere")}`)),
    ),
  );
}
