// Ed25519 (RFC 8032): the browser's own where it has it, else by whole numbers, slow and plain.
import { joined } from "./frames.js";

let known; // whether the browser has it: asked once

export async function signed(key, message, signature) {
  if (signature.length !== 64) return false;
  if (known !== false) {
    try {
      const imported = await crypto.subtle.importKey("raw", key, { name: "Ed25519" }, false, ["verify"]);
      known = true;
      return await crypto.subtle.verify({ name: "Ed25519" }, imported, signature, message);
    } catch (trouble) {
      if (known || trouble.name !== "NotSupportedError") return false;
      known = false;
    }
  }
  return byHand(key, message, signature);
}

const P = 2n ** 255n - 19n;
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
const mod = (x) => ((x % P) + P) % P;
const little = (bytes) => bytes.reduceRight((sum, one) => (sum << 8n) | BigInt(one), 0n);

function power(base, exponent) {
  let result = 1n;
  for (let square = mod(base), left = exponent; left; left >>= 1n) {
    if (left & 1n) result = (result * square) % P;
    square = (square * square) % P;
  }
  return result;
}

const D = mod(-121665n * power(121666n, P - 2n));
const ROOT = power(2n, (P - 1n) / 4n);

function point(encoded) {
  const whole = little(encoded);
  const odd = whole >> 255n;
  const y = whole & (2n ** 255n - 1n);
  if (encoded.length !== 32 || y >= P) return null;
  const square = mod((y * y - 1n) * power(D * y * y + 1n, P - 2n));
  let x = power(square, (P + 3n) / 8n);
  if (mod(x * x - square)) x = mod(x * ROOT);
  if (mod(x * x - square) || (x === 0n && odd)) return null;
  if ((x & 1n) !== odd) x = P - x;
  return [x, y, 1n, mod(x * y)];
}

function plus([px, py, pz, pt], [qx, qy, qz, qt]) {
  const a = mod((py - px) * (qy - qx));
  const b = mod((py + px) * (qy + qx));
  const c = mod(2n * pt * qt * D);
  const d = mod(2n * pz * qz);
  const [e, f, g, h] = [b - a, d - c, d + c, b + a];
  return [mod(e * f), mod(g * h), mod(f * g), mod(e * h)];
}

function times(scalar, base) {
  let result = [0n, 1n, 1n, 0n];
  for (let left = scalar, sum = base; left; left >>= 1n) {
    if (left & 1n) result = plus(result, sum);
    sum = plus(sum, sum);
  }
  return result;
}

export async function byHand(key, message, signature) {
  const a = point(key);
  const r = point(signature.slice(0, 32));
  const s = little(signature.slice(32));
  const y = mod(4n * power(5n, P - 2n));
  const base = point(Uint8Array.from({ length: 32 }, (_, at) => Number((y >> BigInt(8 * at)) & 255n)));
  if (!a || !r || s >= ORDER) return false;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-512", joined(signature.slice(0, 32), key, message)));
  const left = times(s, base);
  const right = plus(r, times(little(digest) % ORDER, a));
  return mod(left[0] * right[2] - right[0] * left[2]) === 0n && mod(left[1] * right[2] - right[1] * left[2]) === 0n;
}
