// Plays a record on a screen: speed, pauses skipped, and any place at once by snapshots of the screen taken on the way.
import { SerializeAddon } from "@xterm/addon-serialize";
import { facts } from "./frames.js";

const IDLE = 2000;
const SNAPSHOT_EVERY = 1 << 20;

export class Player {
  constructor(screen, record, told) {
    this.screen = screen;
    this.record = record;
    this.told = told;
    this.serialize = new SerializeAddon();
    screen.terminal.loadAddon(this.serialize);
    this.snapshots = [];
    this.next = 0;
    this.position = 0;
    this.speed = 1;
    this.skips = true;
    this.playing = false;
    this.written = 0;
  }

  toggle() {
    if (this.playing) return this.halt();
    if (this.next >= this.record.frames.length && this.record.whole) this.seek(0);
    this.playing = true;
    this.before = performance.now();
    this.turn = requestAnimationFrame((now) => this.step(now));
    return this.told(this);
  }

  halt() {
    this.playing = false;
    cancelAnimationFrame(this.turn);
    this.told(this);
  }

  step(now) {
    if (!this.playing) return;
    this.position += (now - this.before) * this.speed;
    this.before = now;
    const upcoming = this.record.frames[this.next];
    if (this.skips && upcoming && upcoming.at - this.position > IDLE) this.position = upcoming.at - 200 * this.speed;
    this.show(this.position);
    if (this.next >= this.record.frames.length) {
      this.position = this.record.length;
      if (this.record.whole) return this.halt();
    }
    this.told(this);
    this.turn = requestAnimationFrame((later) => this.step(later));
    return undefined;
  }

  // The screen as it was at that moment (milliseconds), all frames of it shown.
  seek(at) {
    this.goTo(this.count((frame) => frame.at <= at), Math.max(0, Math.min(at, this.record.length)));
  }

  // The screen as it was once this frame was shown.
  seekFrame(seq) {
    const next = Math.min(seq + 1, this.record.frames.length);
    this.goTo(next, this.record.frames[next - 1]?.at ?? 0);
  }

  goTo(next, position) {
    if (next < this.next) this.rewind(next);
    this.showUpTo(next);
    this.position = position;
    this.told(this);
  }

  count(before) {
    let [low, high] = [0, this.record.frames.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (before(this.record.frames[middle])) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  show(position) {
    this.showUpTo(this.count((frame) => frame.at <= position));
  }

  showUpTo(next) {
    for (; this.next < next; this.next += 1) this.apply(this.record.frames[this.next]);
  }

  apply({ kind, payload }) {
    if (kind === "o" || kind === "e") {
      this.screen.write(payload);
      this.written += payload.length;
      if (this.written - (this.snapshots.at(-1)?.written ?? 0) > SNAPSHOT_EVERY) this.keep();
    } else if (kind === "r") this.screen.resize((payload[0] << 8) | payload[1], (payload[2] << 8) | payload[3]);
    else if (kind === "H") this.screen.resize(facts(payload).term?.cols ?? 80, facts(payload).term?.rows ?? 24);
  }

  keep() {
    const mine = { next: this.next + 1, written: this.written };
    this.snapshots.push(mine);
    this.screen.do(() => {
      const { cols, rows } = this.screen.terminal;
      Object.assign(mine, { cols, rows, text: this.serialize.serialize({ scrollback: 200 }) });
    });
  }

  rewind(next) {
    const from = this.snapshots.findLast((one) => one.next <= next && one.text !== undefined);
    this.screen.do(() => this.screen.terminal.reset());
    this.next = from?.next ?? 0;
    this.written = from?.written ?? 0;
    this.snapshots = this.snapshots.filter((one) => one.next <= this.next);
    if (!from) return;
    this.screen.resize(from.cols, from.rows);
    this.screen.write(new TextEncoder().encode(from.text));
  }
}
