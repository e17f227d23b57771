import type { Random } from "../../records/random.ts";

/**
 * The chance of a slip for each digit that an operation handles by hand: the digits of the longer
 * number in a sum or difference, and the product of both lengths in a product or quotient.
 */
export const SLIP_RATE_PER_DIGIT = 0.003;

/** The chance that one member of a long list is left out. */
const OMISSION_RATE = 0.004;

/**
 * Writes out a chain-of-thought calculation line by line, and errs as a calculation by hand does:
 * the more digits an operation has, the more often a digit of its result is wrong. Later lines go on
 * with the wrong value.
 */
export class Scribe {
  readonly #random: Random;
  readonly #lines: string[] = [];

  /** A blank sheet. @param random decides the slips */
  constructor(random: Random) {
    this.#random = random;
  }

  /** Text so far, one operation per line. */
  get text(): string {
    return this.#lines.join("\n");
  }

  /** Writes a line as it is. */
  say(line: string): void {
    this.#lines.push(line);
  }

  /** Writes `a + b = ...` over all terms, which may be few or none. */
  sum(...terms: readonly bigint[]): bigint {
    const longest = Math.max(1, ...terms.map(digits));
    const additions = Math.max(0, terms.length - 1);
    const result = this.#slip(terms.reduce((x, y) => x + y, 0n), longest * additions);
    const text = terms.map((t, i) => i === 0 ? `${t}` : t < 0n ? `- ${-t}` : `+ ${t}`).join(" ");
    this.say(terms.length > 1 ? `${text} = ${result}` : `The sum is ${result}.`);
    return result;
  }

  /** Writes `a - b = ...`. */
  subtract(a: bigint, b: bigint): bigint {
    const result = this.#slip(a - b, Math.max(digits(a), digits(b)));
    this.say(`${a} - ${signed(b)} = ${result}`);
    return result;
  }

  /** Writes `a * b = ...`. */
  multiply(a: bigint, b: bigint): bigint {
    const result = this.#slip(a * b, digits(a) * digits(b));
    this.say(`${a} * ${signed(b)} = ${result}`);
    return result;
  }

  /** Writes `a / b = ...` for an exact quotient, and `... remainder ...` for any other. */
  divide(a: bigint, b: bigint): bigint {
    if (b === 0n) return 0n;
    const quotient = this.#slip(a / b, digits(a) * digits(b));
    this.say(`${a} / ${signed(b)} = ${quotient}${a % b === 0n ? "" : " and a rest"}`);
    return quotient;
  }

  /** Writes `a mod m = ...`; the value is in `[0, m)`. */
  remainder(a: bigint, m: bigint): bigint {
    const result = this.#slip(((a % m) + m) % m, digits(a) * digits(m)) % m;
    this.say(`${a} mod ${m} = ${result}`);
    return result;
  }

  /** Writes a list of what was found and its length; returns the members that were not overlooked. */
  list<T>(members: readonly T[]): readonly T[] {
    const kept = members.filter(() => !this.#random.chance(OMISSION_RATE));
    this.say(kept.length === 0 ? "There are none." : `${kept.join(", ")}`);
    return kept;
  }

  #slip(value: bigint, handled: number): bigint {
    if (!this.#random.chance(1 - (1 - SLIP_RATE_PER_DIGIT) ** handled)) return value;
    const place = 10n ** BigInt(this.#random.integer(0, digits(value) - 1));
    const off = BigInt(this.#random.pick([-2, -1, 1, 2])) * place;
    return value >= 0n && value + off < 0n ? value + place : value + off;
  }
}

function digits(n: bigint): number {
  return String(n < 0n ? -n : n).length;
}

function signed(n: bigint): string {
  return n < 0n ? `(${n})` : `${n}`;
}
