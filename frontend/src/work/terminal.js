// <opora-terminal data-ticket="T-1042" data-host="web1">: an engineer's terminal in the browser, on the same path as ssh.
// Shift+Escape leaves it by keyboard. What the host asks of a browser (clipboard, titles, links) is not done.
import { FitAddon } from "@xterm/addon-fit";
import { icon, make } from "../page.js";
import { facts, hex } from "./frames.js";
import { Screen } from "./screen.js";
import { span } from "./spans.js";
import { word } from "./words.js";

const utf8 = new TextEncoder();
const KEPT_FOR = 60_000; // the gateway keeps the session so long for an engineer whose connection was lost
const MOST_AT_ONCE = 16 << 10;
const FINAL = { 4403: "noRight", 4404: "notHere" };
const TONES = { live: "good", paused: "soon", connecting: "outline", terminalEnded: "outline", lost: "soon", noGateway: "soon", noRight: "late", notHere: "late", refused: "late" };

class BrowserTerminal extends HTMLElement {
  connectedCallback() {
    if (!this.screen) this.build();
    // By this name the gateway knows us again, even before it has noticed that the line before this one is dead.
    this.name ??= hex(crypto.getRandomValues(new Uint8Array(16)));
    this.over = false;
    this.sized = new ResizeObserver(() => this.fit());
    this.sized.observe(this.place);
    this.clock = setInterval(() => this.tick(), 1000);
    this.connect();
  }

  disconnectedCallback() {
    this.over = true;
    clearInterval(this.clock);
    clearTimeout(this.retry);
    this.sized.disconnect();
    this.socket?.close();
  }

  build() {
    this.state = make("span", { class: "badge", role: "status" });
    this.left = make("span", { class: "quiet work-left" });
    this.again = make("button", { type: "button", class: "button small", hidden: true }, icon("refresh"), word("again"));
    this.again.addEventListener("click", () => {
      this.over = false;
      this.lostAt = null;
      this.again.hidden = true;
      this.screen.terminal.reset();
      this.connect();
    });
    this.help = make("p", { class: "notice soon work-help", hidden: true });
    this.place = make("div", { class: "work-screen types" });
    this.replaceChildren(
      make("div", { class: "work-bar" }, this.state, make("span", { class: "cut" }, this.dataset.host), this.left, make("span", { class: "grow" }), make("span", { class: "quiet" }, word("leaveHint")), this.again),
      this.help, this.place,
    );
    this.screen = new Screen(this.place, { typing: true });
    this.fitting = new FitAddon();
    this.screen.terminal.loadAddon(this.fitting);
    this.fitting.fit();
    this.screen.terminal.attachCustomKeyEventHandler((event) => this.mayHandle(event));
    this.screen.terminal.onData((typed) => this.type(utf8.encode(typed)));
    this.screen.terminal.onBinary((typed) => this.type(Uint8Array.from(typed, (letter) => letter.charCodeAt(0))));
    this.screen.terminal.onResize(({ cols, rows }) => this.send("Z", utf8.encode(JSON.stringify({ cols, rows }))));
  }

  mayHandle(event) {
    if (event.key !== "Escape" || !event.shiftKey) return true;
    if (event.type === "keydown") {
      this.screen.terminal.blur();
      this.state.tabIndex = -1;
      this.state.focus();
    }
    return false;
  }

  connect() {
    const { cols, rows } = this.screen.terminal;
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const road = [this.dataset.ticket, this.dataset.host].map(encodeURIComponent).join("/");
    const mine = (this.socket = new WebSocket(`${scheme}//${location.host}/live/terminal/${road}?cols=${cols}&rows=${rows}&page=${this.name}`));
    mine.binaryType = "arraybuffer";
    this.shown = false;
    this.show("connecting");
    mine.onmessage = ({ data }) => mine === this.socket && this.take(new Uint8Array(data));
    mine.onclose = ({ code }) => mine === this.socket && this.gone(code);
  }

  take(message) {
    const payload = message.subarray(1);
    const letter = String.fromCharCode(message[0]);
    if (letter === "O") {
      this.tries = 0;
      this.lostAt = null;
      if (!this.shown) this.screen.terminal.focus();
      this.shown = true;
      if (this.dataset.state === "connecting") this.show("live");
      this.screen.write(payload);
    } else if (letter === "S") this.takeState(facts(payload));
    else if (letter === "N") this.finish("refused", facts(payload).reason ?? "");
    else if (letter === "X") this.finish("terminalEnded", facts(payload).reason ?? "");
  }

  takeState(told) {
    if (told.until) this.closes = Number(told.until) / 1e6;
    if (told.state === "paused") this.show("paused");
    else if (told.state === "active") this.show("live");
  }

  finish(state, reason) {
    this.over = true;
    this.show(state, reason);
    this.again.hidden = false;
  }

  gone(code) {
    if (this.over) return;
    if (FINAL[code]) return this.finish(FINAL[code], word(`${FINAL[code]}Help`));
    this.tries = (this.tries ?? 0) + 1;
    this.show(code === 4502 ? "noGateway" : "lost");
    this.lostAt ??= Date.now();
    if (Date.now() - this.lostAt > KEPT_FOR) return this.finish("lost", "");
    this.retry = setTimeout(() => this.connect(), Math.min(250 * 2 ** this.tries, 5000));
  }

  show(state, help = "") {
    this.dataset.state = state;
    this.state.className = `badge ${TONES[state]}`;
    if (this.state.textContent !== word(state)) this.state.textContent = word(state);
    this.help.textContent = help;
    this.help.hidden = !help;
  }

  tick() {
    this.left.textContent = this.closes && !this.over ? `${word("closesIn")} ${span(this.closes - Date.now())}` : "";
  }

  fit() {
    if (this.place.clientWidth) this.fitting.fit();
  }

  type(bytes) {
    for (let at = 0; at < bytes.length; at += MOST_AT_ONCE) this.send("I", bytes.subarray(at, at + MOST_AT_ONCE));
  }

  send(letter, payload) {
    if (this.socket?.readyState !== WebSocket.OPEN) return;
    const message = new Uint8Array(payload.length + 1);
    message[0] = letter.charCodeAt(0);
    message.set(payload, 1);
    this.socket.send(message);
  }
}

customElements.define("opora-terminal", BrowserTerminal);
