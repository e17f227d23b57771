import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ImproveRound } from "../../improvement/improve_round.ts";
import { writeJsonAtomic } from "../../runs/atomic_write.ts";

interface RoundTime {
  readonly round: number;
  readonly durationMs: number;
}

/**
 * Makes a round, and gives it the time of all its sittings but those that were killed: it is kept in
 * `round_time.json` of the run's folder.
 *
 * @param round from 1
 * @throws {Error} when that file cannot be read, or what `make` throws
 */
export async function timedRound(
  folder: string,
  round: number,
  make: () => Promise<Omit<ImproveRound, "durationMs">>,
): Promise<ImproveRound> {
  const path = join(folder, "round_time.json");
  const earlier = await readTime(path);
  const before = earlier?.round === round ? earlier.durationMs : 0;
  const startedAt = performance.now();
  const durationMs = () => before + performance.now() - startedAt;
  try {
    return { ...await make(), durationMs: durationMs() };
  } finally {
    // The reason for the end is what counts.
    await writeJsonAtomic(path, { round, durationMs: durationMs() }).catch(() => {});
  }
}

async function readTime(path: string): Promise<RoundTime | null> {
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw new Error(`Cannot read ${path}: ${(error as Error).message}`, { cause: error });
  }
}
