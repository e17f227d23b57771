import { basename, join } from "node:path";
import type { Paradigm } from "../../records/trajectory.ts";
import { newRunPath, openRun } from "../../runs/run_folder.ts";
import { writeJsonAtomic } from "../../runs/atomic_write.ts";
import { JsonlAppender } from "../../runs/jsonl.ts";
import { rename, rm } from "node:fs/promises";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import type { ImportedTrajectory, ImportForm } from "./imported_trajectory.ts";
import { importRecord } from "./import_record.ts";
import { recordsOfFile } from "./records_of_file.ts";
import type { ImportDefaults } from "./task_of_record.ts";

/** A line that could not be imported. */
export interface ImportProblem {
  /** The file that holds the line. */
  readonly file: string;
  /** From 1; in a JSON list the record's place. */
  readonly line: number;
  /** Reason why it could not be imported. */
  readonly problem: string;
}

/** Summary of an import. */
export interface ImportSummary {
  /** The run's folder. */
  readonly path: string;
  /** Records read. */
  readonly records: number;
  /** Trajectories written. */
  readonly trajectories: number;
  /** Trajectories by paradigm. */
  readonly paradigms: Readonly<Partial<Record<Paradigm, number>>>;
  /** Records by form. */
  readonly forms: Readonly<Partial<Record<ImportForm, number>>>;
  /** Lines that could not be imported. */
  readonly problems: readonly ImportProblem[];
}

/** Options of {@link importFiles}. */
export interface ImportOptions extends ImportDefaults {
  /** Files of JSON lines, or of one JSON list. */
  readonly files: readonly string[];
  /** Folder of the run. @default a new one in `data/runs/` */
  readonly out?: string;
  /** Stop at the first line that cannot be imported, and write nothing. @default false */
  readonly isStrict?: boolean;
  /** Gives the import up; nothing is left of it. */
  readonly signal?: AbortSignal;
}

/**
 * Imports trajectories and conversations that other tools recorded into a run folder, as if it had been
 * made here: it can be viewed, filtered and exported. Lines that cannot be read are listed in
 * `summary.json` with the reason; each file's last line may be unfinished.
 *
 * @throws {Error} when a file cannot be read, holds a line that is no JSON, or, when strict, one that
 * has no form that is known; the signal's reason, when it is aborted
 */
export async function importFiles(options: ImportOptions): Promise<ImportSummary> {
  const out = options.out ?? newRunPath({ command: "import", resolved: {} });
  const before = existsSync(out) ? new Set(readdirSync(out)) : null;
  let isKept = false;
  try {
    const summary = await importInto({ ...options, out });
    isKept = summary.records > 0;
    return summary;
  } finally {
    // An import that gives nothing leaves nothing.
    if (!isKept) await removeMade(out, before);
  }
}

/** Removes what was made in a folder, and the folder where it was made. */
async function removeMade(folder: string, before: ReadonlySet<string> | null): Promise<void> {
  if (before === null) return await rm(folder, { recursive: true, force: true });
  if (before.has("manifest.json")) return;
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    if (!before.has(name)) await rm(join(folder, name), { recursive: true, force: true });
  }
}

async function importInto(options: ImportOptions & { out: string }): Promise<ImportSummary> {
  const { files, out, isStrict = false, signal, ...defaults } = options;
  await using run = await openRun({
    command: "import",
    given: { files: [...files], ...defaults },
    resolved: { files: [...files], ...defaults },
    prompts: {},
    out,
  });
  const folder = join(run.path, "trajectories");
  mkdirSync(folder, { recursive: true });
  const writers = new Map<Paradigm, JsonlAppender>();
  const ids = new Map<string, number>();
  const paradigms: Partial<Record<Paradigm, number>> = {};
  const forms: Partial<Record<ImportForm, number>> = {};
  const problems: ImportProblem[] = [];
  let records = 0;
  let trajectories = 0;
  try {
    const names = fileNames(files);
    for (const path of files) {
      const file = names.get(path)!;
      for await (const { value, number } of recordsOfFile(path)) {
        signal?.throwIfAborted();
        const read = readRecord(value, file, number, defaults);
        if ("problem" in read) {
          if (isStrict) {
            throw new Error(`Cannot import ${path} line ${number}: ${read.problem}`);
          }
          problems.push(read);
          continue;
        }
        records++;
        const { form } = read.trajectories[0].imported;
        forms[form] = (forms[form] ?? 0) + 1;
        for (const trajectory of read.trajectories.map((one) => withUniqueId(one, ids))) {
          const { paradigm } = trajectory;
          let writer = writers.get(paradigm);
          if (writer === undefined) {
            writer = await JsonlAppender.open(join(folder, `${paradigm}.jsonl.partial`));
            writers.set(paradigm, writer);
          }
          await writer.append(trajectory);
          paradigms[paradigm] = (paradigms[paradigm] ?? 0) + 1;
          trajectories++;
        }
      }
    }
  } finally {
    for (const writer of writers.values()) await writer.close();
  }
  for (const paradigm of writers.keys()) {
    const path = join(folder, `${paradigm}.jsonl`);
    await rename(`${path}.partial`, path);
  }
  const summary = { path: run.path, records, trajectories, paradigms, forms, problems };
  await writeJsonAtomic(join(run.path, "summary.json"), summary);
  return summary;
}

/** Files by their names alone; those of one name by their paths as given. */
function fileNames(files: readonly string[]): ReadonlyMap<string, string> {
  const paths = [...new Set(files)];
  const count = (name: string) => paths.filter((path) => basename(path) === name).length;
  return new Map(paths.map((path) => {
    const name = basename(path);
    return [path, count(name) === 1 ? name : path];
  }));
}

function readRecord(
  value: unknown,
  file: string,
  line: number,
  defaults: ImportDefaults,
): { trajectories: ImportedTrajectory[] } | ImportProblem {
  try {
    return { trajectories: importRecord(value, { file, line }, defaults) };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return { file, line, problem: error.message };
  }
}

/** Tools that number tasks anew in every file give the same id twice. */
function withUniqueId(
  trajectory: ImportedTrajectory,
  ids: Map<string, number>,
): ImportedTrajectory {
  const count = ids.get(trajectory.id) ?? 0;
  ids.set(trajectory.id, count + 1);
  if (count === 0) return trajectory;
  const id = trajectory.id.replace(/#(\d+)$/, (_, sample) => `#${Number(sample)}.${count}`);
  return { ...trajectory, id };
}
