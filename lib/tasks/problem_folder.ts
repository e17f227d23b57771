import { readdir, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { readInput } from "../runs/read_input.ts";
import { sha256Hex } from "../runs/hash.ts";
import { type Fields, type RawBenchmark, readRecords } from "./read_records.ts";

/**
 * True if a folder holds a benchmark with one JSON file for each problem, in folders of subjects, as MATH
 * is published (`MATH/train/algebra/1.json`).
 */
export async function isProblemFolder(path: string): Promise<boolean> {
  const isFolder = await stat(path).then((found) => found.isDirectory(), () => false);
  if (!isFolder) return false;
  const [first] = await jsonFiles(path);
  if (first === undefined) return false;
  const value = await readInput(join(path, first));
  try {
    const record = JSON.parse(new TextDecoder().decode(value));
    return typeof record?.problem === "string";
  } catch {
    return false;
  }
}

/**
 * The problems of such a folder. A problem without an id gets its path: `algebra/1`.
 *
 * @throws {Error} naming the file that cannot be read, or holds several problems
 */
export async function readFolder(
  folder: string,
): Promise<{ readonly raw: RawBenchmark; readonly sha256: string }> {
  const records: Fields[] = [];
  const places: string[] = [];
  const hashes: string[] = [];
  for (const path of await jsonFiles(folder)) {
    const bytes = await readInput(join(folder, path));
    const { records: found } = readRecords(join(folder, path), bytes);
    if (found.length !== 1) {
      throw new Error(
        `Cannot read ${
          join(folder, path)
        }: it holds ${found.length} examples; in a folder with a file ` +
          "for each problem there must be one",
      );
    }
    records.push({ id: path.replace(/\.json$/, "").replaceAll("\\", "/"), ...found[0] });
    places.push(path);
    hashes.push(`${path} ${sha256Hex(bytes)}`);
  }
  const sha256 = sha256Hex(new TextEncoder().encode(hashes.join("\n")));
  return { raw: { form: "json", records, places, metadata: {} }, sha256 };
}

/** Paths in the folder, in the order of names and of the numbers in them. */
async function jsonFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile() && entry.name.endsWith(".json"))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
}
