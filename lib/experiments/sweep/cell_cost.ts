import { systemFacts, type SystemSlug } from "../distill/system_facts.ts";
import { type DistillOptions, studentSize } from "../distill/distill_options.ts";
import { THEN_FOLDER } from "../distill/then_stage.ts";
import type { StageKey } from "./stage_keys.ts";

/** Training tokens per second, by size, on two cores. */
const TOKENS_PER_SECOND = { "0.3M": 40_000, "1M": 18_000, "4M": 5500, "10M": 2500 } as const;
/** Tokens of a training example of each student. */
const EXAMPLE_TOKENS: Readonly<Record<string, number>> = { agent: 400, cot: 100, "cot-rag": 225 };
/** Seconds that a task takes the scripted expert. */
const TASK_SECONDS = 0.01;
/** Seconds that a task takes a trained teacher as an agent. */
const TRAINED_TEACHER_SECONDS = 0.4;
/** Seconds that a task takes a greedy student; a vote takes somewhat longer. */
const ATTEMPT_SECONDS = { "0.3M": 0.15, "1M": 0.22, "4M": 0.6, "10M": 1.2 } as const;
/** A CoT answer is one turn. */
const COT_SHARE = 0.4;
const TEACHING = /^trajectories\//;

/**
 * About how long a stage takes on two cores that do nothing else, in seconds. Only the proportions
 * matter: what is left of a sweep is told from what its finished cells took.
 */
export function stageSeconds({ path }: StageKey, options: DistillOptions): number {
  const { student, trainTasks, testTasks, epochs, candidates, baseTexts } = options;
  // The time of a student of a folder is not known: it is taken for the largest of the lab.
  const size = studentSize(student) ?? "10M";
  const [tokensPerSecond, attemptSeconds] = [TOKENS_PER_SECOND[size], ATTEMPT_SECONDS[size]];
  const name = path.split("/").at(-1)!.replace(".jsonl", "");
  if (TEACHING.test(path)) {
    const isTrained = options.teacher !== "expert" && name === "agent";
    return 2 * trainTasks * (isTrained ? TRAINED_TEACHER_SECONDS : TASK_SECONDS);
  }
  if (path === "students/base") return baseTexts * 120 / tokensPerSecond;
  if (path.startsWith(THEN_FOLDER)) {
    return options.thenTasks * options.thenAttempts * attemptSeconds;
  }
  if (path.startsWith("students/")) {
    return 2 * trainTasks * epochs * EXAMPLE_TOKENS[name] / tokensPerSecond;
  }
  const { asks, paradigm, votes } = systemFacts[name as SystemSlug];
  if (asks === "teacher") return 8 * testTasks * TASK_SECONDS;
  const turns = paradigm === "agent" ? 1 : COT_SHARE;
  return 8 * testTasks * attemptSeconds * turns * (votes ? 1 + candidates / 24 : 1);
}
