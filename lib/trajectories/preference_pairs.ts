import { conversation } from "../agent/conversation.ts";
import { isHalfTurn, type Step } from "../records/step.ts";
import type { Message } from "../records/message.ts";
import type { Trajectory } from "../records/trajectory.ts";
import type { Rejected, Selection } from "./filter_trajectories.ts";

/** Two turns after the same conversation, one of which is to be preferred. */
export interface PreferencePair {
  /** Names the pair in reports. */
  readonly id: string;
  /** The conversation before the turns. */
  readonly prompt: readonly Message[];
  /** The turn of the trajectory that is kept. */
  readonly chosen: Message;
  /** The turn of the trajectory that is rejected. */
  readonly rejected: Message;
  /** Reasons why the rejected trajectory was rejected. */
  readonly reasons: readonly string[];
}

/** Options of {@link preferencePairs}. */
export interface PreferenceOptions {
  /** Most pairs of one task. @default 4 */
  readonly maxPairsPerTask?: number;
  /** Replaces the system prompt of both sides; null leaves each as it is. @default null */
  readonly systemPrompt?: string | null;
}

/**
 * Pairs kept with rejected trajectories of the same task. A pair is taken where the two part: the
 * conversation up to there is the prompt, and the first turns that do something else are the sides. So
 * no observation, which the model did not write, is ever on a side and learned. Turns that run the same
 * code and see the same do the same, whatever their thoughts' wording; where other code brought the
 * same observation there is no pair, as neither turn is why one of the two failed. A turn whose code
 * failed is never the chosen one, and a turn in which the model was broken off is on no side.
 *
 * Trajectories that could not be graded, or to which the model gave no text, are in no pair.
 */
export function preferencePairs(
  selection: Pick<Selection, "kept" | "rejected">,
  options: PreferenceOptions = {},
): PreferencePair[] {
  const { maxPairsPerTask = 4, systemPrompt = null } = options;
  const rejected = new Map<string, Rejected[]>();
  for (const entry of selection.rejected) {
    if (entry.reasons.some((reason) => UNFIT.has(reason))) continue;
    const key = pairKey(entry.trajectory);
    const list = rejected.get(key);
    if (list) list.push(entry);
    else rejected.set(key, [entry]);
  }
  const pairs: PreferencePair[] = [];
  const counts = new Map<string, number>();
  for (const good of selection.kept) {
    const key = pairKey(good);
    for (const bad of rejected.get(key) ?? []) {
      const count = counts.get(key) ?? 0;
      if (count === maxPairsPerTask) break;
      const pair = pairOf(good, bad, systemPrompt);
      if (pair === null) continue;
      pairs.push(pair);
      counts.set(key, count + 1);
    }
  }
  return pairs;
}

const UNFIT: ReadonlySet<string> = new Set([
  "could-not-grade",
  "generation-error",
  "context-overflow",
  "half-turn",
  "nothing-to-train",
  "near-duplicate-of-test",
]);

function pairKey({ task, paradigm }: Trajectory): string {
  return JSON.stringify([paradigm, task.benchmark, task.split, task.id, task.question]);
}

function pairOf(
  good: Trajectory,
  bad: Rejected,
  systemPrompt: string | null,
): PreferencePair | null {
  const [left, right] = [good, bad.trajectory].map(({ prompt, steps }) => ({
    prompt: prompt.map((message): Message =>
      message.role === "system" && systemPrompt !== null
        ? { role: "system", content: systemPrompt }
        : message
    ),
    steps: steps.filter(({ modelOutput }) => modelOutput !== ""),
  }));
  if (JSON.stringify(left.prompt) !== JSON.stringify(right.prompt)) return null;
  let at = 0;
  while (
    at < left.steps.length && at < right.steps.length && doSame(left.steps[at], right.steps[at])
  ) {
    at++;
  }
  const [chosen, rejected] = [left.steps[at], right.steps[at]];
  if (chosen === undefined || rejected === undefined) return null;
  // Kept trajectories recover from errors; nobody should prefer to make them.
  if (chosen.error !== null || isHalfTurn(chosen) || isHalfTurn(rejected)) return null;
  if (isSameEffect(chosen, rejected)) return null;
  return {
    id: `${good.id} / ${bad.trajectory.id}`,
    prompt: conversation(left.prompt, left.steps.slice(0, at)),
    chosen: { role: "assistant", content: chosen.modelOutput },
    rejected: { role: "assistant", content: rejected.modelOutput },
    reasons: bad.reasons,
  };
}

/** True if two steps leave the same conversation, up to the wording of the thought, and state. */
function doSame(a: Step, b: Step): boolean {
  const isSameText = a.isFinal || a.code === null || b.code === null;
  return a.isFinal === b.isFinal && a.observation === b.observation &&
    (isSameText ? a.modelOutput === b.modelOutput : a.code === b.code);
}

/**
 * True if two different turns had the same effect: then neither explains why one trajectory
 * failed.
 */
function isSameEffect(a: Step, b: Step): boolean {
  return !a.isFinal && !b.isFinal && a.error === null && b.error === null &&
    a.observation === b.observation;
}
