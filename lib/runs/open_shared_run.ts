import { existsSync } from "node:fs";
import { join } from "node:path";
import { LockedError } from "./folder_lock.ts";
import { openRun, type OpenRunOptions, RunExistsError, type RunFolder } from "./run_folder.ts";
import { sleep } from "./sleep.ts";

/** Longest wait for a process that makes the manifest, in milliseconds. */
const MOST_WAIT_MS = 60_000;

/**
 * Opens a run that several processes make together, each its part: the first makes the manifest, the
 * others find it, with the same options. None keeps the folder's lock, so whatever a process makes must
 * have a lock of its own.
 *
 * @throws {Error} when the folder holds another run, or was made with other options
 * @throws {LockedError} when one process has the folder for longer than a minute
 */
export async function openSharedRun(
  options: OpenRunOptions & { readonly out: string },
): Promise<Pick<RunFolder, "path" | "manifest" | "resumed">> {
  const until = performance.now() + MOST_WAIT_MS;
  while (true) {
    try {
      const isThere = existsSync(join(options.out, "manifest.json"));
      const run = await openRun({ ...options, resume: options.resume === true || isThere });
      await run[Symbol.asyncDispose]();
      return run;
    } catch (error) {
      const isTaken = error instanceof LockedError || error instanceof RunExistsError;
      if (!isTaken || performance.now() > until) throw error;
      await sleep(200);
    }
  }
}
