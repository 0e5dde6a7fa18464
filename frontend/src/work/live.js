// <opora-live-terminal>: watches work as it is done, checks every frame before showing it, keeps the newest signed head.
//   data-session, data-agreement   hex; without a session it waits for the agreed time and counts down
//   data-key                       the provider's verifier key; data-opens, data-closes  the window, ISO
//   data-may-steer                 shows pause, go on and stop; data-may-ask shows the question
// Never sends what was typed, and acts on nothing that the host writes.
import { icon, make } from "../page.js";
import { span } from "./spans.js";
import { Chain, facts, Tampered, text } from "./frames.js";
import { happening, line } from "./events.js";
import { fits, openHead, readKey } from "./notes.js";
import { Screen } from "./screen.js";
import { word } from "./words.js";

const utf8 = new TextEncoder();
const BEAT = 5000;
const MOST_HELD = 8 << 20;
const MOST_QUEUED = 64 << 20;
const PAST = "P".charCodeAt(0);
const MOST_LINES = 400;
const SILENT = "oeHris";
const FINAL = { 4403: "noRight", 4404: "notHere" };
const TONES = { live: "good", paused: "soon", waiting: "blue", connecting: "outline", ended: "outline", lost: "soon", noGateway: "soon", noRight: "late", notHere: "late", refused: "late", tampered: "late" };

class LiveTerminal extends HTMLElement {
  static observedAttributes = ["data-session"];

  connectedCallback() {
    if (!this.screen) this.build();
    this.clock = setInterval(() => this.tick(), 1000);
    this.seen = () => this.over || this.say("B", { visible: !document.hidden });
    this.beat = setInterval(this.seen, BEAT);
    document.addEventListener("visibilitychange", this.seen);
    this.sized = new ResizeObserver(() => this.screen.fit());
    this.sized.observe(this.place);
    this.begin();
  }

  disconnectedCallback() {
    for (const timer of [this.clock, this.beat, this.retry]) clearTimeout(timer);
    document.removeEventListener("visibilitychange", this.seen);
    this.sized.disconnect();
    this.over = true;
    this.socket?.close();
  }

  attributeChangedCallback() {
    if (this.screen && this.dataset.session && !this.chain) this.begin();
  }

  build() {
    const button = (name, sign, act, tone = "") => {
      const made = make("button", { type: "button", class: `button small ${tone}` }, icon(sign), make("span", {}, word(name)));
      made.addEventListener("click", act);
      return made;
    };
    this.state = make("span", { class: "badge", role: "status" });
    this.who = make("span", { class: "work-who cut" });
    this.left = make("span", { class: "quiet work-left" });
    this.pauseButton = button("pause", "player-pause", () => this.say("D", { do: this.paused ? "resume" : "pause", why: "" }));
    this.stopButton = button("stop", "circle-x", () => this.sure.showModal(), "danger");
    this.textButton = button("asText", "file-text", () => this.readAsText());
    this.textButton.setAttribute("aria-pressed", "false");
    this.glass = make("div", { class: "work-glass" });
    this.place = make("div", { class: "work-screen", role: "region", "aria-label": word("terminalShown"), tabindex: "0" }, this.glass);
    this.place.addEventListener("keydown", (event) => this.scrollBy(event));
    this.log = make("div", { class: "work-log", role: "log", "aria-label": word("log"), tabindex: "0", hidden: true });
    this.help = make("p", { class: "notice work-help", hidden: true });
    this.proof = make("p", { class: "work-proof quiet", "data-proof": "" });
    this.receiptButton = button("receipt", "certificate", () => this.saveReceipt());
    this.receiptButton.title = word("receiptHelp");
    this.receiptButton.disabled = true;
    this.events = make("ol", { class: "work-events", "aria-label": word("happened"), tabindex: "0" });
    this.form = this.parentElement?.querySelector("form.steer");
    this.form?.addEventListener("submit", (event) => this.steer(event));
    const steering = this.dataset.maySteer === undefined || this.form ? [] : [this.pauseButton, this.stopButton];
    this.sure = this.buildSure(button);
    this.replaceChildren(
      make("div", { class: "work-stage" },
        make("div", { class: "work-bar" }, this.state, this.who, this.left, make("span", { class: "grow" }), this.textButton, ...steering),
        this.help, this.place, this.log,
        make("div", { class: "work-bar work-foot" }, this.proof, make("span", { class: "grow" }), this.receiptButton)),
      make("div", { class: "work-side" },
        ...(this.dataset.mayAsk === undefined ? [] : [this.buildQuestion()]), make("section", {}, make("h2", { class: "work-title" }, word("happened")), this.events)),
      this.sure,
    );
    this.screen = new Screen(this.glass);
  }

  // The page's own buttons work without this module. With it they go by the open line, and the page stays as it is.
  steer(event) {
    if (!this.say("D", { do: event.submitter.value, why: "" })) return;
    event.preventDefault();
    event.stopPropagation();
  }

  // What the page's own second button does next.
  offer(paused) {
    const next = this.form?.querySelector("[value=pause], [value=resume]");
    if (!next) return;
    next.value = paused ? "resume" : "pause";
    next.replaceChildren(icon(paused ? "player-play" : "player-pause"), word(next.value));
  }

  buildSure(button) {
    const sheet = make("dialog", { class: "sheet", "aria-label": word("stop") });
    const yes = button("stopYes", "circle-x", () => {
      this.say("D", { do: "stop", why: "" });
      sheet.close();
    }, "danger");
    sheet.append(make("div", { class: "sheet-body" }, make("p", {}, word("stopSure"))), make("div", { class: "sheet-foot" }, button("cancel", "x", () => sheet.close()), yes));
    return sheet;
  }

  buildQuestion() {
    const field = make("input", { class: "input", type: "text", maxlength: "500", "aria-label": word("ask"), placeholder: word("ask"), autocomplete: "off" });
    const told = make("span", { class: "quiet", role: "status" });
    const form = make("form", { class: "work-bar work-ask", "data-again": "" }, field, make("button", { class: "button small" }, icon("send"), word("askSend")), told);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      event.stopPropagation();
      if (!field.value.trim() || !this.say("Q", { text: field.value.trim() })) return;
      field.value = "";
      told.textContent = word("asked");
    });
    return form;
  }

  async begin() {
    if (!this.dataset.session) return this.show("waiting", word("notYet"));
    if (!crypto.subtle) return this.show("refused", word("insecure"));
    this.chain = new Chain(this.dataset.session, this.dataset.agreement ?? "");
    this.key = await readKey(this.dataset.key ?? "");
    this.notes = [];
    this.taking = Promise.resolve();
    this.checking = Promise.resolve();
    this.queued = 0;
    this.tries = 0;
    this.prove();
    this.connect();
  }

  connect() {
    if (this.over) return;
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const past = this.late ? `&past=${this.chain.frames}&until=${this.late.chain.first}` : "&late=1";
    this.socket = new WebSocket(`${scheme}//${location.host}/live/work/${this.dataset.session}?from=${this.shown.frames}${past}`);
    this.socket.binaryType = "arraybuffer";
    const mine = this.socket;
    if (!this.tries) this.show("connecting");
    mine.onopen = () => this.seen();
    mine.onmessage = ({ data }) => {
      const message = new Uint8Array(data);
      if (message[0] === PAST) return this.queue(message.subarray(1), mine); // also when the work has ended meanwhile
      if (this.over) return;
      this.taking = this.taking.then(() => mine === this.socket && !this.over && this.take(message)).catch((trouble) => this.broken(trouble));
      if (this.screen.held > MOST_HELD) mine.close(); // more than this page can show: come again from where it is
    };
    mine.onclose = ({ code }) => (this.taking = this.taking.then(() => mine === this.socket && this.gone(code)));
  }

  // What came before waits its turn beside what is new.
  queue(bytes, from) {
    this.queued += bytes.length;
    if (this.queued > MOST_QUEUED) from.close();
    this.checking = this.checking.then(async () => {
      if (this.late && this.dataset.state !== "tampered") await this.takePast(bytes);
      this.queued -= bytes.length;
    }).catch((trouble) => this.broken(trouble));
  }

  async take(message) {
    const payload = message.subarray(1);
    const letter = String.fromCharCode(message[0]);
    if (letter === "F") await this.takeFrames(payload);
    else if (letter === "K") this.enter(facts(payload));
    else if (letter === "H") await this.takeHead(text(payload));
    else if (letter === "S") this.takeState(facts(payload));
    else if (letter === "N") this.refused(facts(payload));
    else if (letter === "X" && facts(payload).reason !== "slow") this.finish("ended", "");
  }

  // The chain of what is shown now: the whole record's, or that of its end while what came before is still being checked.
  get shown() {
    return this.late?.chain ?? this.chain;
  }

  async takeFrames(bytes) {
    try {
      for (const frame of await this.shown.take(bytes)) this.apply(frame);
    } catch (trouble) {
      for (const frame of trouble.good ?? []) this.apply(frame);
      throw trouble;
    }
    this.tries = 0;
    if (["connecting", "lost", "noGateway"].includes(this.dataset.state)) this.winding ? this.show("ended") : this.setPaused(Boolean(this.paused));
    this.prove();
  }

  // Come in late: painted from the place the gateway names, and at once. Meanwhile the whole record comes, is checked, and
  // shown behind on a screen of its own; when that has caught up it takes the first one's place.
  enter(told) {
    const holder = make("div", { class: "work-glass behind", "aria-hidden": "true" });
    this.place.append(holder);
    this.late = { chain: Chain.from(this.chain, told), screen: new Screen(holder), holder, skip: told.skip, since: [] };
    this.screen.resize(told.cols, told.rows);
    this.screen.write(Uint8Array.from(told.paint, (letter) => letter.charCodeAt(0)));
  }

  async takePast(bytes) {
    const { late } = this;
    for (const frame of await this.chain.take(bytes)) {
      paint(late.screen, frame);
      this.note(frame, (one) => this.events.append(one));
    }
    this.prove();
    if (this.chain.frames >= late.chain.first) this.taking = this.taking.then(() => this.join()).catch((trouble) => this.broken(trouble));
    else if (late.screen.held > MOST_HELD / 4) await late.screen.taken();
  }

  // All that came before is checked: it must end where the shown part began.
  join() {
    const { late } = this;
    if (!late) return;
    if (!this.chain.joins(late.chain)) throw new Tampered(this.chain.frames - 1, "place");
    this.late = null;
    for (const frame of late.since) paint(late.screen, frame);
    this.behind = late.screen;
    late.screen.do(() => this.change(late));
    this.prove();
  }

  change({ screen, holder }) {
    const [oldScreen, oldGlass] = [this.screen, this.glass];
    holder.className = "work-glass";
    holder.removeAttribute("aria-hidden");
    [this.screen, this.glass, this.behind] = [screen, holder, null];
    if (!this.log.hidden) screen.speak((told) => this.tellLine(told));
    oldScreen.close();
    oldGlass.remove();
    screen.fit();
    this.dataset.whole = "";
  }

  apply(frame) {
    if (this.late) this.late.since.push(frame);
    if (this.behind) paint(this.behind, frame);
    const skip = this.late?.skip ?? 0;
    if (skip && "oe".includes(frame.kind)) this.late.skip = 0;
    paint(this.screen, skip ? { ...frame, payload: frame.payload.subarray(skip) } : frame);
    this.note(frame, (one) => this.events.prepend(one));
    if (frame.kind === "p") this.setPaused(facts(frame.payload).paused !== false);
    if (frame.kind === "E") this.wind();
  }

  note(frame, put) {
    if (!SILENT.includes(frame.kind) && facts(frame.payload).moment !== "shell") put(line(frame.kind, new Date(frame.wall), happening(frame)));
  }

  async takeHead(note) {
    if (!this.key) return;
    const head = await openHead(note, this.key);
    if (!head) throw new Tampered(this.shown.frames, "head");
    const found = fits(head, this.shown);
    if (found === "bad") throw new Tampered(head.frames - 1, "head");
    if (found === "later") return;
    this.newest = { note, frames: head.frames };
    this.receiptButton.disabled = false;
    try {
      localStorage.setItem(`opora-receipt-${this.dataset.session}`, note);
    } catch { /* a browser that keeps nothing still lets the receipt be saved as a file */ }
    this.prove();
  }

  takeState(told) {
    const staff = told.staff?.name ?? told.staff ?? "";
    this.who.textContent = staff && told.host ? `${staff} ${word("works")} ${told.host}` : "";
    if (told.until) this.dataset.closes = new Date(Number(told.until) / 1e6).toISOString();
    if (told.state === "ended") return this.wind();
    if (told.state === "paused" || told.state === "active") return this.setPaused(told.state === "paused");
    return this.show("connecting");
  }

  // A session that is no longer at the gateway has ended: its record is sealed, or about to be.
  refused(told) {
    if (told.code === "session") this.finish("ended", "");
    else this.finish("refused", told.reason ?? "");
  }

  setPaused(paused) {
    this.paused = paused;
    this.pauseButton.querySelector("span").textContent = word(paused ? "resume" : "pause");
    this.pauseButton.querySelector("use").setAttribute("href", icon(paused ? "player-play" : "player-pause").firstChild.getAttribute("href"));
    this.offer(paused);
    if (!this.over && !this.winding) this.show(paused ? "paused" : "live");
  }

  // Nobody works any more. What is still told is the end of the record: who ended it, what was left behind, the last signed head.
  wind() {
    this.winding = true;
    if (!this.over) this.show("ended");
    this.shut();
  }

  shut() {
    for (const one of [this.pauseButton, this.stopButton, ...(this.form?.elements ?? [])]) one.disabled = true;
  }

  finish(state, reason) {
    this.over = true;
    if (this.dataset.state !== "tampered") this.show(state, reason);
    if (this.dataset.state === "ended") return this.shut();
    for (const one of [this.pauseButton, this.stopButton]) one.disabled = true;
    return undefined;
  }

  broken(trouble) {
    const seq = trouble.seq ?? this.shown.frames;
    this.finish("tampered", `${word("tampered")} ${seq}: ${word(`why_${trouble.why ?? "broken"}`)}. ${word("tamperedHelp")}`);
    this.prove();
    this.stopButton.disabled = false; // now more than ever
  }

  gone(code) {
    if (this.over) return;
    if (FINAL[code]) return this.finish(FINAL[code], word(`${FINAL[code]}Help`));
    this.tries += 1;
    this.show(code === 4502 ? "noGateway" : "lost", word("lostHelp"));
    const busy = () => this.screen.held > MOST_HELD / 8 || this.queued;
    const wait = () => (busy() ? (this.retry = setTimeout(wait, 200)) : this.connect());
    this.retry = setTimeout(wait, Math.min(500 * 2 ** this.tries, 15000) * (0.7 + Math.random() * 0.6));
  }

  show(state, help = "") {
    this.dataset.state = state;
    this.state.className = `badge ${TONES[state]}`;
    const short = word(state === "tampered" ? "recordBroken" : state);
    if (this.state.textContent !== short) this.state.textContent = short;
    this.help.textContent = help;
    this.help.hidden = !help;
    this.help.className = `notice work-help ${TONES[state] === "late" ? "late" : "soon"}`;
    this.tick();
  }

  prove() {
    const signed = this.newest ? `${word("signedTo")} ${this.newest.frames - 1}` : word("unsigned");
    const keyless = this.key ? signed : word("badKey");
    const behind = this.late ? ` · ${word("checking")} ${Math.floor((100 * this.chain.frames) / this.late.chain.first)} %` : "";
    const from = this.late ? `${word("intactFrom")} ${this.late.chain.first} ${word("upTo")}` : word("intact");
    this.proof.textContent = this.shown.frames ? `${from} ${this.shown.frames - 1} · ${keyless}${behind}` : "";
    this.proof.dataset.proof = this.late ? "" : String(this.chain.frames - 1);
  }

  tick() {
    const [which, at] = this.dataset.session ? ["closesIn", Date.parse(this.dataset.closes)] : ["opensIn", Date.parse(this.dataset.opens)];
    const left = at - Date.now();
    this.left.textContent = Number.isNaN(left) || left < 0 || this.over || this.winding ? "" : `${word(which)} ${span(left)}`;
  }

  say(letter, told) {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(utf8.encode(letter + JSON.stringify(told)));
    return true;
  }

  readAsText() {
    const on = this.log.hidden;
    this.log.hidden = !on;
    this.textButton.setAttribute("aria-pressed", String(on));
    this.screen.speak(on ? (told) => this.tellLine(told) : null);
  }

  // A flood is told once a frame: to lay the page out for every line of it would cost more than the flood.
  tellLine(told) {
    if (!this.told?.length) requestAnimationFrame(() => this.tellAll());
    (this.told ??= []).push(told);
    if (this.told.length > MOST_LINES) this.told.shift();
  }

  tellAll() {
    this.log.append(...this.told.map((told) => make("p", {}, told)));
    this.told = [];
    while (this.log.childElementCount > MOST_LINES) this.log.firstElementChild.remove();
    this.log.scrollTop = this.log.scrollHeight;
  }

  scrollBy({ key }) {
    const pages = { PageUp: -1, PageDown: 1 }[key];
    if (pages) this.screen.terminal.scrollPages(pages);
  }

  saveReceipt() {
    const address = URL.createObjectURL(new Blob([this.newest.note], { type: "text/plain" }));
    const link = make("a", { href: address, download: `${this.dataset.session}.receipt.txt` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
  }
}

// What of a frame is seen on a screen.
function paint(screen, { kind, payload }) {
  if (kind === "o" || kind === "e") screen.write(payload);
  else if (kind === "r") screen.resize((payload[0] << 8) | payload[1], (payload[2] << 8) | payload[3]);
  else if (kind === "H") screen.resize(facts(payload).term?.cols ?? 80, facts(payload).term?.rows ?? 24);
}

customElements.define("opora-live-terminal", LiveTerminal);
