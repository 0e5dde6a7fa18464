// Signed heads (docs/evidence.md, "Signed heads"): the note is opened with the provider's key and compared with our own chain.
import { hex, joined, same, sha256 } from "./frames.js";
import { signed } from "./ed25519.js";

const utf8 = new TextEncoder();
const TITLE = "opora session head v1";

function unbase64(line) {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(line) || line.length % 4) return null;
  return Uint8Array.from(atob(line), (letter) => letter.charCodeAt(0));
}

// The verifier key of one line, `name+id+key`; null when it is misspelt.
export async function readKey(line) {
  const [name, shown, ...rest] = line.trim().split("+");
  const raw = unbase64(rest.join("+"));
  if (!raw || raw.length !== 33 || raw[0] !== 1) return null;
  const id = (await sha256(joined(utf8.encode(`${name}\n`), raw))).slice(0, 4);
  return hex(id) === shown ? { name, id, raw: raw.slice(1) } : null;
}

// What the note tells of the record, if this key signed it: { session, frames, size, head }; null otherwise.
export async function openHead(note, key) {
  const cut = note.lastIndexOf("\n\n");
  if (cut < 0) return null;
  const told = `${note.slice(0, cut)}\n`;
  for (const line of note.slice(cut + 2).split("\n")) {
    if (!line.startsWith(`\u2014 ${key.name} `)) continue;
    const signature = unbase64(line.slice(key.name.length + 3));
    if (!signature || !same(signature.slice(0, 4), key.id)) continue;
    if (await signed(key.raw, utf8.encode(told), signature.slice(4))) return parts(told);
  }
  return null;
}

function parts(told) {
  const [title, session, frames, size, head, rest] = told.split("\n");
  if (title !== TITLE || rest !== "" || !/^\d{1,15}$/.test(frames) || !/^\d{1,15}$/.test(size)) return null;
  return { session, frames: Number(frames), size: Number(size), head: unbase64(head) };
}

// Whether a head tells of this very chain: "good", "later" when it tells of frames we have not seen (or not yet), or "bad".
export function fits(head, chain) {
  if (!head.head || head.session !== hex(chain.session)) return "bad";
  if (head.frames > chain.frames || head.frames <= chain.first) return "later";
  const [hash, size] = chain.at(head.frames);
  return same(hash, head.head) && size === head.size ? "good" : "bad";
}
