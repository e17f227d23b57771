/** One task with what was measured on it under each seed. */
export interface SeededTask {
  /** Tasks of one cluster share a source and are drawn together. */
  readonly cluster: string;
  /** `[seed][measure]` */
  readonly values: readonly (readonly number[])[];
}

/** A benchmark's tasks, all measured under the same seeds. */
export interface SeededBenchmark {
  /** The benchmark's name. */
  readonly name: string;
  /** True if the students were trained on its training split. */
  readonly inDomain: boolean;
  /** True if its questions are factual. */
  readonly isFactual: boolean;
  /** At least one. */
  readonly tasks: readonly SeededTask[];
}

/** A figure from the benchmarks' means: `means[benchmark][measure]`. */
export type Statistic = (
  means: readonly (readonly number[])[],
  benchmarks: readonly SeededBenchmark[],
) => number;
