import pl from "nodejs-polars";
import type { EvaluationRow } from "../../evaluation/evaluation_row.ts";
import { type FindingInput, tiers } from "../findings/finding_input.ts";
import { readInput } from "../../runs/read_input.ts";
import { OPTION_PREFIX } from "../sweep/cells_of_frame.ts";
import { buildPaperReport, writePaperReport } from "./paper_report.ts";
import { storedPaper } from "./stored_paper.ts";
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
  const bytes = await readInput(path);
  if (!columnsOf(bytes).some((name) => name.startsWith(OPTION_PREFIX))) return null;
  const input = await storedPaper(path);
  const sizes = tiers(input);
  const rows = sizes.length === 1 ? sizes[0].cells.flatMap((cell) => cell.rows) : tierRows(input);
  return { input, rows };
}

/** The columns of a frame; none of bytes that are no frame, which whoever reads rows of them tells. */
function columnsOf(bytes: Uint8Array): readonly string[] {
  try {
    return pl.readParquet(bytes as Parameters<typeof pl.readParquet>[0]).columns;
  } catch {
    return [];
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
