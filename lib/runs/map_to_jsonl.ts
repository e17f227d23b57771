import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { forEachConcurrently } from "./for_each_concurrently.ts";
import { JsonlAppender, type LineCheck, readJsonl, writeJsonl } from "./jsonl.ts";

/** Options of {@link mapToJsonl}. */
export interface MapToJsonlOptions<Item, Row> {
  /** The file that appears when every item is done; its rows are in the order of the items. */
  readonly path: string;
  /** Items to work on. */
  readonly items: readonly Item[];
  /** Unique among the items. */
  readonly itemId: (item: Item) => string;
  /** The id of the item that a row is of. */
  readonly rowId: (row: Row) => string;
  /** Checks a stored row. */
  readonly check: LineCheck<Row>;
  /** Items worked on at once. @default 1 */
  readonly concurrency?: number;
  /** Stops; what is done stays stored. */
  readonly signal?: AbortSignal;
  /** Called with the number of items done. */
  readonly onProgress?: (done: number, row: Row | null) => void;
}

/**
 * Maps items to rows of a JSON-lines file so that nothing done is lost: each row is stored as it
 * comes, an interrupted call goes on where it stopped, and the finished file does not depend on the
 * order in which rows came.
 *
 * @throws whatever `work` rejects with, after the other items under way have ended; what was done
 * stays stored
 */
export async function mapToJsonl<Item, Row>(
  options: MapToJsonlOptions<Item, Row>,
  work: (item: Item, signal: AbortSignal) => Promise<Row>,
): Promise<Row[]> {
  const { path, items, itemId, rowId, check } = options;
  if (existsSync(path)) {
    const rows = await readJsonl(path, check);
    checkRows(path, rows.map(rowId), items.map(itemId));
    return rows;
  }
  const partial = `${path}.partial`;
  const appender = await JsonlAppender.open(partial);
  const rows = new Map<string, Row>();
  try {
    for (const row of await readJsonl(partial, check)) rows.set(rowId(row), row);
    options.onProgress?.(rows.size, null);
    const todo = items.filter((item) => !rows.has(itemId(item)));
    const pool = { concurrency: options.concurrency ?? 1, signal: options.signal };
    await forEachConcurrently(todo, pool, async (item, signal) => {
      const row = await work(item, signal);
      await appender.append(row);
      rows.set(rowId(row), row);
      options.onProgress?.(rows.size, row);
    });
  } finally {
    await appender.close();
  }
  const ordered = items.map((item) => rows.get(itemId(item))!);
  await writeJsonl(path, ordered);
  await rm(partial, { force: true });
  return ordered;
}

/** @throws {Error} naming the file and the row that is of another item */
function checkRows(path: string, found: readonly string[], wanted: readonly string[]): void {
  const at = wanted.findIndex((id, i) => id !== found[i]);
  if (at === -1 && found.length === wanted.length) return;
  const row = at === -1 ? wanted.length : at;
  throw new Error(
    `Cannot use ${path}: it has ${found.length} rows for ${wanted.length} items, and row ${
      row + 1
    } ` +
      `is ${found[row] ?? "missing"} where ${wanted[row] ?? "none"} should be`,
  );
}
