import { appendFile } from "node:fs/promises";
import { existsSync, readFileSync } from "node:fs";

/**
 * End of a line that a crash left unfinished, in a file to which several processes append: cutting
 * such a line off could remove what another process has written since.
 */
const UNFINISHED = "\t(unfinished)";

/** True if a line of a shared file was left unfinished and must be skipped. */
export function isUnfinished(line: string): boolean {
  return line.endsWith(UNFINISHED);
}

/** Text to write before the next line that is added to a file with such an end. */
export function endOfLastLine(isTorn: boolean): string {
  return isTorn ? `${UNFINISHED}\n` : "";
}

/** The lines of a shared file, none when there is no file; a last one that is unfinished is left out. */
export function readSharedLines(path: string): { lines: string[]; isTorn: boolean } {
  if (!existsSync(path)) return { lines: [], isTorn: false };
  const text = readFileSync(path, "utf8");
  const lines = text.split("\n");
  const last = lines.pop()!;
  return { lines, isTorn: last !== "" };
}

/**
 * Adds a line to a shared file, in one write, so that lines of several processes do not mix.
 *
 * @param isTorn whether the file ends with an unfinished line
 */
export async function addSharedLine(path: string, value: unknown, isTorn: boolean): Promise<void> {
  await appendFile(path, endOfLastLine(isTorn) + JSON.stringify(value) + "\n");
}
