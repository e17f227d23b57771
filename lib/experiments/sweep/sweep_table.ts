import { join } from "node:path";
import { summarize } from "../../evaluation/summarize.ts";
import { crossTable } from "../../display/cross_table.ts";
import type { Table } from "../../display/table.ts";
import { writeFileAtomic } from "../../runs/atomic_write.ts";
import type { SweepResult } from "./sweep.ts";
import { sweepFrame } from "./sweep_frame.ts";

/** The mean over all benchmarks of every system of every cell, one line per cell. */
export function sweepTable({ cells }: Pick<SweepResult, "cells">): Table {
  const summaries = cells.map(({ name, rows }) => ({ name, ...summarize(rows) }));
  return crossTable({
    name: "sweep",
    caption: "Accuracy in percent with its 95% interval, as the mean over the benchmarks.",
    data: summaries.flatMap(({ name: cell, means }) =>
      means.filter(({ domain }) => domain === "all").map(({ system, accuracy }) => ({
        cell,
        system,
        ...accuracy,
      }))
    ),
    rows: ["cell"],
    across: "system",
    cells: [{ field: "estimate", interval: ["low", "high"] }, { field: "n", header: null }],
  });
}

/** Writes a sweep's frame as `rows.parquet` into its folder, and gives the file's path. */
export async function writeSweepFrame(result: SweepResult): Promise<string> {
  const path = join(result.path, "rows.parquet");
  await writeFileAtomic(path, sweepFrame(result).writeParquet({ compression: "zstd" }));
  return path;
}
