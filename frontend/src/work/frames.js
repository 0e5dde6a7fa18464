// Frames of a record and the chain that ties them (docs/evidence.md): read, recomputed and named at the first that does not fit.
const HEAD = 46;
const HASH = 32;
const LARGEST = 1 << 20;
const KINDS = "HioersnvptfdqxgbE";
const utf8 = new TextEncoder();
const plain = new TextDecoder();

export const hex = (bytes) => Array.from(bytes, (one) => one.toString(16).padStart(2, "0")).join("");
export const unhex = (text) => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
export const same = (a, b) => a.length === b.length && a.every((one, at) => one === b[at]);
export const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
export const text = (bytes) => plain.decode(bytes);

export function joined(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export function facts(payload) {
  try {
    const told = JSON.parse(text(payload));
    return told && typeof told === "object" ? told : {};
  } catch {
    return {};
  }
}

// The frame that is not what it should be, and why: "broken", "hash", "place".
export class Tampered extends Error {
  constructor(seq, why) {
    super(`frame ${seq}: ${why}`);
    this.seq = seq;
    this.why = why;
  }
}

const first = async (session, agreement) => sha256(joined(utf8.encode("opora session v1\n"), session, agreement));

// The reading end of one record: takes whole frames as they come and gives them back once their hashes are found right.
export class Chain {
  constructor(session, agreement) {
    this.session = unhex(session);
    this.agreement = unhex(agreement);
    this.frames = 0;
    this.first = 0; // the frame with which it begins
    this.size = 0;
    this.head = null;
    this.mono = -1n;
    this.ends = []; // after each frame: its hash, and the record's size
    this.ended = false;
  }

  // A chain that begins later in the record, on the word of whoever says what stood before it: `joins` finds whether it was true.
  static from(chain, { seq, size, head }) {
    const made = new Chain(hex(chain.session), hex(chain.agreement));
    Object.assign(made, { frames: seq, first: seq, size, head: unhex(head), before: { seq, size, head: unhex(head) } });
    return made;
  }

  // Goes on with what a later chain has found, if it really is the same record; false if it is not.
  joins(later) {
    if (this.frames !== later.before.seq || this.size !== later.before.size || !same(this.head, later.before.head) || this.mono > later.start) return false;
    if (later.start === undefined) return true;
    for (const end of later.ends) this.ends.push(end);
    for (const name of ["frames", "size", "head", "mono", "ended"]) this[name] = later[name];
    return true;
  }

  // After so many frames: the last one's hash, and the record's size; nothing where this chain does not know.
  at(frames) {
    return this.ends[frames - this.first - 1] ?? [new Uint8Array(), -1];
  }

  async take(bytes) {
    const found = this.split(bytes);
    let before = this.head ?? (await first(this.session, this.agreement));
    const digests = [];
    for (const frame of found) {
      digests.push(sha256(joined(before, frame.bytes.subarray(0, frame.bytes.length - HASH))));
      before = frame.hash;
    }
    const made = await Promise.all(digests);
    const good = [];
    for (const [at, frame] of found.entries()) {
      const why = !same(made[at], frame.hash) ? "hash" : this.misplaced(frame) ? "place" : frame.bad;
      if (why) throw Object.assign(new Tampered(this.frames, why), { good });
      this.keep(frame);
      good.push(frame);
    }
    return good;
  }

  keep(frame) {
    this.start ??= frame.mono;
    this.frames += 1;
    this.size += frame.bytes.length;
    this.head = frame.hash;
    this.mono = frame.mono;
    this.ended = frame.kind === "E";
    this.ends.push([frame.hash, this.size]);
  }

  misplaced(frame) {
    return frame.seq !== this.frames || !same(frame.session, this.session) || frame.mono < this.mono || this.ended || (frame.kind === "H") !== (this.frames === 0);
  }

  split(bytes) {
    const found = [];
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let at = 0;
    while (at < bytes.length) {
      const length = bytes.length - at < HEAD ? -1 : view.getUint32(at);
      const kind = length < 0 ? "" : String.fromCharCode(bytes[at + 5]);
      if (length < 74 || length > 74 + LARGEST || bytes[at + 4] !== 1 || at + 4 + length > bytes.length) throw new Tampered(this.frames + found.length, "broken");
      const whole = bytes.subarray(at, at + 4 + length);
      found.push({
        kind,
        bad: KINDS.includes(kind) ? "" : "broken",
        session: whole.subarray(6, 22),
        seq: Number(view.getBigUint64(at + 22)),
        mono: view.getBigUint64(at + 30),
        wall: Number(view.getBigUint64(at + 38) / 1000000n),
        payload: whole.subarray(HEAD, whole.length - HASH),
        hash: whole.subarray(whole.length - HASH),
        bytes: whole,
      });
      at += whole.length;
    }
    return found;
  }
}
