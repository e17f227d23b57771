import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import pl from "nodejs-polars";
import type { FindingInput } from "../findings/finding_input.ts";
import { cellsOfFrame } from "../sweep/cells_of_frame.ts";
import { paperPlan } from "./paper_plan.ts";
import { paperProfiles } from "./paper_profiles.ts";
import { referenceOf } from "./reference_of.ts";

/** The frame of the full run that is stored with the project (`docs/paper-in-miniature.md`). */
const storedPaperFile: string = fileURLToPath(
  new URL("../../../data/paper/cells.parquet", import.meta.url),
);

/** The frame of the runs with more tasks (`docs/paper-in-miniature.md`). */
const storedLargerFile: string = fileURLToPath(
  new URL("../../../data/paper/full_cells.parquet", import.meta.url),
);

/** The frame of the run with a model and questions of others (`docs/real-students.md`). */
const storedRealFile: string = fileURLToPath(
  new URL("../../../data/paper/real_cells.parquet", import.meta.url),
);

/** The frame of the students that went on by themselves (`docs/improvement.md`). */
const storedImprovementFile: string = fileURLToPath(
  new URL("../../../data/paper/improve_cells.parquet", import.meta.url),
);

/**
 * Every answer of a full run of the paper in miniature, ready for findings and tables.
 *
 * @param path a `cells.parquet` that `deno task potstill paper` wrote. @default the one stored with the project
 * @throws {Error} naming the file that cannot be read, or what is missing in it
 *
 * @example
 * ```ts
 * import { findingOf, storedPaper } from "@potstill";
 * console.log(findingOf("F1", await storedPaper()).verdict);
 * ```
 */
export async function storedPaper(path: string = storedPaperFile): Promise<FindingInput> {
  try {
    const cells = cellsOfFrame(pl.readParquet(await readFile(path)));
    // Runs of students that go on have no other student than the agent.
    const isOfAgents = cells.every(({ options }) => options.students === "agent");
    const isNoAblation = isOfAgents ? () => true : undefined;
    return { cells, reference: referenceOf(paperPlan(paperProfiles.full), cells, isNoAblation) };
  } catch (cause) {
    throw new Error(`Cannot read the runs of ${path}: ${(cause as Error).message}`, { cause });
  }
}

/**
 * Every answer of the lab's runs with more tasks (`docs/paper-in-miniature.md`): fewer sizes and ablations than
 * {@link storedPaper} has.
 *
 * @param path a `cells.parquet` that `deno task potstill paper` wrote. @default the one stored with the project
 * @throws {Error} naming the file that cannot be read, or what is missing in it
 *
 * @example
 * ```ts
 * import { findingOf } from "@potstill";
 * import { storedLargerPaper } from "@potstill/experiments";
 * console.log(findingOf("F1", await storedLargerPaper()).verdict);
 * ```
 */
export function storedLargerPaper(path: string = storedLargerFile): Promise<FindingInput> {
  return storedPaper(path);
}

/**
 * Every answer of the run with real students (`docs/real-students.md`), without the gold answers, which are the
 * data sets'.
 *
 * @param path a `shareable.parquet` that `deno task potstill paper` wrote. @default the one stored with the project
 * @throws {Error} naming the file that cannot be read, or what is missing in it
 *
 * @example
 * ```ts
 * import { storedRealPaper } from "@potstill";
 * const { cells } = await storedRealPaper();
 * if (cells.some(({ rows }) => rows.some(({ gold }) => gold !== ""))) throw new Error("gold answers");
 * ```
 */
export function storedRealPaper(path: string = storedRealFile): Promise<FindingInput> {
  return storedPaper(path);
}

/**
 * Every answer of the students that went on past imitation, one run for each method and seed
 * (`docs/improvement.md`).
 *
 * @param path a `cells.parquet` that `deno task potstill paper --profile improve` wrote. @default the one stored with the project
 * @throws {Error} naming the file that cannot be read, or what is missing in it
 *
 * @example
 * ```ts
 * import { findingOf } from "@potstill";
 * import { storedImprovement } from "@potstill/experiments";
 * console.log(findingOf("F16", await storedImprovement()).verdict);
 * ```
 */
export function storedImprovement(path: string = storedImprovementFile): Promise<FindingInput> {
  return storedPaper(path);
}
