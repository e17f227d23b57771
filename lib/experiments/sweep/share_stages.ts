import { existsSync } from "node:fs";
import { cp, mkdir, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type StageKey, stageKeys } from "./stage_keys.ts";
import { readCellManifest } from "./stored_cell.ts";

/** Paths of finished stages of a sweep's cells, by key. */
export type StageIndex = Map<string, { readonly folder: string; readonly stage: StageKey }>;

/** Notes the stages of a cell that are complete. */
export function indexStages(index: StageIndex, folder: string, stages: readonly StageKey[]): void {
  for (const stage of stages) {
    if (!index.has(stage.key) && existsSync(join(folder, stage.marker))) {
      index.set(stage.key, { folder, stage });
    }
  }
}

/**
 * Notes the complete stages of another sweep's cells.
 *
 * @returns the revisions of the kit that they were made by
 * @throws {Error} when there is no sweep in the folder, or naming the manifest that cannot be read
 */
export async function indexSweep(index: StageIndex, sweep: string): Promise<Set<string | null>> {
  const cells = join(sweep, "cells");
  const names = await readdir(cells).catch((cause) => {
    throw new Error(`Cannot take over runs of ${sweep}: ${cause.message}`, { cause });
  });
  const revisions = new Set<string | null>();
  for (const name of names.sort()) {
    const manifest = await readCellManifest(join(cells, name));
    indexStages(index, join(cells, name), stageKeys(manifest.options, manifest.resolved));
    revisions.add(manifest.revision);
  }
  return revisions;
}

/**
 * Copies into a cell's folder what another cell has made and this one would make again. Each file or
 * folder appears whole or not at all; what the cell has begun itself is left alone.
 *
 * @returns the paths that were copied
 */
export async function shareStages(
  index: StageIndex,
  folder: string,
  stages: readonly StageKey[],
): Promise<string[]> {
  const copied: string[] = [];
  for (const stage of stages) {
    const source = index.get(stage.key);
    const target = join(folder, stage.path);
    const isOurs = [target, `${target}.partial`, `${target}.training`].some((path) =>
      existsSync(path)
    );
    if (source === undefined || source.folder === folder || isOurs) continue;
    const temporary = `${target}.copy`;
    await mkdir(dirname(target), { recursive: true });
    await rm(temporary, { recursive: true, force: true });
    await cp(join(source.folder, source.stage.path), temporary, { recursive: true });
    await rename(temporary, target);
    copied.push(stage.path);
  }
  return copied;
}
