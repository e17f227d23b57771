import type { Annotation } from "./annotation.ts";

/** Grading of a task's answer: normalised text match (`qa`) or mathematical equality (`math`). */
export type AnswerKind = "qa" | "math";

/**
 * Rules by which an answer is compared with the gold answer: variants of F1 for questions (`hotpotqa`,
 * `musique`), of equality for mathematics (the others, from strict to loose).
 */
export const GRADING_POLICIES = [
  "hotpotqa",
  "musique",
  "exact",
  "rounded",
  "tolerant",
  "qwen2.5-math",
] as const;

/** One of {@link GRADING_POLICIES}. */
export type GradingPolicy = (typeof GRADING_POLICIES)[number];

/**
 * A question with its gold answer.
 *
 * @source the reference's benchmark files: `{"id","question","answer","level"?,"type"?,"dataset_name","split"}`
 */
export interface Task {
  /** Unique within its benchmark and split. */
  readonly id: string;
  /** The benchmark's name, such as `lab-hotpotqa`. */
  readonly benchmark: string;
  /** Split; only tasks of `train` may be trained on. */
  readonly split: "train" | "test";
  /** Grading of the answer. */
  readonly kind: AnswerKind;
  /** Question as the model sees it. */
  readonly question: string;
  /** The gold answer. */
  readonly answer: string;
  /** Other texts that count as the gold answer. */
  readonly aliases?: readonly string[];
  /** Policy by which its answer is graded. @default its benchmark's, else that of its kind */
  readonly grading?: GradingPolicy;
  /** Difficulty, where the benchmark states it. */
  readonly level?: string;
  /** The kind of question, where the benchmark says so. */
  readonly type?: string;
  /** Part of the benchmark that the question comes from, where the benchmark says so. */
  readonly source?: string;
  /** True if the question is to be answered by yes or no. */
  readonly isYesNo?: boolean;
  /** Ids of the passages that hold the answer's evidence, where known. */
  readonly evidence?: readonly string[];
  /** Titles of these passages, where known. */
  readonly goldTitles?: readonly string[];
  /** Its annotation by people, where the benchmark has one. */
  readonly annotation?: Annotation;
}

/** The task as it is shown: without what people wrote down about it. */
export function withoutAnnotation({ annotation: _, ...task }: Task): Task {
  return task;
}

/** The fields that identify a task. */
export type TaskName = Pick<Task, "benchmark" | "split" | "id">;

/** A task's name that is unique over all benchmarks and splits: `hotpotqa/test/17`. */
export function taskKey({ benchmark, split, id }: TaskName): string {
  return `${benchmark}/${split}/${id}`;
}

/** An attempt's id, unique within a run: `hotpotqa/17#0`. @param sample which of the task's attempts, from 0 */
export function attemptId({ benchmark, id }: Pick<Task, "benchmark" | "id">, sample = 0): string {
  return `${benchmark}/${id}#${sample}`;
}

/** Which of its task's attempts an attempt with this {@link attemptId} is, from 0. */
export function sampleOfId(id: string): number {
  return Number(/#(\d+)$/.exec(id)?.[1] ?? 0);
}
