import { labBenchmarks } from "../lab/benchmarks.ts";
import { benchmarkByName } from "../tasks/benchmark_name.ts";
import type { AnswerKind } from "../records/task.ts";

/** Facts of a benchmark that the rows of its results have. */
export interface KnownBenchmark {
  /** As in tables. */
  readonly name: string;
  /** Grading of its answers. */
  readonly kind: AnswerKind;
  /** True if students are trained on its training split. */
  readonly inDomain: boolean;
}

/** A benchmark of the paper or of the lab by its name, or undefined. */
export function knownBenchmark(name: string): KnownBenchmark | undefined {
  const lab = labBenchmarks.find((one) => one.name === name);
  return lab === undefined
    ? benchmarkByName(name)
    : { name, kind: lab.kind, inDomain: lab.splits.includes("train") };
}
