import { Buffer } from "node:buffer";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createGunzip } from "node:zlib";
import { checkInput } from "../../runs/read_input.ts";

/** The bytes of a file as a stream, unpacked when its name ends in `.gz`. */
export interface FileBytes {
  /** Share of the file that was read so far, from 0 to 1. */
  fraction(): number;
  /** The content, chunk by chunk. @throws {Error} naming the file */
  chunks(): AsyncGenerator<Buffer>;
}

/**
 * Opens a file for reading once from the beginning.
 *
 * @throws {Error} naming the file when there is none
 */
export async function fileBytes(path: string): Promise<FileBytes> {
  await checkInput(path);
  const { size } = await stat(path);
  let read = 0;
  async function* chunks(): AsyncGenerator<Buffer> {
    const raw = createReadStream(path, { highWaterMark: 1 << 18 });
    raw.on("data", (chunk) => read += chunk.length);
    const stream = path.endsWith(".gz") ? raw.pipe(createGunzip()) : raw;
    // Errors of the file do not pass through the pipe by themselves.
    if (stream !== raw) raw.on("error", (error) => stream.destroy(error));
    try {
      for await (const chunk of stream) yield Buffer.from(chunk as Uint8Array);
    } catch (cause) {
      throw new Error(`Cannot read ${path}: ${(cause as Error).message}`, { cause });
    } finally {
      raw.destroy();
    }
  }
  return { fraction: () => size === 0 ? 1 : Math.min(1, read / size), chunks };
}
