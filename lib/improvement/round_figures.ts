import type { StepErrorKind } from "../records/step.ts";
import { taskKey } from "../records/task.ts";
import { turnsOf } from "../records/turns.ts";
import { byTask } from "./lesson.ts";
import type { Rollout } from "./rollout.ts";

/** Figures of a round's attempts: of the student as it was before the round's training. */
export interface AttemptFigures {
  /** Attempts made. */
  readonly attempts: number;
  /** Mean reward. */
  readonly reward: number;
  /** Share of attempts with a correct answer. */
  readonly correct: number;
  /** Share of tasks with at least one. */
  readonly solved: number;
  /** Mean share of a task's attempts that give its most frequent answer. */
  readonly agreement: number;
  /** Mean number of tokens that an attempt drew. */
  readonly length: number;
  /** Mean number of turns. */
  readonly turns: number;
  /** Share of attempts with an error of a kind. */
  readonly errors: Readonly<Partial<Record<StepErrorKind, number>>>;
}

/** The figures of attempts, several at each task. @param rewards one for each attempt */
export function attemptFigures(
  rollouts: readonly Rollout[],
  rewards: readonly number[],
): AttemptFigures {
  const groups = byTask(rollouts, ({ trajectory }) => taskKey(trajectory.task));
  const mean = (values: readonly number[]) =>
    values.reduce((a, b) => a + b, 0) / Math.max(1, values.length);
  const isCorrect = (i: number) => rollouts[i].trajectory.correct === true;
  const agreement = groups.map((group) => {
    const counts = new Map<string, number>();
    for (const i of group) {
      const { answer } = rollouts[i].trajectory;
      if (answer !== null) counts.set(answer, (counts.get(answer) ?? 0) + 1);
    }
    return Math.max(0, ...counts.values()) / group.length;
  });
  const errors: Partial<Record<StepErrorKind, number>> = {};
  for (const { trajectory } of rollouts) {
    for (const kind of new Set(trajectory.steps.flatMap(({ error }) => error?.kind ?? []))) {
      errors[kind] = (errors[kind] ?? 0) + 1 / rollouts.length;
    }
  }
  return {
    attempts: rollouts.length,
    reward: mean(rewards),
    correct: mean(rollouts.map((_, i) => isCorrect(i) ? 1 : 0)),
    solved: mean(groups.map((group) => group.some(isCorrect) ? 1 : 0)),
    agreement: mean(agreement),
    length: mean(
      rollouts.map(({ turns }) => turns.reduce((sum, { ids }) => sum + ids.length, 0)),
    ),
    turns: mean(rollouts.map(({ trajectory }) => turnsOf(trajectory).length)),
    errors,
  };
}

/**
 * What tells that training goes wrong, in words; null when nothing does. Attempts are compared with
 * those of the first round: a reward below half of it, or attempts less than half or more than twice as
 * long.
 */
export function collapseOf(
  first: Pick<AttemptFigures, "reward" | "length">,
  now: Pick<AttemptFigures, "reward" | "length">,
): string | null {
  const from = (a: number, b: number) => `from ${a.toPrecision(3)} to ${b.toPrecision(3)}`;
  const signs = [
    ...(first.reward > 0 && now.reward < first.reward / 2
      ? [`the reward fell ${from(first.reward, now.reward)}`]
      : []),
    ...(now.length < first.length / 2
      ? [`attempts became shorter, ${from(first.length, now.length)} tokens`]
      : []),
    ...(now.length > 2 * first.length
      ? [`attempts became longer, ${from(first.length, now.length)} tokens`]
      : []),
  ];
  return signs.length === 0 ? null : signs.join("; ");
}
