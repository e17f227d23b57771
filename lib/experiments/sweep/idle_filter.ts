import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { filterTrajectories } from "../../trajectories/filter_trajectories.ts";
import { loadTrajectories } from "../../trajectories/load_trajectories.ts";
import type { DistillOptions } from "../distill/distill_options.ts";
import type { StageIndex } from "./share_stages.ts";
import { type StageKey, stageKeys } from "./stage_keys.ts";

/** A cell, as far as its filter is concerned. */
export interface FilteredCell {
  /** Its settings. */
  readonly options: DistillOptions;
  /** The settings with what their manifest adds. */
  readonly resolved: Readonly<Record<string, unknown>>;
  /** Its folder. */
  readonly folder: string;
}

/**
 * The stages of a cell without its must-retrieve filter that others have made of the same
 * trajectories, where the filter removes none of them: the same data make the same student. Null
 * where it removes some, is not set, or the trajectories are not there yet; with rollouts, which
 * are filtered as well, always.
 */
export async function stagesWithoutIdleFilter(
  { options, resolved, folder }: FilteredCell,
  index: StageIndex,
): Promise<StageKey[] | null> {
  if (!options.mustRetrieve || options.rollouts > 0) return null;
  const file = join(folder, "trajectories", "agent.jsonl");
  if (!existsSync(file)) return null;
  const { trajectories } = await loadTrajectories(file);
  const all = filterTrajectories(trajectories).kept.length;
  const searched = filterTrajectories(trajectories, { mustRetrieve: true }).kept.length;
  const off = { mustRetrieve: false };
  if (all > searched) return null;
  const made = stageKeys({ ...options, ...off }, { ...resolved, ...off })
    .filter(({ key }) => index.has(key));
  const folders = [...new Set(made.map(({ key }) => index.get(key)!.folder))];
  // A teacher that draws its answers may have given another run others.
  const same = new Set<string>();
  for (const one of folders) if (await haveSameTrajectories(folder, one)) same.add(one);
  return made.filter(({ key }) => same.has(index.get(key)!.folder));
}

async function haveSameTrajectories(a: string, b: string): Promise<boolean> {
  for (const paradigm of ["agent", "cot", "cot-rag"]) {
    const files = [a, b].map((folder) => join(folder, "trajectories", `${paradigm}.jsonl`));
    const [isThere, isThereToo] = files.map((file) => existsSync(file));
    if (isThere !== isThereToo) return false;
    if (!isThere) continue;
    const [one, other] = await Promise.all(files.map((file) => readFile(file)));
    if (!one.equals(other)) return false;
  }
  return true;
}
