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

const TRAJECTORIES = join("trajectories", "agent.jsonl");

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
  const file = join(folder, TRAJECTORIES);
  if (!existsSync(file)) return null;
  const { trajectories } = await loadTrajectories(file);
  const all = filterTrajectories(trajectories).kept.length;
  const searched = filterTrajectories(trajectories, { mustRetrieve: true }).kept.length;
  const off = { mustRetrieve: false };
  if (all > searched) return null;
  const own = await readFile(file);
  const stages: StageKey[] = [];
  for (const stage of stageKeys({ ...options, ...off }, { ...resolved, ...off })) {
    const source = index.get(stage.key);
    // A teacher that draws its answers may have given another run others.
    const other = source && join(source.folder, TRAJECTORIES);
    if (other && existsSync(other) && own.equals(await readFile(other))) stages.push(stage);
  }
  return stages;
}
