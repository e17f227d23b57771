import { existsSync, statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";

/** Folders within folders that are looked into. */
const MAX_DEPTH = 8;

/** A result file of the reference implementation tells its settings in its name. */
const REFERENCE_FILE = /_type=(?:agent|reasoning)(?:_[^/]*)?\.jsonl$/;

/**
 * The files of results at a path: the file itself; `rows.jsonl` of a run or of all runs within a
 * folder; of a folder of other results its JSON, JSON-lines, Parquet and `.eval` files; and the result tree of
 * the reference implementation, `MODEL/BENCHMARK_SPLIT/evaluations/SETTINGS_scored.jsonl`, where
 * answers that were scored are not read twice.
 *
 * @throws {Error} naming the path when there are none
 * @source the folders that the reference implementation writes (`logs/qa_results/`, and `qa_results/`
 *   in a student's folder)
 */
export async function findResults(path: string): Promise<string[]> {
  if (!existsSync(path)) throw new Error(`Cannot find ${path}`);
  if (!statSync(path).isDirectory()) return [path];
  const own = join(path, "rows.jsonl");
  if (existsSync(own)) return [own];
  if (existsSync(join(path, "manifest.json"))) {
    throw new Error(`Cannot report ${path}: the run has no rows.jsonl; it is not complete`);
  }
  const files = await filesBelow(path, MAX_DEPTH);
  const runs = files.filter((file) => basename(file) === "rows.jsonl");
  if (runs.length > 0) return runs;
  const tree = files.filter((file) => REFERENCE_FILE.test(file));
  const inFolder = (await readdir(path)).sort().map((name) => join(path, name));
  const found = tree.length > 0
    ? withoutUnscored(tree)
    : inFolder.filter((file) => /\.(?:jsonl?|parquet|eval)$/.test(file) && !isSummary(file));
  if (found.length === 0) throw new Error(`Cannot find rows or result files in ${path}`);
  return found;
}

async function filesBelow(path: string, depth: number): Promise<string[]> {
  const files: string[] = [];
  for (const name of (await readdir(path)).sort()) {
    const inner = join(path, name);
    // A link to nowhere is nothing.
    const found = statSync(inner, { throwIfNoEntry: false });
    if (found?.isFile()) files.push(inner);
    else if (found?.isDirectory() && depth > 0) files.push(...await filesBelow(inner, depth - 1));
  }
  return files;
}

function isSummary(path: string): boolean {
  return basename(path).startsWith("evaluation_summary_");
}

/** Leaves out answers whose scored copy is in `evaluations/` beside them. */
function withoutUnscored(files: readonly string[]): string[] {
  const scored = files.filter((file) => file.endsWith("_scored.jsonl"))
    // Long names are cut and end in a hash.
    .map((file) => file.replace(/(?:_[0-9a-f]{12})?_scored\.jsonl$/, ""));
  return files.filter((file) => {
    if (isSummary(file)) return false;
    if (file.endsWith("_scored.jsonl")) return true;
    const copy = join(file, "..", "evaluations", basename(file, ".jsonl"));
    return !scored.some((start) => copy.startsWith(start));
  });
}
