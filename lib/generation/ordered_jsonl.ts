import { existsSync } from "node:fs";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { JsonlAppender, type LineCheck } from "../runs/jsonl.ts";
import { streamJsonl } from "../runs/stream_jsonl.ts";

/** Range of a row in a file. */
export interface Slice {
  /** Beginning, in bytes. */
  readonly offset: number;
  /** Length, in bytes. */
  readonly length: number;
}

/** Options of {@link OrderedJsonl.open}. */
interface OrderedJsonlOptions<Row> {
  /** The file that appears when every row is there. */
  readonly path: string;
  /** Gives a row's id. */
  readonly rowId: (row: Row) => string;
  /** Checks a row that is read from a line. */
  readonly check: LineCheck<Row>;
  /** Called with each row that an earlier run left. */
  readonly onEarlier?: (row: Row) => void;
}

/**
 * A JSON-lines file whose rows come in any order and end up in a given one. Rows go to
 * `PATH.partial` as they come; the file itself appears whole, when all are there. Memory holds the
 * rows' ids and places only.
 */
export class OrderedJsonl<Row> {
  /** Ids of the rows that are stored. */
  readonly ids: ReadonlySet<string>;
  readonly #options: OrderedJsonlOptions<Row>;
  readonly #slices: Map<string, Slice>;
  readonly #isFinished: boolean;
  #appender: JsonlAppender | null;
  #end: number;
  /** After a failed write the file may end in a part of a line: nothing may follow it. */
  #failure: unknown = null;
  #queue: Promise<unknown> = Promise.resolve();

  private constructor(
    options: OrderedJsonlOptions<Row>,
    slices: Map<string, Slice>,
    end: number,
    appender: JsonlAppender | null,
  ) {
    this.#options = options;
    this.#slices = slices;
    this.#end = end;
    this.#appender = appender;
    this.#isFinished = appender === null;
    this.ids = new Set(slices.keys());
  }

  /**
   * Opens the file, or what an interrupted run left of it.
   * @throws {Error} naming the file and line that cannot be read, or the file that cannot be written
   */
  static async open<Row>(options: OrderedJsonlOptions<Row>): Promise<OrderedJsonl<Row>> {
    const { path, rowId, check, onEarlier } = options;
    const isFinished = existsSync(path);
    const partial = `${path}.partial`;
    const slices = new Map<string, Slice>();
    let end = 0;
    // Opening cuts off a line that a crash left unfinished.
    const appender = isFinished ? null : await openAppender(partial);
    const earlier = streamJsonl(isFinished ? path : partial, check);
    try {
      for await (const { value, offset, length } of earlier) {
        const id = rowId(value);
        if (slices.has(id)) {
          throw new Error(`Cannot read ${isFinished ? path : partial}: row ${id} occurs twice`);
        }
        slices.set(id, { offset, length });
        end = offset + length;
        onEarlier?.(value);
      }
    } catch (error) {
      await appender?.close();
      throw error;
    }
    if (isFinished) await rm(partial, { force: true });
    return new OrderedJsonl(options, slices, end, appender);
  }

  /** Stores a row. @throws {Error} naming the file when it cannot be written */
  async add(row: Row): Promise<void> {
    if (this.#appender === null) {
      throw new Error(`Cannot add a row to ${this.#options.path}: it is finished`);
    }
    const write = this.#queue.then(() => this.#append(row));
    this.#queue = write.catch((error) => this.#failure ??= error);
    await write;
  }

  async #append(row: Row): Promise<void> {
    if (this.#failure !== null) throw this.#failure;
    const length = new TextEncoder().encode(JSON.stringify(row)).length + 1;
    const offset = this.#end;
    await this.#appender!.append(row);
    this.#end += length;
    this.#slices.set(this.#options.rowId(row), { offset, length });
    (this.ids as Set<string>).add(this.#options.rowId(row));
  }

  /** Stops adding; what is stored stays. */
  async close(): Promise<void> {
    await this.#queue;
    await this.#appender?.close();
    this.#appender = null;
  }

  /**
   * Writes the file, its rows in the order of `ids`, and removes the partial one. Each row is read once
   * more: a file that is there is whole.
   * @throws {Error} naming an id without a row, or the file that cannot be written
   */
  async finish(ids: readonly string[]): Promise<void> {
    await this.close();
    const { path, check, rowId } = this.#options;
    const missing = ids.find((id) => !this.#slices.has(id));
    if (missing !== undefined) throw new Error(`Cannot finish ${path}: row ${missing} is missing`);
    if (this.#slices.size !== ids.length) {
      throw new Error(
        `Cannot finish ${path}: it holds ${this.#slices.size} rows, and ${ids.length} are wanted`,
      );
    }
    if (this.#isFinished) return;
    const slices = ids.map((id) => this.#slices.get(id)!);
    await writeSlices(path, [{ path: `${path}.partial`, slices }], (line, i) => {
      const id = rowId(check(JSON.parse(line)));
      if (id !== ids[i]) throw new Error(`row ${i + 1} is ${id}, and should be ${ids[i]}`);
    });
    await rm(`${path}.partial`, { force: true });
  }
}

async function openAppender(path: string): Promise<JsonlAppender> {
  await mkdir(dirname(path), { recursive: true });
  return await JsonlAppender.open(path);
}

/**
 * Writes a file from parts of others, in order. It appears whole.
 *
 * @param checkRow throws when a part is not the one that it should be
 * @throws {Error} naming the file that cannot be written
 */
export async function writeSlices(
  path: string,
  sources: readonly { readonly path: string; readonly slices: readonly Slice[] }[],
  checkRow: (line: string, row: number) => void = () => {},
): Promise<void> {
  const temporary = `${path}.${crypto.randomUUID().slice(0, 8)}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true });
    const out = await open(temporary, "w");
    let row = 0;
    try {
      for (const source of sources) {
        const input = await open(source.path, "r");
        try {
          let buffer = new Uint8Array(1 << 16);
          for (const { offset, length } of source.slices) {
            if (buffer.length < length) buffer = new Uint8Array(length * 2);
            const { bytesRead } = await input.read(buffer, 0, length, offset);
            if (bytesRead !== length) throw new Error(`${source.path} became shorter`);
            checkRow(new TextDecoder().decode(buffer.subarray(0, length)), row++);
            await out.write(buffer, 0, length);
          }
        } finally {
          await input.close();
        }
      }
      await out.sync();
    } finally {
      await out.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => {});
    throw new Error(`Cannot write ${path}: ${(cause as Error).message}`, { cause });
  }
}
