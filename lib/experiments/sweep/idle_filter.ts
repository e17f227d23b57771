import { existsSync } from "node:fs";
import { join } from "node:path";
import { filterTrajectories } from "../../trajectories/filter_trajectories.ts";
import { loadTrajectories } from "../../trajectories/load_trajectories.ts";
import type { DistillOptions } from "../distill/distill_options.ts";
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
 * The stages of a cell without its must-retrieve filter, where the filter removes none of its
 * teacher's trajectories: the same data make the same student. Null where it removes some, is not
 * set, or the trajectories are not there yet; with rollouts, which are filtered as well, always.
 */
export async function stagesWithoutIdleFilter(
  { options, resolved, folder }: FilteredCell,
): Promise<StageKey[] | null> {
  if (!options.mustRetrieve || options.rollouts > 0) return null;
  const file = join(folder, "trajectories", "agent.jsonl");
  if (!existsSync(file)) return null;
  const { trajectories } = await loadTrajectories(file);
  const all = filterTrajectories(trajectories).kept.length;
  const searched = filterTrajectories(trajectories, { mustRetrieve: true }).kept.length;
  const off = { mustRetrieve: false };
  return all === searched ? stageKeys({ ...options, ...off }, { ...resolved, ...off }) : null;
}
