import { Random } from "@potstill";

/** How a parser is fuzzed. */
export interface FuzzParserOptions {
  /** Everything random follows from it. */
  readonly seed: number | string;
  /** Ends after so many inputs. @default without end */
  readonly count?: number;
  /** Ends after so many seconds. @default without end */
  readonly seconds?: number;
}

/** What came of it. */
export interface FuzzParserResult {
  /** Inputs tried. */
  readonly inputs: number;
  /** Longest time for one input, in milliseconds. */
  readonly slowestMs: number;
  /** Number of the input and what went wrong, at most a hundred. */
  readonly faults: readonly string[];
}

/** Time that no input of a few thousand characters needs; an input that takes longer is a fault. */
const LIMIT_MS = 5_000;

/**
 * Tries inputs one after another.
 *
 * @param tryOne makes an input of what is random and tries it; throws when something is wrong
 */
export function fuzzParser(
  tryOne: (random: Random) => void,
  { seed, count = Infinity, seconds = Infinity }: FuzzParserOptions,
): FuzzParserResult {
  const root = new Random(seed);
  const endsAt = performance.now() + seconds * 1000;
  const faults: string[] = [];
  let [inputs, slowestMs] = [0, 0];
  while (inputs < count && performance.now() < endsAt && faults.length < 100) {
    const startedAt = performance.now();
    try {
      tryOne(root.fork(inputs));
    } catch (error) {
      faults.push(`input ${inputs}: ${(error as Error).stack ?? error}`);
    }
    const took = performance.now() - startedAt;
    if (took > LIMIT_MS) faults.push(`input ${inputs}: took ${Math.round(took)} ms`);
    slowestMs = Math.max(slowestMs, took);
    inputs++;
  }
  return { inputs, slowestMs: Math.round(slowestMs), faults };
}

/** Runs a fuzzer with the arguments of a script, prints what came of it, and ends the process. */
export function runFuzzer(
  name: string,
  tryOne: (random: Random) => void,
  values: { readonly seconds?: string; readonly seed?: string },
): never {
  const seconds = Number(values.seconds ?? "20");
  if (!(seconds > 0)) throw new RangeError("Cannot fuzz: --seconds must be a number above 0");
  const result = fuzzParser(tryOne, { seconds, seed: values.seed ?? "0" });
  for (const fault of result.faults.slice(0, 20)) console.log(fault);
  console.log(JSON.stringify({ [name]: { ...result, faults: result.faults.length } }));
  Deno.exit(result.faults.length > 0 ? 1 : 0);
}
