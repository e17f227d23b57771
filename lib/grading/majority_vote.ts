import type { AnswerKind } from "../records/task.ts";
import { extractAnswer } from "./extract_answer.ts";
import { gradeMath } from "./grade_math.ts";
import { normalizeQaAnswer } from "./normalize_qa_answer.ts";

/** Result of a majority vote. */
export interface MajorityVote {
  /** The first member of the largest group, or null when no sample gave an answer. */
  readonly answer: string | null;
  /** Index of the chosen sample, or -1. */
  readonly chosen: number;
  /** Size of the largest group over the number of samples, 0 to 1. */
  readonly share: number;
  /** Indices of the samples that agree, largest group first; samples without an answer are in none. */
  readonly groups: readonly (readonly number[])[];
}

/**
 * Self-consistency: the answer that most of a task's samples agree on. Samples agree when the
 * grader would take one for the other; a tie goes to the group whose first sample came first.
 *
 * @source Wang et al. 2022, arXiv 2203.11171
 *
 * @example
 * ```ts
 * import { majorityVote } from "@potstill/grading/majority_vote.ts";
 * const vote = majorityVote(["<answer>0.5</answer>", "<answer>3</answer>", "<answer>1/2</answer>"], "math");
 * if (vote.answer !== "0.5" || vote.groups[0].length !== 2) throw new Error("no majority");
 * ```
 */
export function majorityVote(
  samples: readonly (string | null)[],
  kind: AnswerKind,
): MajorityVote {
  const groups: { answer: string; key: string; members: number[] }[] = [];
  samples.forEach((sample, index) => {
    if (sample === null) return;
    const { answer } = extractAnswer(sample, kind);
    const key = normalizeQaAnswer(answer) || answer.trim().toLowerCase();
    if (answer.trim() === "") return;
    const group = groups.find((g) =>
      kind === "qa"
        ? g.key === key
        : gradeMath(g.answer, answer, { policy: "exact" }).verdict === "correct"
    );
    if (group === undefined) groups.push({ answer, key, members: [index] });
    else group.members.push(index);
  });
  groups.sort((a, b) => b.members.length - a.members.length || a.members[0] - b.members[0]);
  const best = groups[0];
  return {
    answer: best?.answer ?? null,
    chosen: best?.members[0] ?? -1,
    share: best === undefined ? 0 : best.members.length / samples.length,
    groups: groups.map((group) => group.members),
  };
}
