import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Random } from "@potstill";
import { TRIES } from "./try_file.ts";

/** How readers of files are fuzzed. */
export interface FuzzFilesOptions {
  /** Everything random follows from it. */
  readonly seed: string;
  /** Ends after so many inputs of each kind. @default without end */
  readonly count?: number;
  /** Ends after so many seconds. @default without end */
  readonly seconds?: number;
}

/** Tries each kind of file in turn; kind and number of each input that went wrong, at most a hundred. */
export async function fuzzFiles(
  { seed, count = Infinity, seconds = Infinity }: FuzzFilesOptions,
): Promise<{ readonly inputs: number; readonly faults: readonly string[] }> {
  const endsAt = performance.now() + seconds * 1000;
  const folder = await mkdtemp(join(tmpdir(), "potstill-fuzz-"));
  const faults: string[] = [];
  let inputs = 0;
  try {
    for (let i = 0; i < count && performance.now() < endsAt && faults.length < 100; i++) {
      for (const [kind, tryFile] of Object.entries(TRIES)) {
        try {
          await tryFile(new Random(`${seed}/${kind}/${i}`), folder);
        } catch (error) {
          faults.push(`${kind} ${i}: ${(error as Error).stack ?? error}`);
        }
        inputs++;
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return { inputs, faults };
}
