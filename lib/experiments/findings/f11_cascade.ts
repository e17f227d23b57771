import type { EvaluationRow } from "../../evaluation/evaluation_row.ts";
import type { Claim, Figures } from "./claim.ts";
import { type FindingInput, systemRows, tiers, tiersWith } from "./finding_input.ts";
import { macroMean, seededBootstrap, type SeededInterval } from "./seeded_bootstrap.ts";
import { isCorrect, seededTasks } from "./seeded_tasks.ts";

/** Shares of the tasks that go to the teacher. */
const ESCALATED_SHARES = [0, 0.1, 0.25, 0.5, 1] as const;
const CLAIMED = 0.25;

/** A cascade's accuracy and cost. */
export interface CascadePoint {
  /** Share of the tasks that the teacher answers. */
  readonly share: number;
  /** Accuracy when those are the tasks on which the candidates agreed least. */
  readonly accuracy: SeededInterval;
  /** That accuracy, minus the accuracy with the same number of tasks chosen by chance. */
  readonly gain: SeededInterval;
}

/**
 * F11: a cascade. Tasks on which sag's candidates agree least go to the teacher; that is better than
 * sending as many chosen by chance. It is made from stored answers of the student and the teacher.
 *
 * @source beyond the paper: arXiv 2512.02543 (self-consistency cascades)
 */
export const cascade: Claim = {
  id: "F11",
  claim: "Disagreement of sag's candidates tells which tasks to hand to the teacher.",
  source: "beyond the paper: arXiv 2512.02543",
  note: `The ${100 * CLAIMED}% of the tasks with the least agreement go to the teacher agent; ` +
    "against as many chosen by chance, averaged over the sizes. The figures by share are accuracies.",
  isBeyondPaper: true,
  figures: ofCascade,
};

function ofCascade(input: FindingInput): Figures {
  const points = cascadeCurve(input);
  const claimed = points.find(({ share }) => share === CLAIMED);
  return {
    parts: [
      {
        name: `by disagreement − by chance, ${100 * CLAIMED}% escalated`,
        interval: claimed?.gain ?? null,
        unit: "difference",
        threshold: { above: 0 },
      },
      ...points.map(({ share, accuracy }) => ({
        name: `${100 * share}% escalated`,
        interval: accuracy,
        unit: "share" as const,
      })),
    ],
    missing: points.length === 0
      ? ["runs with the systems agent-student-sag and teacher-agent"]
      : [],
  };
}

/** Accuracy of the cascade by share of escalated tasks; empty when a system is missing. */
export function cascadeCurve(input: FindingInput): CascadePoint[] {
  const found = tiersWith(tiers(input), ["agent-student-sag", "teacher-agent"]);
  return ESCALATED_SHARES.flatMap((share) => {
    const pairs = found.flatMap(({ cells }) => {
      const sag = systemRows(cells, "agent-student-sag");
      const escalated = leastAgreed(sag, share);
      const marked = sag.map((row) => escalated.has(row) ? { ...row, voteShare: -1 } : row);
      return [marked, systemRows(cells, "teacher-agent")];
    });
    const tasks = seededTasks(pairs, (rows) => {
      let [accuracy, gain] = [0, 0];
      for (let i = 0; i < rows.length; i += 2) {
        const [student, teacher] = [isCorrect(rows[i]), isCorrect(rows[i + 1])];
        const reached = rows[i].voteShare === -1 ? teacher : student;
        accuracy += reached;
        gain += reached - (1 - share) * student - share * teacher;
      }
      return [2 * accuracy / rows.length, 2 * gain / rows.length];
    });
    if (tasks.length === 0) return [];
    const gains = (means: readonly (readonly number[])[]) =>
      means.reduce((sum, [_, gain]) => sum + gain, 0) / means.length;
    return [{
      share,
      accuracy: seededBootstrap(tasks, macroMean, input),
      gain: seededBootstrap(tasks, gains, input),
    }];
  });
}

/** Under each seed the share of the rows, in order of the benchmarks, that the candidates agree on least. */
function leastAgreed(rows: readonly EvaluationRow[], share: number): Set<EvaluationRow> {
  const chosen = new Set<EvaluationRow>();
  for (const group of Map.groupBy(rows, (row) => row.seed).values()) {
    const order = [...group].sort((a, b) => (a.voteShare ?? 1) - (b.voteShare ?? 1));
    for (const row of order.slice(0, Math.round(share * order.length))) chosen.add(row);
  }
  return chosen;
}
