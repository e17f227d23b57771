import { mkdir, open, readFile, truncate } from "node:fs/promises";
import { dirname } from "node:path";
import { writeFileAtomic } from "./atomic_write.ts";
import { readInputText } from "./read_input.ts";

/** Checks one parsed line and returns it typed; throws with the reason when it does not fit. */
export type LineCheck<T> = (value: unknown) => T;

/**
 * Reads a JSON-lines file.
 *
 * @throws {Error} naming file, line number and the start of the line when a line is not JSON or
 * does not pass `check`
 */
export async function readJsonl<T>(path: string, check: LineCheck<T>): Promise<T[]> {
  const text = await readInputText(path);
  const out: T[] = [];
  text.split("\n").forEach((line, i) => {
    if (line.trim() !== "") out.push(parseLine(path, i + 1, line, check));
  });
  return out;
}

function parseLine<T>(path: string, number: number, line: string, check: LineCheck<T>): T {
  try {
    return check(JSON.parse(line));
  } catch (cause) {
    const shown = line.length > 120 ? line.slice(0, 120) + "..." : line;
    throw new Error(
      `Cannot read ${path} line ${number}: ${(cause as Error).message}; the line is: ${shown}`,
      { cause },
    );
  }
}

/** Writes a JSON-lines file, atomically. */
export function writeJsonl(path: string, rows: readonly unknown[]): Promise<void> {
  return writeFileAtomic(path, rows.map(jsonLine).join(""));
}

/**
 * A row as a line that every reader takes for one line of UTF-8: halves of surrogate pairs, which UTF-8
 * does not know, become U+FFFD, and the line breaks of Unicode are escaped.
 */
export function jsonLine(row: unknown): string {
  return JSON.stringify(row).replace(
    /(\\\\)|\\ud[89a-f][0-9a-f]{2}|[\u0085\u2028\u2029]/g,
    (found, backslash: string | undefined) =>
      backslash ??
        (found.length === 1
          ? `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`
          : "\\ufffd"),
  ) + "\n";
}

/**
 * A JSON-lines file that grows by whole lines. A last line that a crash left unfinished is cut off
 * when the file is opened again, so every line that was appended before stays readable.
 */
export class JsonlAppender {
  readonly #path: string;
  readonly #file: Awaited<ReturnType<typeof open>>;
  #queue: Promise<void> = Promise.resolve();

  private constructor(path: string, file: Awaited<ReturnType<typeof open>>) {
    this.#path = path;
    this.#file = file;
  }

  /**
   * Opens for appending, making the file when there is none.
   *
   * @throws {Error} naming the path
   */
  static async open(path: string): Promise<JsonlAppender> {
    try {
      await mkdir(dirname(path), { recursive: true });
      await cutUnfinishedLine(path);
      return new JsonlAppender(path, await open(path, "a"));
    } catch (cause) {
      throw new Error(`Cannot write ${path}: ${(cause as Error).message}`, { cause });
    }
  }

  /** Appends one row; rows land in the order of the calls. @throws {Error} naming the path */
  append(row: unknown): Promise<void> {
    const line = jsonLine(row);
    const write = this.#queue.then(() => this.#file.appendFile(line));
    this.#queue = write.catch(() => {});
    return write.catch((cause) => {
      throw new Error(`Cannot write ${this.#path}: ${(cause as Error).message}`, { cause });
    });
  }

  /** Flushes to disk and closes. */
  async close(): Promise<void> {
    await this.#queue;
    await this.#file.sync();
    await this.#file.close();
  }
}

async function cutUnfinishedLine(path: string): Promise<void> {
  const bytes = await readFile(path).catch((error) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  if (bytes === null || bytes.length === 0 || bytes[bytes.length - 1] === 10) return;
  await truncate(path, bytes.lastIndexOf(10) + 1);
}
