import { existsSync, statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { DataFrame } from "nodejs-polars";
import { checkTrajectory } from "../records/check.ts";
import type { Paradigm, Trajectory } from "../records/trajectory.ts";
import { streamJsonl } from "../runs/stream_jsonl.ts";
import { trajectoriesFrame } from "./trajectories_frame.ts";

/** Trajectories and where they were found. */
export interface LoadedTrajectories {
  /** The paradigm of the trajectories. */
  readonly paradigm: Paradigm;
  /** The trajectories, as they were read. */
  readonly trajectories: readonly Trajectory[];
  /** The files that were read. */
  readonly files: readonly string[];
  /** Notes for the reader, such as that a run is not complete. */
  readonly notes: readonly string[];
  /** The trajectories as a Polars frame, one row each. */
  frame(): DataFrame;
}

const PARADIGMS: readonly Paradigm[] = ["agent", "cot", "cot-rag"];

/**
 * Reads the trajectories of a run (its folder), or a JSON-lines file of trajectories.
 *
 * @param paradigm which of a run's; by default the agent's, or else what there is
 * @throws {Error} when there are none, or naming the file and line that cannot be read
 */
export async function loadTrajectories(
  path: string,
  paradigm?: Paradigm,
): Promise<LoadedTrajectories> {
  if (!existsSync(path)) throw new Error(`Cannot read ${path}: there is no such file or folder`);
  if (!statSync(path).isDirectory()) {
    const trajectories = await readAll(path, paradigm);
    return {
      paradigm: paradigm ?? trajectories[0].paradigm,
      trajectories,
      files: [path],
      notes: [],
      frame: () => trajectoriesFrame(trajectories),
    };
  }
  const folder = existsSync(join(path, "trajectories")) ? join(path, "trajectories") : path;
  const names = await readdir(folder);
  const chosen = paradigm ??
    PARADIGMS.find((one) => names.some((name) => name.startsWith(`${one}.jsonl`)));
  const whole = `${chosen}.jsonl`;
  const name = names.includes(whole) ? whole : `${whole}.partial`;
  if (chosen === undefined || !names.includes(name)) {
    throw new Error(
      `Cannot read the run ${path}: it holds no trajectories${
        paradigm === undefined ? "" : ` of ${paradigm}`
      }`,
    );
  }
  const file = join(folder, name);
  const trajectories = await readAll(file, chosen);
  return {
    paradigm: chosen,
    trajectories,
    files: [file],
    notes: name === whole ? [] : [`${path} is not complete: the trajectories so far are used`],
    frame: () => trajectoriesFrame(trajectories),
  };
}

async function readAll(path: string, paradigm?: Paradigm): Promise<Trajectory[]> {
  const all: Trajectory[] = [];
  const lines = streamJsonl(path, checkTrajectory, { skipUnfinished: path.endsWith(".partial") });
  for await (const { value } of lines) {
    if (paradigm === undefined || value.paradigm === paradigm) all.push(value);
  }
  if (all.length === 0) throw new Error(`Cannot use ${path}: it holds no trajectory`);
  return all;
}
