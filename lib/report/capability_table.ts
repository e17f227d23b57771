import { CAPABILITIES } from "../evaluation/capability.ts";
import type { EvaluationRow } from "../evaluation/evaluation_row.ts";
import { strataOf, taskScores } from "../evaluation/task_scores.ts";
import { accuracyInterval } from "../evaluation/accuracy_interval.ts";
import { crossTable } from "../display/cross_table.ts";
import type { Table } from "../display/table.ts";

/**
 * Accuracy by what an attempt used (search, code, both, neither), for the systems that act; null when none
 * does. It describes the attempts, it does not explain them: hard questions are searched more often.
 */
export function capabilityTable(
  rows: readonly EvaluationRow[],
  systems: readonly string[],
): Table | null {
  const acting = systems.filter((system) =>
    rows.some((row) =>
      row.system === system && row.paradigm === "agent" && row.capability !== undefined
    )
  );
  if (acting.length === 0) return null;
  const data = acting.flatMap((system) => {
    const ofSystem = rows.filter((row) => row.system === system && row.verdict !== "unscored");
    return CAPABILITIES.map((capability) => {
      const used = ofSystem.filter((row) => row.capability === capability);
      const { values, clusters } = pooled(used);
      const accuracy = used.length === 0 ? null : accuracyInterval({ values, clusters });
      return {
        system,
        capability,
        share: used.length / ofSystem.length,
        attempts: used.length,
        accuracy: accuracy?.estimate ?? null,
        low: accuracy?.low ?? null,
        high: accuracy?.high ?? null,
      };
    });
  });
  return crossTable({
    name: "capabilities",
    caption:
      "What the agents used: share of the attempts in percent, and their accuracy with its 95% interval. " +
      "Code counts when it computes, not when it only calls tools.",
    data,
    rows: ["system"],
    across: "capability",
    cells: [
      { field: "share", header: (name) => `${name}, share`, percent: true },
      { field: "attempts", header: null },
      { field: "accuracy", header: (name) => `${name}, accuracy`, interval: ["low", "high"] },
    ],
  });
}

/** The tasks of all benchmarks as one stratum. */
function pooled(rows: readonly EvaluationRow[]): { values: number[]; clusters: string[] } {
  const strata = strataOf(taskScores(rows));
  return {
    values: strata.flatMap((stratum) => stratum.values),
    // Equal names of clusters in two benchmarks are two clusters.
    clusters: strata.flatMap((stratum, s) =>
      (stratum.clusters ?? []).map((name) => `${s}/${name}`)
    ),
  };
}
