import { basename } from "node:path";
import pl, { type DataFrame } from "nodejs-polars";
import { checkEvaluationRow } from "../evaluation/check_evaluation_row.ts";
import type { EvaluationRow } from "../evaluation/evaluation_row.ts";
import { type ImportedResult, importResult } from "../evaluation/import_results.ts";
import { inspectLogOfZip, isInspectLog, recordsOfInspectLog } from "../evaluation/inspect_log.ts";
import { systemIdOf } from "../evaluation/system_id.ts";
import type { MathPolicy } from "../grading/math/policy.ts";
import { findResults } from "./find_results.ts";
import { rowsFrame, rowsFromFrame } from "../evaluation/rows_frame.ts";
import { factsOfResultFile } from "./result_file_name.ts";
import { readInput } from "../runs/read_input.ts";

/** A source of results, with the name of its system. */
export interface ResultSource {
  /** A run's folder, a folder of such folders or of result files, or a file. */
  readonly path: string;
  /** The system's name in tables. @default what the rows say; else by `factsOfResultFile` */
  readonly name?: string;
}

/** Settings for result files of other tools. */
export interface LoadResultsOptions {
  /** The policy for mathematics. @default "rounded" */
  readonly mathPolicy?: MathPolicy;
  /** The benchmark of all of them. @default what the records say, else their ids, else the files' names */
  readonly benchmark?: string;
}

/** Results of one or more sources. */
export interface LoadedResults {
  /** Every row, in the order of the sources. */
  readonly rows: readonly EvaluationRow[];
  /** The rows that come from result files of other tools, with their recorded verdicts. */
  readonly imported: readonly ImportedResult[];
  /** Files that were read. */
  readonly files: readonly string[];
  /** The rows as a Polars frame. */
  frame(): DataFrame;
}

/**
 * Loads evaluation rows: `rows.jsonl` of runs, `.parquet` of frames, and result files of the reference
 * implementation (JSON lines or a JSON array) and logs of inspect_ai (`.eval`, `.json`), which are
 * graded anew.
 *
 * @throws {Error} naming the file, and the line, that cannot be read; or a row that occurs twice
 */
export async function loadResults(
  sources: readonly ResultSource[],
  options: LoadResultsOptions = {},
): Promise<LoadedResults> {
  const rows: EvaluationRow[] = [];
  const imported: ImportedResult[] = [];
  const files: string[] = [];
  for (const { path, name } of sources) {
    for (const file of await findResults(path)) {
      const loaded = await loadFile(file, name, options);
      // Not spread: a call takes no more than some 100,000 arguments.
      for (const row of loaded.rows) rows.push(row);
      for (const result of loaded.imported) imported.push(result);
      files.push(file);
    }
  }
  checkUnique(rows);
  return { rows, imported, files, frame: () => rowsFrame(rows) };
}

async function loadFile(
  path: string,
  name: string | undefined,
  options: LoadResultsOptions,
): Promise<{ rows: EvaluationRow[]; imported: ImportedResult[] }> {
  const records = await readRecordsOf(path);
  if (records.length === 0) throw new Error(`Cannot report ${path}: it holds no results`);
  if (records.some(({ value }) => isRow(value))) {
    const rows = records.map(({ value, number }) =>
      named(path, number, () => checkEvaluationRow(value))
    );
    return { rows: name === undefined ? rows : renamed(rows, name), imported: [] };
  }
  const facts = factsOfResultFile(path);
  const imported = records.map(({ value, number }) =>
    named(path, number, () => {
      // In the reference's tree the name tells more than the record: seed, samples, the student.
      const own = facts.model === undefined ? systemOfRecord(asObject(value)) : null;
      const system = name ?? own ?? facts.system;
      return importResult(value, number, { ...facts, ...options, system });
    })
  );
  return { rows: imported.map(({ row }) => row), imported };
}

interface NumberedRecord {
  readonly value: unknown;
  readonly number: number;
}

async function readRecordsOf(path: string): Promise<NumberedRecord[]> {
  const numbered = (values: readonly unknown[]) =>
    values.map((value, i) => ({ value, number: i + 1 }));
  const bytes = await readInput(path);
  if (path.endsWith(".parquet")) {
    return numbered(named(path, null, () => rowsFromFrame(pl.readParquet(bytes))));
  }
  if (path.endsWith(".eval")) {
    return numbered(named(path, null, () => recordsOfInspectLog(inspectLogOfZip(bytes))));
  }
  const text = bytes.toString("utf8");
  if (path.endsWith(".json")) {
    const value = named(path, null, () => JSON.parse(text));
    if (isInspectLog(value)) return numbered(named(path, null, () => recordsOfInspectLog(value)));
    const list = Array.isArray(value) ? value : value?.results ?? value?.examples;
    if (!Array.isArray(list)) {
      throw new Error(`Cannot read ${path}: it is neither a list nor an object with "results"`);
    }
    return numbered(list);
  }
  return text.split("\n").flatMap((line, i) =>
    line.trim() === "" ? [] : [{ value: named(path, i + 1, () => JSON.parse(line)), number: i + 1 }]
  );
}

function named<T>(path: string, number: number | null, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    const line = number === null ? "" : ` line ${number}`;
    throw new Error(`Cannot read ${path}${line}: ${(cause as Error).message}`, { cause });
  }
}

function asObject(value: unknown): object {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new Error(`a result must be an object, not ${JSON.stringify(value)?.slice(0, 60)}`);
}

function isRow(value: unknown): boolean {
  return typeof value === "object" && value !== null && "verdict" in value && "system" in value;
}

function renamed(rows: readonly EvaluationRow[], name: string): EvaluationRow[] {
  const isOne = new Set(rows.map((row) => row.system)).size === 1;
  const given = systemIdOf({ system: name });
  return rows.map((row) => ({
    ...row,
    system: isOne ? name : `${name}: ${row.system}`,
    systemId: isOne ? given : `${given}-${systemIdOf(row)}`,
  }));
}

/** The system that a record names, with its way of answering where it names a model alone. */
function systemOfRecord(value: unknown): string | null {
  const { system, model_id: model, log_data: log } = value as Readonly<Record<string, unknown>>;
  if (typeof system === "string" && system !== "") return system;
  if (typeof model !== "string" || model === "") return null;
  return `${basename(model)}${log === undefined ? "" : " agent"}`;
}

function checkUnique(rows: readonly EvaluationRow[]): void {
  const seen = new Set<string>();
  for (const { system, benchmark, taskId, seed } of rows) {
    const key = JSON.stringify([system, benchmark, taskId, seed]);
    if (seen.has(key)) {
      throw new Error(
        `Cannot report: the system "${system}" has two rows of ${benchmark}/${taskId} with seed ${seed}; give one of the sources another name: NAME=PATH`,
      );
    }
    seen.add(key);
  }
}
