import { CAPABILITIES, type Capability } from "../evaluation/capability.ts";
import type { EvaluationRow } from "../evaluation/evaluation_row.ts";
import { strataOf, taskScores } from "../evaluation/task_scores.ts";
import { accuracyInterval } from "../evaluation/accuracy_interval.ts";
import { frameFrom } from "./frame.ts";
import { type Cell, percent, Table } from "../display/table.ts";

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
  const records = acting.flatMap((system) => {
    const ofSystem = rows.filter((row) => row.system === system && row.verdict !== "unscored");
    return CAPABILITIES.map((capability) => {
      const used = ofSystem.filter((row) => row.capability === capability);
      const { values, clusters } = pooled(used);
      const accuracy = accuracyInterval({ values, clusters });
      return {
        system,
        capability,
        share: used.length / ofSystem.length,
        attempts: used.length,
        accuracy,
      };
    });
  });
  const cell = (system: string, capability: Capability): readonly [Cell, Cell] => {
    const record = records.find((r) => r.system === system && r.capability === capability)!;
    if (record.attempts === 0) return ["0.0", null];
    return [percent(record.share), record.accuracy];
  };
  return new Table({
    name: "capabilities",
    caption:
      "What the agents used: share of the attempts in percent, and their accuracy with its 95% interval. " +
      "Code counts when it computes, not when it only calls tools.",
    columns: ["system", ...CAPABILITIES.flatMap((name) => [`${name}, share`, `${name}, accuracy`])],
    rows: acting.map((system) => [system, ...CAPABILITIES.flatMap((name) => cell(system, name))]),
    frame: frameFrom(
      records.map(({ system, capability, share, attempts, accuracy }) => ({
        system,
        capability: capability as string,
        share,
        attempts,
        accuracy: attempts === 0 ? null : accuracy.estimate,
        low: attempts === 0 ? null : accuracy.low,
        high: attempts === 0 ? null : accuracy.high,
      })),
      {
        system: "text",
        capability: "text",
        share: "number",
        attempts: "number",
        accuracy: "number",
        low: "number",
        high: "number",
      },
    ),
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
