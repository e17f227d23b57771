import type { DataFrame } from "nodejs-polars";
import { frameFrom } from "../display/frame.ts";
import type { Trajectory } from "../records/trajectory.ts";
import { turnsOf } from "../records/turns.ts";
import { filterTrajectory } from "./filter_trajectory.ts";

/**
 * Trajectories as a Polars frame with one row each: the task, the answer and its verdict, whether the
 * filter keeps it and why not, turns, tool calls, failed steps, tokens and time.
 *
 * @example
 * ```ts
 * import { trajectoriesFrame } from "@potstill/student";
 * if (trajectoriesFrame([]).height !== 0) throw new Error("not empty");
 * ```
 */
export function trajectoriesFrame(trajectories: readonly Trajectory[]): DataFrame {
  return frameFrom(trajectories.map(recordOf), {
    id: "text",
    benchmark: "text",
    split: "text",
    kind: "text",
    level: "text",
    question: "text",
    gold: "text",
    answer: "text",
    correct: "boolean",
    kept: "boolean",
    rejectedFor: "text",
    paradigm: "text",
    model: "text",
    seed: "number",
    firstThought: "text",
    steps: "number",
    failedSteps: "number",
    toolCalls: "number",
    promptTokens: "number",
    completionTokens: "number",
    durationMs: "number",
  });
}

function recordOf(trajectory: Trajectory) {
  const { id, task, paradigm, model, steps, answer, correct, seed, firstThought } = trajectory;
  const { kept, reasons } = filterTrajectory(trajectory);
  const sum = (of: (step: Trajectory["steps"][number]) => number) =>
    steps.reduce((total, step) => total + of(step), 0);
  return {
    id,
    benchmark: task.benchmark,
    split: task.split,
    kind: task.kind,
    level: task.level ?? null,
    question: task.question,
    gold: task.answer,
    answer,
    correct,
    kept,
    rejectedFor: kept ? null : reasons.join(", "),
    paradigm,
    model,
    seed,
    firstThought: firstThought?.text ?? null,
    steps: turnsOf(trajectory).length,
    failedSteps: sum(({ error }) => Number(error !== null)),
    toolCalls: sum(({ toolCalls }) => toolCalls.length),
    promptTokens: sum(({ tokens }) => tokens.prompt),
    completionTokens: sum(({ tokens }) => tokens.completion),
    durationMs: sum(({ durations }) => durations.generateMs + durations.executeMs),
  };
}
