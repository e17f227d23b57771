import type { EvaluationRow } from "../evaluation/evaluation_row.ts";
import { seedSpread } from "../evaluation/seed_spread.ts";
import { frameFrom } from "../display/frame.ts";
import { percent, Table } from "../display/table.ts";

/** The systems that were run with several seeds: mean and spread over the seeds; null when none was. */
export function seedTable(
  rows: readonly EvaluationRow[],
  systems: readonly string[],
): Table | null {
  const spreads = systems.map((system) => seedSpread(rows.filter((row) => row.system === system)))
    .filter(({ means }) => means.length > 1);
  if (spreads.length === 0) return null;
  return new Table({
    name: "seeds",
    caption:
      "Mean over seeds in percent with Student's 95% interval, and the standard deviation of " +
      "the seeds' means in points. It asks what other seeds would give; the main table's intervals " +
      "ask what other tasks would.",
    columns: ["system", "mean", "deviation", "seeds"],
    rows: spreads.map(({ system, mean, deviation, means }) => [
      system,
      mean,
      percent(deviation),
      String(means.length),
    ]),
    frame: frameFrom(
      spreads.flatMap(({ system, means }) => means.map((entry) => ({ system, ...entry }))),
      { system: "text", seed: "number", mean: "number" },
    ),
  });
}
