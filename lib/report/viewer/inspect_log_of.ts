import { conversation } from "../../agent/conversation.ts";
import type { JsonValue } from "../../records/json.ts";
import type { Trajectory } from "../../records/trajectory.ts";

type JsonObject = { readonly [key: string]: JsonValue };

/** Name of the score, and of what gives it. */
const SCORER = "verdict";

/**
 * Trajectories as a log of inspect_ai, for its viewer and its functions of analysis: one sample for
 * each, with its conversation, tokens and verdict; further attempts at a task are further epochs.
 * Sampling, candidates of a vote and tool calls within code have no counterpart and are left out.
 *
 * @param about the log's name, and its time as an ISO date
 * @throws {RangeError} when there is no trajectory
 * @source inspect_ai, log/_log.py: EvalLog (version 2), EvalSpec, EvalSample, Score
 */
export function inspectLogOf(
  trajectories: readonly Trajectory[],
  about: { readonly title: string; readonly created: string },
): { readonly [key: string]: JsonValue } {
  if (trajectories.length === 0) throw new RangeError("A log needs at least one trajectory");
  const { title, created } = about;
  const benchmarks = [...new Set(trajectories.map(({ task }) => task.benchmark))];
  const epochs = new Map<string, number>();
  const samples = trajectories.map((trajectory) => {
    const { benchmark, id: taskId } = trajectory.task;
    const id = benchmarks.length === 1 ? taskId : `${benchmark}/${taskId}`;
    const epoch = (epochs.get(id) ?? 0) + 1;
    epochs.set(id, epoch);
    return sampleOf(trajectory, id, epoch);
  });
  const graded = trajectories.filter(({ correct }) => correct !== null);
  const right = graded.filter(({ correct }) => correct).length;
  const accuracy = graded.length === 0 ? [] : [{
    ...{ name: SCORER, scorer: SCORER, scored_samples: graded.length },
    unscored_samples: trajectories.length - graded.length,
    metrics: { accuracy: { name: "accuracy", value: right / graded.length } },
  }];
  return {
    version: 2,
    status: "success",
    eval: {
      ...{ created, task: title, run_id: title, task_id: title, eval_id: title },
      dataset: {
        ...{ name: benchmarks.join(", "), samples: epochs.size, sample_ids: [...epochs.keys()] },
      },
      model: [...new Set(trajectories.map(({ model }) => model))].join(", "),
      config: { epochs: Math.max(...epochs.values()) },
    },
    // Its viewer reads the beginnings of logs, and wants one.
    plan: { name: "plan", steps: [] },
    results: {
      ...{ total_samples: samples.length, completed_samples: samples.length, scores: accuracy },
    },
    stats: { started_at: created, completed_at: created },
    samples,
  };
}

function sampleOf(trajectory: Trajectory, id: string, epoch: number): JsonObject {
  const { task, prompt, steps, model, answer, correct, paradigm, seed } = trajectory;
  const last = steps.findLast(({ modelOutput }) => modelOutput !== "");
  const tokens = (kind: "prompt" | "completion") =>
    steps.reduce((sum, step) => sum + step.tokens[kind], 0);
  const usage: JsonObject = {
    ...{ input_tokens: tokens("prompt"), output_tokens: tokens("completion") },
    total_tokens: tokens("prompt") + tokens("completion"),
  };
  const text = last?.modelOutput ?? "";
  const error = steps.at(-1)?.error;
  const scores: JsonValue = correct === null ? null : {
    [SCORER]: { value: correct ? "C" : "I", ...answer !== null && { answer } },
  };
  return {
    ...{ id, epoch, input: task.question, target: task.answer },
    messages: conversation(prompt, steps).map(({ role, content }) => ({ role, content })),
    output: {
      model,
      choices: [{
        ...{ message: { role: "assistant", content: text }, stop_reason: stopReason(last) },
      }],
      completion: text,
      usage,
    },
    ...scores && { scores },
    metadata: {
      ...{ benchmark: task.benchmark, paradigm, seed, trajectory: trajectory.id },
      ...error && { error: `${error.kind}: ${error.message}` },
    },
    model_usage: { [model]: usage },
  };
}

/** inspect_ai's words: stop, max_tokens, content_filter, unknown. */
function stopReason(step: Trajectory["steps"][number] | undefined): string {
  const reason = step?.finishReason ?? "stop";
  if (reason === "length") return "max_tokens";
  return reason === "stop" || reason === "content_filter" ? reason : "unknown";
}

/** Name of a log's file; the viewer lists files whose name begins with the time. */
export function inspectLogName(title: string, created: string): string {
  const time = created.slice(0, 19).replaceAll(":", "-");
  return `${time}+00-00_${title.replaceAll(/[^\w-]+/g, "-")}_potstill.json`;
}
