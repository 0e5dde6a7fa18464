// A finished record, fetched piece by piece and checked as it comes: frames with their moments in milliseconds.
import { Chain, Tampered } from "./frames.js";

const PIECE = 1 << 20;

export class Recorded {
  constructor(address, chain = null) {
    this.address = address;
    this.chain = chain;
    this.frames = [];
    this.started = null;
    this.whole = false;
  }

  static of(element) {
    return new Recorded(element.dataset.frames, new Chain(element.dataset.session, element.dataset.agreement ?? ""));
  }

  get length() {
    return this.frames.length ? this.frames.at(-1).at : 0;
  }

  // Fetches all of it; tells `heard(this)` after each piece. Throws Tampered at the first frame that does not follow.
  async load(heard, signal) {
    let rest = new Uint8Array();
    for (let at = 0; !this.whole; ) {
      const answer = await fetch(this.address, { headers: { Range: `bytes=${at}-${at + PIECE - 1}` }, credentials: "same-origin", signal });
      if (!answer.ok) throw new Error(`answered ${answer.status}`);
      const got = new Uint8Array(await answer.arrayBuffer());
      const total = Number(answer.headers.get("Content-Range")?.split("/")[1] ?? got.length);
      at += got.length;
      this.whole = answer.status === 200 || at >= total || !got.length;
      const bytes = rest.length ? concatenated(rest, got) : got;
      const cut = this.whole ? bytes.length : wholeUpTo(bytes);
      await this.take(bytes.subarray(0, cut));
      rest = bytes.slice(cut);
      heard(this);
    }
    if (!this.chain.ended) throw new Tampered(this.chain.frames, "broken");
  }

  async take(bytes) {
    let good = [];
    try {
      good = await this.chain.take(bytes);
    } catch (trouble) {
      this.keep(trouble.good ?? []);
      throw trouble;
    }
    this.keep(good);
  }

  keep(good) {
    for (const frame of good) {
      this.started ??= frame.mono;
      this.frames.push({ kind: frame.kind, seq: frame.seq, at: Number((frame.mono - this.started) / 1000000n), payload: frame.payload });
    }
  }
}

function concatenated(one, other) {
  const whole = new Uint8Array(one.length + other.length);
  whole.set(one);
  whole.set(other, one.length);
  return whole;
}

function wholeUpTo(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  while (at + 4 <= bytes.length && at + 4 + view.getUint32(at) <= bytes.length) at += 4 + view.getUint32(at);
  return at;
}
