import { join } from "node:path";
import { summarize } from "../../evaluation/summarize.ts";
import { frameFrom } from "../../report/frame.ts";
import { Table } from "../../display/table.ts";
import { writeFileAtomic } from "../../runs/atomic_write.ts";
import type { SweepResult } from "./sweep.ts";
import { sweepFrame } from "./sweep_frame.ts";

/** The mean over all benchmarks of every system of every cell, one line a cell. */
export function sweepTable({ cells }: Pick<SweepResult, "cells">): Table {
  const summaries = cells.map(({ name, rows }) => ({ name, ...summarize(rows) }));
  const systems = [...new Set(summaries.flatMap((summary) => summary.systems))];
  const mean = (cell: typeof summaries[number], system: string) =>
    cell.means.find((m) => m.system === system && m.domain === "all")?.accuracy ?? null;
  return new Table({
    name: "sweep",
    caption: "Accuracy in percent with its 95% interval, as the mean over the benchmarks.",
    columns: ["cell", ...systems],
    rows: summaries.map((cell) => [cell.name, ...systems.map((system) => mean(cell, system))]),
    frame: frameFrom(
      summaries.flatMap((cell) =>
        systems.flatMap((system) => {
          const found = mean(cell, system);
          return found === null ? [] : [{ cell: cell.name, system, ...found }];
        })
      ),
      {
        cell: "text",
        system: "text",
        estimate: "number",
        low: "number",
        high: "number",
        n: "number",
      },
    ),
  });
}

/** Writes a sweep's frame as `rows.parquet` into its folder, and gives the file's path. */
export async function writeSweepFrame(result: SweepResult): Promise<string> {
  const path = join(result.path, "rows.parquet");
  await writeFileAtomic(path, sweepFrame(result).writeParquet({ compression: "zstd" }));
  return path;
}
