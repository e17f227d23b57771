import { type FileHandle, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Writes a whole file so that a reader sees the old content or the new one, never a part: the data
 * goes to a temporary name beside it, is flushed to disk, and is renamed.
 *
 * @param data all of it, or pieces that are written one after the other
 * @throws {Error} naming the path when it cannot be written; the old file is then untouched
 */
export async function writeFileAtomic(
  path: string,
  data: string | Uint8Array | Iterable<Uint8Array>,
): Promise<void> {
  const temporary = `${path}.${crypto.randomUUID().slice(0, 8)}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(temporary, "w");
    try {
      if (typeof data === "string" || data instanceof Uint8Array) {
        await file.writeFile(data);
      } else {
        for (const piece of data) await writePiece(file, piece);
      }
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => {});
    throw new Error(`Cannot write ${path}: ${(cause as Error).message}`, { cause });
  }
}

async function writePiece(file: FileHandle, piece: Uint8Array): Promise<void> {
  for (let at = 0; at < piece.length;) {
    // One write takes less than 2 GiB.
    const length = Math.min(2 ** 30, piece.length - at);
    at += (await file.write(piece, at, length)).bytesWritten;
  }
}

/** Writes a value as indented JSON, atomically. */
export function writeJsonAtomic(path: string, value: unknown): Promise<void> {
  return writeFileAtomic(path, JSON.stringify(value, null, 2) + "\n");
}
