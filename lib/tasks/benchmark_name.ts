import { type BenchmarkDescriptor, BENCHMARKS, OTHER_BENCHMARKS } from "./descriptors.ts";

const BY_NAME: ReadonlyMap<string, BenchmarkDescriptor> = new Map(
  [...BENCHMARKS, ...OTHER_BENCHMARKS].flatMap((benchmark) =>
    [benchmark.name, ...benchmark.aliases].map((name) => [joined(tokens(name)), benchmark] as const)
  ),
);

/** Parts of a file's name that denote a benchmark's split, size, version or language. */
const QUALIFIER =
  /^(?:\d+|v\d+|train|training|test|dev|val|valid|validation|eval|en|zh|easy|medium|hard|distractor|fullwiki|ans|full|main)$/;
const SPLIT = /^(?:train|test|dev|val|valid|validation)$/;

/**
 * The benchmark that is called so, in any usual way of writing it: `GSM-hard`, `hotpotqa/hotpot_qa`,
 * `MATH-500`, `AIME_2024`. A name that only holds a benchmark's name is not its name.
 *
 * @example
 * ```ts
 * import { benchmarkByName } from "@potstill/tasks/benchmark_name.ts";
 * if (benchmarkByName("dgslibisey/MuSiQue")?.name !== "musique") throw new Error("not known");
 * if (benchmarkByName("aftermath") !== undefined) throw new Error("taken for MATH");
 * ```
 */
export function benchmarkByName(name: string): BenchmarkDescriptor | undefined {
  const parts = tokens(name.slice(name.lastIndexOf("/") + 1));
  return BY_NAME.get(joined(parts)) ?? withoutQualifiers(parts, 0);
}

/**
 * The benchmark that a file's name without its ending is, apart from split, size, version and date:
 * `gsm_hard_500_20250507`, `musique_ans_v1.0_dev`, `test_aime`.
 */
export function benchmarkByStem(stem: string): BenchmarkDescriptor | undefined {
  const parts = tokens(stem);
  return withoutQualifiers(SPLIT.test(parts[0] ?? "") ? parts.slice(1) : parts, 0);
}

/** The benchmark at the end of a result file's name, and what stands before it: the system. */
export function benchmarkAtEnd(
  stem: string,
): { readonly benchmark: BenchmarkDescriptor; readonly before: string } | undefined {
  const starts = [...stem.matchAll(/[a-z0-9]+/gi)];
  const parts = tokens(stem);
  for (let from = 0; from < parts.length; from++) {
    const benchmark = withoutQualifiers(parts, from);
    if (benchmark === undefined) continue;
    return { benchmark, before: stem.slice(0, starts[from].index).replace(/[_\-. ]+$/, "") };
  }
}

/** The benchmark that the longest beginning of `parts.slice(from)` names, if the rest are qualifiers. */
function withoutQualifiers(
  parts: readonly string[],
  from: number,
): BenchmarkDescriptor | undefined {
  for (let end = parts.length; end > from; end--) {
    const found = BY_NAME.get(joined(parts.slice(from, end)));
    if (found !== undefined) return found;
    if (!QUALIFIER.test(parts[end - 1])) {
      // "aime24" is the AIME of a year.
      const year = end === from + 1 && /^aime(?:20)?\d\d$/.test(parts[from]);
      return year ? BY_NAME.get("aime") : undefined;
    }
  }
}

function tokens(name: string): string[] {
  return name.toLowerCase().match(/[a-z0-9]+/g) ?? [];
}

function joined(parts: readonly string[]): string {
  return parts.join("");
}
