import type { OptionTable, OptionValues } from "../records/option_table.ts";
import type { Trajectory } from "../records/trajectory.ts";
import { turnsOf } from "../records/turns.ts";

/** Options of rewards. */
export const REWARD_OPTIONS = {
  formatPenalty: {
    type: "number",
    min: 0,
    default: 0,
    description: "Taken from the reward times the share of turns that could not be read",
  },
  searchReward: {
    type: "number",
    min: 0,
    default: 0,
    description: "Added to the reward of an attempt at a factual task that searched",
  },
} as const satisfies OptionTable;

/**
 * The reward of an attempt: 1 if the grader calls its answer correct, else 0; less the penalty for
 * turns that could not be read, and with the reward for a search where the task is a factual one.
 *
 * @source verdict alone: arXiv 2402.03300 (outcome supervision); search: arXiv 2604.04651
 */
export function rewardOf(
  trajectory: Trajectory,
  { formatPenalty, searchReward }: OptionValues<typeof REWARD_OPTIONS>,
): number {
  const turns = turnsOf(trajectory);
  const unread = turns.filter(({ error }) => error?.kind === "parse").length;
  const searched = trajectory.steps.some(({ toolCalls }) =>
    toolCalls.some(({ name }) => name === "web_search")
  );
  return (trajectory.correct === true ? 1 : 0) -
    formatPenalty * unread / Math.max(1, turns.length) +
    (trajectory.task.kind === "qa" && searched ? searchReward : 0);
}
