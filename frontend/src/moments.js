// <relative-time datetime> says how long ago; <time-left due warn> says how much is left, by colour, word and icon.
// The server writes the same words first, so nothing jumps when these wake up. One timer serves them all.
import { icon } from "./page.js";
import { language, word } from "./words.js";

const ago = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "short" });
const shortDay = new Intl.DateTimeFormat(language, { day: "numeric", month: "short" });
const longDay = new Intl.DateTimeFormat(language, { day: "numeric", month: "short", year: "numeric" });
const alive = new Set();
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export function span(milliseconds) {
  const minutes = Math.floor(Math.abs(milliseconds) / MINUTE);
  const days = Math.floor(minutes / 1440);
  const hours = Math.floor((minutes % 1440) / 60);
  if (days) return `${days} ${word("day")}${hours ? ` ${hours} ${word("hour")}` : ""}`;
  if (hours) return `${hours} ${word("hour")}${minutes % 60 && hours < 10 ? ` ${minutes % 60} ${word("minute")}` : ""}`;
  return `${minutes} ${word("minute")}`;
}

class Moment extends HTMLElement {
  connectedCallback() {
    alive.add(this);
    this.show();
  }
  disconnectedCallback() {
    alive.delete(this);
  }
}

class RelativeTime extends Moment {
  show() {
    const at = Date.parse(this.getAttribute("datetime"));
    if (Number.isNaN(at)) return;
    const text = this.words(at, at - Date.now());
    if (this.textContent !== text) this.textContent = text;
  }
  words(at, distance) {
    const size = Math.abs(distance);
    if (size < MINUTE) return word("justNow");
    if (size < HOUR) return ago.format(Math.trunc(distance / MINUTE), "minute");
    if (size < DAY) return ago.format(Math.trunc(distance / HOUR), "hour");
    if (size < 7 * DAY) return ago.format(Math.trunc(distance / DAY), "day");
    return (new Date(at).getFullYear() === new Date().getFullYear() ? shortDay : longDay).format(at);
  }
}

const ICONS = { calm: "clock", soon: "clock-exclamation", late: "clock-x" };

class TimeLeft extends Moment {
  static observedAttributes = ["due", "warn"];
  attributeChangedCallback() {
    if (this.isConnected) this.show();
  }
  show() {
    const due = Date.parse(this.getAttribute("due"));
    if (Number.isNaN(due)) return;
    const left = due - Date.now();
    const warn = Date.parse(this.getAttribute("warn"));
    const soon = Number.isNaN(warn) ? left < 30 * MINUTE : Date.now() >= warn;
    const level = left < 0 ? "late" : soon ? "soon" : "calm";
    const amount = span(left);
    const text = level === "late" ? (language === "ru" ? `${word("late")} ${amount}` : `${amount} ${word("late")}`)
      : language === "ru" ? `${word("left")} ${amount}` : `${amount} ${word("left")}`;
    if (this.getAttribute("level") !== level || !this.querySelector("svg")) {
      this.setAttribute("level", level);
      this.querySelector("svg")?.remove();
      this.prepend(icon(ICONS[level]));
    }
    let label = this.querySelector("span");
    if (!label) this.append((label = document.createElement("span")));
    if (label.textContent !== text) label.textContent = text;
  }
}

// <count-down until> counts the seconds in which something can still be taken back.
class CountDown extends HTMLElement {
  connectedCallback() {
    this.timer = setInterval(() => this.show(), 250);
    this.show();
  }
  disconnectedCallback() {
    clearInterval(this.timer);
  }
  show() {
    const left = Math.ceil((Date.parse(this.getAttribute("until")) - Date.now()) / 1000);
    const text = String(Math.max(0, left));
    if (!Number.isNaN(left) && this.textContent !== text) this.textContent = text;
  }
}

customElements.define("count-down", CountDown);
customElements.define("relative-time", RelativeTime);
customElements.define("time-left", TimeLeft);
setInterval(() => alive.forEach((moment) => moment.show()), 15_000);
document.addEventListener("visibilitychange", () => document.hidden || alive.forEach((moment) => moment.show()));
