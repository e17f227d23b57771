/**
 * The bytes that Python takes for the operating system's randomness: a function of `state`, which
 * belongs to the session, so that a run can be repeated.
 */
export class RandomBytes {
  /** Number of words drawn since the seed. */
  state = 0;

  /** Fills `bytes` with the next random bytes. */
  fill(bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length; i++) {
      bytes[i] = mix(this.state) >>> 24;
      this.state = (this.state + 1) >>> 0;
    }
  }
}

/** An avalanche of the 32 bits of `x`. */
function mix(x: number): number {
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  x ^= x >>> 16;
  return Math.imul(x, 0x9e3779b1) >>> 0;
}
