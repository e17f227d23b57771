import type { Buffer } from "node:buffer";
import { readFile, stat } from "node:fs/promises";

/**
 * Refuses what is no regular file: reading a pipe that nobody writes to never ends, nor does a device.
 *
 * @throws {Error} naming the path and what it is; its `code` is the system's, such as `ENOENT`
 */
export async function checkInput(path: string): Promise<void> {
  const found = await stat(path).catch((cause) => {
    throw failure(path, cause);
  });
  if (found.isFile()) return;
  const kind = found.isDirectory()
    ? "a folder"
    : found.isFIFO()
    ? "a pipe"
    : found.isSocket()
    ? "a socket"
    : "a device";
  throw new Error(`Cannot read ${path}: it is ${kind}, not a file`);
}

/**
 * The bytes of a file that somebody names.
 *
 * @throws {Error} naming the path and why it cannot be read
 *
 * @example
 * ```ts
 * import { readInput } from "@potstill/runs/read_input.ts";
 * const message = await readInput("/dev/zero").then(() => "", (error) => error.message);
 * if (message !== "Cannot read /dev/zero: it is a device, not a file") throw new Error(message);
 * ```
 */
export async function readInput(path: string): Promise<Buffer> {
  await checkInput(path);
  return await readFile(path).catch((cause) => {
    throw failure(path, cause);
  });
}

/** {@link readInput} as text, without a byte order mark. */
export async function readInputText(path: string): Promise<string> {
  return (await readInput(path)).toString("utf8").replace(/^\ufeff/, "");
}

/**
 * {@link readInput} as a JSON value.
 *
 * @throws {Error} also when it is no JSON
 */
export async function readInputJson(path: string): Promise<unknown> {
  const text = await readInputText(path);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw failure(path, cause);
  }
}

/**
 * {@link readInput} as a JSON object.
 *
 * @throws {Error} also when it is another value, naming it
 */
export async function readInputObject(path: string): Promise<Record<string, unknown>> {
  const value = await readInputJson(path);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  const shown = JSON.stringify(value);
  throw new Error(
    `Cannot read ${path}: it must hold an object, not ${
      shown.length > 60 ? `${shown.slice(0, 60)}...` : shown
    }`,
  );
}

function failure(path: string, cause: unknown): Error {
  const { message, code } = cause as { message: string; code?: string };
  const reason = code === "ENOENT" ? "there is no such file" : message;
  return Object.assign(
    new Error(`Cannot read ${path}: ${reason}`, { cause }),
    code === undefined ? {} : { code },
  );
}
