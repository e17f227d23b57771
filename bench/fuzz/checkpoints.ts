/**
 * Reads checkpoints' headers, configurations, tokenizers and chat templates that were changed at random.
 * Every error must be a clear one of ours, nothing may hang or use up memory.
 *
 * deno run -A bench/fuzz/checkpoints.ts --seconds 600 --seed 1
 */
import { parseArgs } from "node:util";
import { Random } from "@potstill";
import { foreignFiles } from "./foreign_files.ts";

/** How long and with what is tried. */
export interface FuzzCheckpointsOptions {
  /** Everything random follows from it. */
  readonly seed: number | string;
  /** Ends after so many cases of each kind. @default without end */
  readonly count?: number;
  /** Ends after so many seconds. @default without end */
  readonly seconds?: number;
}

/** What came of it. */
export interface FuzzCheckpointsResult {
  /** Cases of all kinds together. */
  readonly cases: number;
  /** Cases of each kind that were read without an error. */
  readonly taken: Readonly<Record<string, number>>;
  /** Longest time for one case, in milliseconds. */
  readonly slowestMs: number;
  /** The case that took it: kind and number. */
  readonly slowest: string;
  /** Errors that are not clear ones, with the kind and number of the case. */
  readonly faults: readonly string[];
}

/** Longest time for one case, in milliseconds: longer is a hang. */
const MAX_MS = 30_000;

/** Attacks the readers of strangers' files. */
export function fuzzCheckpoints(options: FuzzCheckpointsOptions): FuzzCheckpointsResult {
  const { seed, count = Infinity, seconds = Infinity } = options;
  const endsAt = performance.now() + seconds * 1000;
  const taken: Record<string, number> = {};
  const faults: string[] = [];
  let [cases, slowestMs, slowest] = [0, 0, ""];
  for (let n = 0; n < count && performance.now() < endsAt; n++) {
    for (const { name, clear, read } of foreignFiles) {
      const startedAt = performance.now();
      const which = `${name} ${n}`;
      try {
        read(new Random(`${seed} ${which}`));
        taken[name] = (taken[name] ?? 0) + 1;
      } catch (error) {
        const { name: kind, message } = error as Error;
        const isOurs = !["TypeError", "SyntaxError", "ReferenceError"].includes(kind) &&
          (name !== "chat template" || kind === "TemplateError");
        if (!isOurs || !clear.test(message)) {
          faults.push(`${which}: ${kind}: ${message.slice(0, 200)}`);
        }
      }
      const ms = performance.now() - startedAt;
      if (ms > slowestMs) [slowestMs, slowest] = [ms, which];
      if (ms > MAX_MS) faults.push(`${which} took ${Math.round(ms)} ms`);
      cases++;
    }
  }
  return { cases, taken, slowestMs, slowest, faults };
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      seconds: { type: "string", default: "60" },
      seed: { type: "string", default: "1" },
    },
  });
  const result = fuzzCheckpoints({ seed: values.seed, seconds: Number(values.seconds) });
  for (const fault of result.faults.slice(0, 40)) console.error(fault);
  const { faults, ...figures } = result;
  const rss = Math.round(Deno.memoryUsage().rss / 1e6);
  console.log(JSON.stringify({ ...figures, faults: faults.length, rssMB: rss }));
  if (faults.length > 0) Deno.exit(1);
}
