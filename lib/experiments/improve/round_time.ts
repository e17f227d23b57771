import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { ImproveRound } from "../../improvement/improve_round.ts";
import { writeJsonAtomic } from "../../runs/atomic_write.ts";

interface Unfinished {
  readonly round: number;
  readonly durationMs: number;
}

/**
 * Makes a round, and gives it the time of all sittings: what an interrupted one took is kept in
 * `unfinished.json` of the run's folder.
 *
 * @param round from 1
 * @throws {Error} when that file cannot be read, or what `make` throws
 */
export async function timedRound(
  folder: string,
  round: number,
  make: () => Promise<Omit<ImproveRound, "durationMs">>,
): Promise<ImproveRound> {
  const path = join(folder, "unfinished.json");
  const earlier = await unfinished(path);
  const before = earlier?.round === round ? earlier.durationMs : 0;
  const startedAt = performance.now();
  const durationMs = () => before + performance.now() - startedAt;
  try {
    const record = await make();
    await rm(path, { force: true });
    return { ...record, durationMs: durationMs() };
  } catch (error) {
    // The reason for the end is what counts.
    await writeJsonAtomic(path, { round, durationMs: durationMs() }).catch(() => {});
    throw error;
  }
}

async function unfinished(path: string): Promise<Unfinished | null> {
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw new Error(`Cannot read ${path}: ${(error as Error).message}`, { cause: error });
  }
}
