// What happened besides output, as a line of words: for the list under the terminal.
import { make } from "../page.js";
import { facts, text } from "./frames.js";
import { word } from "./words.js";

const name = (who) => (who && typeof who === "object" ? who.name ?? who.id ?? "" : who ?? "");
const clock = new Intl.DateTimeFormat(document.documentElement.lang || "en", { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });

// The words of one happening (`kind` is the frame's letter), "" when it is not worth a line.
export function describe(kind, told) {
  if (kind === "n") return told.text ?? "";
  if (kind === "v") return [name(told.viewer ?? told.who), word(told.event ?? told.what ?? "")].join(" ");
  if (kind === "p") return [told.paused === false ? word("resumed") : word("paused"), name(told.by), told.why].filter(Boolean).join(" · ");
  if (kind === "t") return [told.reason, name(told.by), told.why].filter(Boolean).join(" · ");
  if (kind === "f") return [told.op, told.path, told.to, told.size !== undefined ? `${told.size} B` : ""].filter(Boolean).join(" ");
  if (kind === "d") return [told.what, told.detail ?? told.to].filter(Boolean).join(": ");
  if (kind === "q") return [name(told.by), told.text].filter(Boolean).join(": ");
  if (kind === "x") return told.status !== undefined ? String(told.status) : told.signal ?? "";
  if (kind === "E") return told.reason ?? "";
  if (kind === "forged") return `${told.text} · ${word("forgedMark")}`;
  if (kind === "b") return word(told.unable ? "unable" : `looked_${told.moment}`);
  if (kind === "g") return told.what ?? told.why ?? "";
  return "";
}

export const happening = (frame) => describe(frame.kind, frame.kind === "n" ? { text: text(frame.payload) } : facts(frame.payload));

// A line of the list: when, what sort, the words.
export function line(kind, at, words) {
  const shown = at instanceof Date ? clock.format(at) : at;
  return make("li", { class: `work-event kind-${kind}` }, make("time", {}, shown), make("span", { class: "badge outline" }, word(`event_${kind}`)), make("span", { class: "say" }, words));
}
