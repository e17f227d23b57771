import type { AttemptFigures } from "./round_figures.ts";

/** Record of a round. */
export interface ImproveRound {
  /** From 1. */
  readonly round: number;
  /** Figures of the attempts that the round begins with; null for methods that make none. */
  readonly attempts: AttemptFigures | null;
  /**
   * Mean divergence per token of the student from where it started, before the round's training; null where
   * it writes nothing.
   */
  readonly kl: number | null;
  /** Sequences learned from. */
  readonly lessons: number;
  /** Tokens that the student drew. */
  readonly sampledTokens: number;
  /** Optimizer steps. */
  readonly steps: number;
  /** Tokens that the steps read. */
  readonly tokens: number;
  /** Tokens whose weight was not 0. */
  readonly trainedTokens: number;
  /** Mean loss of the steps; null without a step. */
  readonly loss: number | null;
  /** Share of sampled tokens whose gradient clipping took away. */
  readonly clipped: number;
  /** Time of the round, in milliseconds. */
  readonly durationMs: number;
  /** What tells that training goes wrong, in words; null when nothing does. */
  readonly collapse: string | null;
}

/** End of an improvement: all rounds, or the budget that was reached before. */
export type ImproveEnd = "rounds" | "minutes" | "tokens";

/** The reason to begin no further round; null to go on. */
export function endOf(
  rounds: readonly ImproveRound[],
  limits: {
    readonly rounds: number;
    readonly minutes: number | null;
    readonly tokens: number | null;
  },
): ImproveEnd | null {
  const sum = (field: "durationMs" | "tokens") =>
    rounds.reduce((total, round) => total + round[field], 0);
  if (rounds.length >= limits.rounds) return "rounds";
  if (limits.minutes !== null && sum("durationMs") >= 60_000 * limits.minutes) return "minutes";
  return limits.tokens !== null && sum("tokens") >= limits.tokens ? "tokens" : null;
}
