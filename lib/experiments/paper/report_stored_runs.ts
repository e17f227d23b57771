import type { Buffer } from "node:buffer";
import pl, { type DataFrame } from "nodejs-polars";
import type { EvaluationRow } from "../../evaluation/evaluation_row.ts";
import { type FindingInput, tiers } from "../findings/finding_input.ts";
import { readInput } from "../../runs/read_input.ts";
import { OPTION_PREFIX } from "../sweep/cells_of_frame.ts";
import { buildPaperReport, writePaperReport } from "./paper_report.ts";
import { paperOfFrame } from "./stored_paper.ts";
import { tierRows } from "./tier_figures.ts";

/** The runs of a frame. */
export interface RunsOfFrame {
  /** Every run, for findings. */
  readonly input: FindingInput;
  /**
   * The answers of those runs that ablations are compared with, for tables by system; of several sizes each
   * system's name begins with its size.
   */
  readonly rows: readonly EvaluationRow[];
}

/**
 * The runs of a frame of a sweep (`cells.parquet`, `shareable.parquet`): answers with the settings of the run that
 * each is of. Null for another file.
 *
 * @throws {Error} naming the file that cannot be read, or what is missing in it
 */
export async function runsOfFrame(path: string): Promise<RunsOfFrame | null> {
  if (!path.endsWith(".parquet")) return null;
  const frame = frameOf(await readInput(path));
  if (frame === null || !frame.columns.some((name) => name.startsWith(OPTION_PREFIX))) return null;
  const input = paperOfFrame(frame);
  const sizes = tiers(input);
  const rows = sizes.length === 1 ? sizes[0].cells.flatMap((cell) => cell.rows) : tierRows(input);
  return { input, rows };
}

/** Null for bytes that are no frame: whoever reads rows of them tells. */
function frameOf(bytes: Buffer): DataFrame | null {
  try {
    return pl.readParquet(bytes);
  } catch {
    return null;
  }
}

/**
 * Writes the findings of stored runs, their tables and figures into `dir`.
 *
 * @returns the path of the page
 */
export async function reportFindings(
  dir: string,
  input: FindingInput,
  { path, command }: { readonly path: string; readonly command: string },
): Promise<string> {
  const seeds = new Set(input.cells.map(({ options }) => options.seed));
  const report = await buildPaperReport(input, {
    title: "Findings of stored runs",
    description: [`${input.cells.length} runs, seeds ${[...seeds].sort().join(", ")}.`],
    command,
    facts: [["answers", path]],
  });
  return (await writePaperReport(dir, report)).at(-1)!;
}
