import { fileURLToPath } from "node:url";
import pl, { type DataFrame } from "nodejs-polars";
import type { FindingInput } from "../findings/finding_input.ts";
import { readInput } from "../../runs/read_input.ts";
import { cellsOfFrame } from "../sweep/cells_of_frame.ts";
import { paperPlan } from "./paper_plan.ts";
import { paperProfiles } from "./paper_profiles.ts";
import { referenceOf } from "./reference_of.ts";

/**
 * The runs that are stored with the project: `lab` and `lab_larger` (`docs/paper-in-miniature.md`), `real`,
 * `real_thoughts` and `real_lab` (`docs/real-students.md`), `improvement` (`docs/improvement.md`).
 */
export type StoredRuns =
  | "lab"
  | "lab_larger"
  | "real"
  | "real_thoughts"
  | "real_lab"
  | "improvement";

const files: Readonly<Record<StoredRuns, string>> = {
  lab: "cells",
  lab_larger: "full_cells",
  real: "real_cells",
  real_thoughts: "real_thoughts_cells",
  real_lab: "real_lab_cells",
  improvement: "improve_cells",
};

/** The file of stored runs, wherever the project is used from. */
const fileOf = (name: StoredRuns): string =>
  fileURLToPath(new URL(`../../../data/paper/${files[name]}.parquet`, import.meta.url));

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
export async function storedPaper(path: string = fileOf("lab")): Promise<FindingInput> {
  const bytes = await readInput(path);
  try {
    return paperOfFrame(pl.readParquet(bytes));
  } catch (cause) {
    throw new Error(`Cannot read the runs of ${path}: ${(cause as Error).message}`, { cause });
  }
}

/**
 * The runs of a sweep's frame, ready for findings and tables.
 *
 * @throws {Error} naming what is missing in it
 */
export function paperOfFrame(frame: DataFrame): FindingInput {
  const cells = cellsOfFrame(frame);
  // Runs of students that go on have no other student than the agent.
  const isOfAgents = cells.every(({ options }) => options.students === "agent");
  const isNoAblation = isOfAgents ? () => true : undefined;
  return { cells, reference: referenceOf(paperPlan(paperProfiles.full), cells, isNoAblation) };
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
export function storedRealPaper(path: string = fileOf("real")): Promise<FindingInput> {
  return storedPaper(path);
}

/**
 * Every answer of one of the {@link StoredRuns}.
 *
 * @throws {RangeError} when there are none of that name, naming those there are
 * @throws {Error} naming the file that cannot be read, or what is missing in it
 *
 * @example
 * ```ts
 * import { findingOf } from "@potstill";
 * import { storedRuns } from "@potstill/experiments";
 * console.log(findingOf("F1", await storedRuns("lab_larger")).verdict);
 * ```
 */
export async function storedRuns(name: StoredRuns): Promise<FindingInput> {
  if (!Object.hasOwn(files, name)) {
    throw new RangeError(`No stored runs "${name}": there are ${Object.keys(files).join(", ")}`);
  }
  return await storedPaper(fileOf(name));
}
