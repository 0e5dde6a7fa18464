// <opora-replay>: a finished record, played, searched and checked.
//   data-frames   address of session.frames (byte ranges); data-index  address of its index (opora/evidence/commands.py)
//   data-session, data-agreement   hex
// Space plays and halts, arrows move five seconds, Shift with arrows moves by commands, N and P by hits, Home and End.
import { icon, make, typing } from "../page.js";
import { describe, line } from "./events.js";
import { Player } from "./player.js";
import { Recorded } from "./record.js";
import { Screen } from "./screen.js";
import { span } from "./spans.js";
import { word } from "./words.js";

const SPEEDS = [0.5, 1, 2, 4, 8, 16];
const MOST_SHOWN = 500;
const TRUST = { exact: "good", inferred: "soon", unmarked: "late" };

class Replay extends HTMLElement {
  connectedCallback() {
    if (this.player) return;
    this.hits = [];
    this.hit = -1;
    this.build();
    this.leaving = new AbortController();
    this.load();
  }

  disconnectedCallback() {
    this.leaving?.abort();
    this.player?.halt();
  }

  build() {
    const button = (name, sign, act) => {
      const made = make("button", { type: "button", class: "button small icon-only", "aria-label": word(name), title: word(name) }, icon(sign));
      made.addEventListener("click", act);
      return made;
    };
    this.place = make("div", { class: "work-screen", role: "region", "aria-label": word("terminalShown"), tabindex: "0" });
    this.playButton = button("play", "player-play", () => this.player.toggle());
    this.slider = make("input", { type: "range", class: "work-slider", min: "0", max: "0", value: "0", step: "100", "aria-label": word("position") });
    this.slider.addEventListener("input", () => this.player.seek(Number(this.slider.value)));
    this.marks = make("div", { class: "work-marks", "aria-hidden": "true" });
    this.time = make("span", { class: "work-time" });
    this.speed = make("select", { class: "input small", "aria-label": word("speed") }, ...SPEEDS.map((one) => make("option", { value: one, selected: one === 1 }, `${one}×`)));
    this.speed.addEventListener("change", () => (this.player.speed = Number(this.speed.value)));
    this.skip = make("input", { type: "checkbox", checked: true });
    this.skip.addEventListener("change", () => (this.player.skips = this.skip.checked));
    this.proof = make("p", { class: "quiet work-proof", role: "status" }, word("loading"));
    this.lists = make("div", { class: "work-lists", tabindex: "0", role: "group", "aria-label": word("happened") });
    this.cover = this.buildCover();
    this.replaceChildren(
      make("div", { class: "work-stage" },
        make("div", { class: "work-covered" }, this.place, this.cover),
        make("div", { class: "work-bar" }, this.playButton, button("back", "chevron-left", () => this.move(-5000)), button("forth", "chevron-right", () => this.move(5000)),
          make("div", { class: "work-track grow" }, this.slider, this.marks), this.time, this.speed, make("label", { class: "work-skip" }, this.skip, word("skipIdle"))),
        make("div", { class: "work-bar work-foot" }, this.proof, make("p", { class: "quiet work-keys" }, word("keysOfReplay")))),
      make("div", { class: "work-side" }, this.buildSearch(button), this.lists),
    );
    this.screen = new Screen(this.place);
    new ResizeObserver(() => this.screen.fit()).observe(this.place);
    this.addEventListener("keydown", (event) => this.press(event));
  }

  // Over the empty screen of the beginning, for the mouse alone: the keyboard and those who hear the page have the same button below.
  buildCover() {
    const cover = make("button", { type: "button", class: "work-cover", tabindex: "-1", "aria-hidden": "true", hidden: true }, icon("player-play"), make("span", {}));
    cover.addEventListener("click", () => {
      this.place.focus();
      this.player.toggle();
    });
    return cover;
  }

  buildSearch(button) {
    this.field = make("input", { type: "search", class: "input grow", "aria-label": word("searchRecord"), placeholder: word("searchRecord"), "data-search": "" });
    this.field.addEventListener("input", () => this.search());
    this.field.addEventListener("keydown", (event) => event.key === "Enter" && this.goToHit(event.shiftKey ? -1 : 1));
    this.found = make("span", { class: "quiet work-found", role: "status" });
    return make("div", { class: "work-bar", role: "search", "aria-label": word("searchRecord") }, this.field, button("previousHit", "chevron-up", () => this.goToHit(-1)), button("nextHit", "chevron-down", () => this.goToHit(1)), this.found);
  }

  async load() {
    this.record = Recorded.of(this);
    this.player = new Player(this.screen, this.record, () => this.tell());
    try {
      const answer = await fetch(this.dataset.index, { credentials: "same-origin", signal: this.leaving.signal });
      if (!answer.ok) throw new Error(`answered ${answer.status}`);
      this.index = await answer.json();
      this.list();
      await this.record.load(() => this.heard(), this.leaving.signal);
      this.proof.textContent = `${word("checked")} ${this.record.chain.frames - 1}`;
      this.dataset.loaded = "yes";
    } catch (trouble) {
      if (trouble.name === "AbortError") return;
      this.proof.textContent = trouble.why ? `${word("tampered")} ${trouble.seq}: ${word(`why_${trouble.why}`)}. ${word("tamperedHelp")}` : word("loadFailed");
      this.proof.className = "notice late work-proof";
      this.dataset.loaded = "broken";
    }
  }

  heard() {
    this.slider.max = String(Math.max(this.index.length, this.record.length));
    if (!this.player.next) this.player.seek(0);
    this.tell();
  }

  tell() {
    const { playing, position } = this.player;
    const name = word(playing ? "halt" : "play");
    if (this.playButton.title !== name) {
      this.playButton.title = name;
      this.playButton.setAttribute("aria-label", name);
      this.playButton.replaceChildren(icon(playing ? "player-pause" : "player-play"));
    }
    this.slider.value = String(Math.round(position));
    const shown = `${span(position)} / ${span(this.index?.length ?? 0)}`;
    this.slider.setAttribute("aria-valuetext", shown);
    if (this.time.textContent !== shown) this.time.textContent = shown;
    this.cover.hidden = playing || position > 0 || !this.record.length;
    this.cover.lastChild.textContent = span(this.index?.length ?? 0);
    this.dataset.frame = String(this.player.next - 1);
    this.pointOut();
  }

  // The command that is running now stands out in the list.
  pointOut() {
    const here = this.rows?.findLast((row) => row.from <= this.player.next);
    if (here === this.here) return;
    this.here?.button.removeAttribute("aria-current");
    this.here = here;
    here?.button.setAttribute("aria-current", "true");
  }

  list() {
    const { commands, files, events } = this.index;
    this.rows = commands.slice(0, MOST_SHOWN).map((one) => ({ from: one.from, button: this.commandButton(one) }));
    const moved = files.map((one) => line("f", span(one.at), describe("f", one)));
    const rest = events.filter((one) => one.kind !== "i").slice(0, MOST_SHOWN).map((one) => line(one.kind, span(one.at), describe(one.kind, one)));
    const part = (title, rows, empty) => [make("section", {}, make("h2", { class: "work-title" }, title), rows.length ? make("ol", { class: "work-events" }, ...rows) : make("p", { class: "quiet" }, empty))];
    this.lists.replaceChildren(
      ...part(word("commands"), this.rows.map((row) => make("li", {}, row.button)), word("noCommands")),
      ...(moved.length ? part(word("files"), moved, "") : []),
      ...(rest.length ? part(word("happened"), rest, "") : []),
    );
  }

  commandButton(one) {
    const badges = [make("span", { class: `badge ${TRUST[one.trust]}`, title: word(`trusts_${one.trust}`) }, word(`trust_${one.trust}`))];
    if (one.took >= 1000) badges.push(make("span", { class: "quiet" }, `${word("took")} ${span(one.took)}`));
    if (one.status !== null) badges.push(make("span", { class: `badge ${one.status ? "late" : "outline"}` }, `${word("status")} ${one.status}`));
    const made = make("button", { type: "button", class: "work-command" }, make("time", {}, span(one.at)), make("code", {}, one.text), ...badges);
    made.addEventListener("click", () => this.player.seekFrame(one.from));
    return made;
  }

  search() {
    const wanted = this.field.value.trim().toLowerCase();
    const rows = [...this.index.commands.map((one) => [one.from, one.text, one.at]), ...this.index.lines.map((one) => [one.seq, one.text, one.at])];
    const found = wanted ? rows.filter(([, text]) => text.toLowerCase().includes(wanted)) : [];
    this.hits = [...new Map(found.sort((a, b) => a[0] - b[0]).map((row) => [row[0], row])).values()].slice(0, MOST_SHOWN);
    this.hit = -1;
    this.found.textContent = !wanted ? "" : this.hits.length ? `${this.hits.length}` : word("noHits");
    this.marks.replaceChildren(...this.hits.map(([, , at]) => {
      const mark = make("span", { class: "work-mark" });
      mark.style.left = `${(100 * at) / Math.max(1, this.index.length)}%`;
      return mark;
    }));
  }

  goToHit(step) {
    if (!this.hits.length) return;
    this.hit = (this.hit + step + this.hits.length) % this.hits.length;
    this.found.textContent = `${word("hit")} ${this.hit + 1} ${word("of")} ${this.hits.length}`;
    [...this.marks.children].forEach((mark, at) => mark.classList.toggle("here", at === this.hit));
    this.player.seekFrame(this.hits[this.hit][0]);
  }

  goToCommand(step) {
    const rows = this.rows ?? [];
    const at = rows.indexOf(this.here);
    const next = rows[Math.min(Math.max(at + step, 0), rows.length - 1)];
    if (next) this.player.seekFrame(next.from);
  }

  move(milliseconds) {
    this.player.seek(this.player.position + milliseconds);
  }

  press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || (typing(event.target) && event.target !== this.slider)) return;
    const onButton = event.target.closest("button, select, summary") && event.key === " ";
    const act = onButton ? null : this.act(event);
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  act({ key, shiftKey }) {
    return {
      " ": () => this.player.toggle(),
      ArrowLeft: () => (shiftKey ? this.goToCommand(-1) : this.move(-5000)),
      ArrowRight: () => (shiftKey ? this.goToCommand(1) : this.move(5000)),
      Home: () => this.player.seek(0),
      End: () => this.player.seek(this.record.length),
      n: () => this.goToHit(1),
      p: () => this.goToHit(-1),
      PageUp: () => this.screen.terminal.scrollPages(-1),
      PageDown: () => this.screen.terminal.scrollPages(1),
    }[key];
  }
}

customElements.define("opora-replay", Replay);
