import { basename } from "node:path";
import type { StoredCell } from "../sweep/stored_cell.ts";

/**
 * Runs on data of others without that data's text and without the places of files: gold answers are left out,
 * and options name files, models and indexes without their folders. Verdicts, predictions, ids and
 * counts stay, so that every table follows from them.
 *
 * @example
 * ```ts
 * import { setNames } from "@potstill/experiments/paper/shareable_cells.ts";
 * if (setNames("sets/a.jsonl:40,lab") !== "a.jsonl:40, lab") throw new Error("misread");
 * ```
 */
export function shareableCells(cells: readonly StoredCell[]): StoredCell[] {
  return cells.map(({ options, rows, teacherRows, ...cell }) => ({
    ...cell,
    path: "",
    options: {
      ...options,
      student: modelName(options.student),
      train: setNames(options.train),
      test: setNames(options.test),
      search: options.search === null ? null : basename(options.search),
      teacher: modelName(options.teacher),
    },
    rows: rows.map((row) => ({ ...row, gold: "" })),
    teacherRows: teacherRows.map((row) => ({ ...row, gold: "" })),
  }));
}

/** A model's name: without the folder of a file, and without the ending of a GGUF file. */
export function modelName(model: string): string {
  return basename(model).replace(/\.gguf$/i, "");
}

/** Sets as they are typed, without the folders of files. */
export function setNames(sets: string): string {
  return sets.split(",").map((set) => basename(set.trim())).join(", ");
}
