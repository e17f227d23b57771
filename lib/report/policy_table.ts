import type { Verdict } from "../records/verdict.ts";
import type { EvaluationRow } from "../evaluation/evaluation_row.ts";
import type { Table } from "../display/table.ts";
import { tableOf } from "../display/table_of.ts";

/** One system's mathematics on one benchmark, by the policy of its rows and by another one. */
export interface PolicyScore {
  /** The system. */
  readonly system: string;
  /** The benchmark. */
  readonly benchmark: string;
  /** Answers graded by both. */
  readonly tasks: number;
  /** The policy of the rows' verdicts. */
  readonly policy: string;
  /** Share of correct answers by it, of those that could be graded; null when none could. */
  readonly accuracy: number | null;
  /** The policy beside. */
  readonly otherPolicy: string;
  /** Share of correct answers by that. */
  readonly otherAccuracy: number | null;
  /** Answers whose verdicts differ. */
  readonly differ: number;
}

/** Both figures for every system and benchmark whose rows keep the verdict of a second policy. */
export function policyScores(rows: readonly EvaluationRow[]): PolicyScore[] {
  const groups = new Map<string, EvaluationRow[]>();
  for (const row of rows) {
    const { system, benchmark, policy, otherPolicy, otherVerdict } = row;
    if (policy === undefined || otherPolicy === undefined || otherVerdict === undefined) continue;
    const key = JSON.stringify([system, benchmark, policy, otherPolicy]);
    groups.set(key, [...groups.get(key) ?? [], row]);
  }
  return [...groups].map(([key, group]) => {
    const [system, benchmark, policy, otherPolicy] = JSON.parse(key) as string[];
    return {
      system,
      benchmark,
      policy,
      otherPolicy,
      tasks: group.length,
      accuracy: shareCorrect(group.map((row) => row.verdict)),
      otherAccuracy: shareCorrect(group.map((row) => row.otherVerdict!)),
      differ: group.filter((row) => row.verdict !== row.otherVerdict).length,
    };
  });
}

function shareCorrect(verdicts: readonly Verdict[]): number | null {
  const scored = verdicts.filter((verdict) => verdict !== "unscored");
  if (scored.length === 0) return null;
  return scored.filter((verdict) => verdict === "correct").length / scored.length;
}

/** Accuracy by both policies where they differ; the frame has every pair. Null when none differs. */
export function policyTable(rows: readonly EvaluationRow[]): Table | null {
  const scores = policyScores(rows);
  if (scores.every(({ differ }) => differ === 0)) return null;
  return tableOf({
    name: "math_policies",
    caption:
      "Accuracy in mathematics in percent by the policy of this report and by another one, " +
      "where their verdicts differ. qwen2.5-math is the rule of the grader that published figures " +
      "were made with: it takes numbers for equal within one part in ten thousand.",
    data: scores,
    only: ({ differ }) => differ > 0,
    columns: [
      "system",
      "benchmark",
      "tasks",
      "policy",
      { field: "accuracy", percent: true },
      { field: "otherPolicy", header: "beside" },
      { field: "otherAccuracy", header: "by that", percent: true },
      "differ",
    ],
  });
}

/** A sentence that names the policies of the rows' mathematics; empty where rows do not tell. */
export function policySentence(rows: readonly EvaluationRow[]): string {
  const benchmarks = new Map<string, Set<string>>();
  for (const { policy, benchmark } of rows) {
    if (policy === undefined) continue;
    benchmarks.set(policy, (benchmarks.get(policy) ?? new Set()).add(benchmark));
  }
  const policies = [...benchmarks.keys()];
  if (policies.length === 0) return "";
  if (policies.length === 1) return `Mathematics is graded by the policy ${policies[0]}.`;
  const named = policies.map((policy) => `${policy} (${[...benchmarks.get(policy)!].join(", ")})`);
  return `Mathematics is graded by the policies ${named.join(" and ")}.`;
}
