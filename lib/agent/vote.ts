import type { Candidate, Vote } from "../records/step.ts";

/** Outputs that candidates must agree on to be in one group. */
export type VoteKey = "logs-and-value" | "logs";

/** A candidate with the answer that it gave, which is part of its value. */
export interface VotingCandidate extends Candidate {
  /** Argument of `final_answer`; null when it was not called. */
  readonly finalAnswer: string | null;
}

/**
 * Self-consistent action generation's vote: candidates that failed are dropped, the others are
 * grouped by what running them gave, and the first candidate of the largest group is chosen. Among
 * groups of one size the one whose first candidate came first wins. When every candidate failed the
 * first one is chosen, and its error is what the agent sees.
 *
 * `logs` groups by prints alone, as the reference does; `logs-and-value` by prints, last value and
 * final answer, so that two candidates that print nothing and answer differently do not tie.
 *
 * @source paper, section 3.3 (self-consistent action generation)
 * @throws {RangeError} when there is no candidate
 */
export function voteOnCandidates(candidates: readonly VotingCandidate[], key: VoteKey): Vote {
  if (candidates.length === 0) throw new RangeError("Cannot vote: there is no candidate");
  const groups = new Map<string, number[]>();
  candidates.forEach((candidate, i) => {
    if (candidate.error !== null || candidate.result === null) return;
    const { logs, output, isFinal } = candidate.result;
    const text = key === "logs"
      ? logs
      : JSON.stringify([logs, output, isFinal, candidate.finalAnswer]);
    const group = groups.get(text);
    if (group) group.push(i);
    else groups.set(text, [i]);
  });
  const sorted = [...groups.values()].sort((a, b) => b.length - a.length || a[0] - b[0]);
  if (sorted.length === 0) return { chosen: 0, groups: [], share: 0 };
  return { chosen: sorted[0][0], groups: sorted, share: sorted[0].length / candidates.length };
}
