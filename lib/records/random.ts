/**
 * A seeded stream of pseudo-random numbers (sfc32 seeded by an FNV-1a hash), the same on every
 * machine. Independent streams come from {@link Random.fork}, so that adding a draw in one place
 * does not change another.
 *
 * @example
 * ```ts
 * import { Random } from "@potstill";
 * const a = new Random("seed-1").fork("tasks");
 * const b = new Random("seed-1").fork("tasks");
 * if (a.next() !== b.next()) throw new Error("streams differ");
 * ```
 */
export class Random {
  readonly #key: string;
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  /**
   * Begins a stream.
   *
   * @param seed any text or number; equal seeds give equal streams
   */
  constructor(seed: string | number) {
    this.#key = String(seed);
    this.#a = fnv1a(this.#key, 0x811c9dc5);
    this.#b = fnv1a(this.#key, 0x01000193);
    this.#c = fnv1a(this.#key, 0x9e3779b9);
    this.#d = 1;
    for (let i = 0; i < 12; i++) this.next();
  }

  /** An independent stream named `label`; it does not depend on how much of this one was used. */
  fork(label: string | number): Random {
    return new Random(`${this.#key}/${label}`);
  }

  /** A number in [0, 1) with 32 bits. */
  next(): number {
    const t = (((this.#a + this.#b) | 0) + this.#d) | 0;
    this.#d = (this.#d + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (this.#c << 21) | (this.#c >>> 11);
    this.#c = (this.#c + t) | 0;
    return (t >>> 0) / 4294967296;
  }

  /** An integer in [low, high], both included. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  /** True with probability `p`. */
  chance(p: number): boolean {
    return this.next() < p;
  }

  /** A uniformly drawn item of `items`. */
  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new RangeError("Cannot pick from an empty list");
    return items[this.integer(0, items.length - 1)];
  }

  /** A new list with the items of `items` in random order (Fisher-Yates). */
  shuffle<T>(items: readonly T[]): T[] {
    const out = [...items];
    for (let i = out.length - 1; i > 0; i--) {
      const j = this.integer(0, i);
      [out[i], out[j]] = [out[j], out[i]];
    }
    return out;
  }

  /** A draw from the normal distribution with mean 0 and deviation 1 (Box-Muller). */
  normal(): number {
    const u = 1 - this.next();
    return Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * this.next());
  }
}

function fnv1a(text: string, basis: number): number {
  let hash = basis;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 16777619);
    hash ^= hash >>> 15;
  }
  return hash | 0;
}
