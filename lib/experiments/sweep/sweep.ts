import { existsSync } from "node:fs";
import type { DataFrame } from "nodejs-polars";
import { join } from "node:path";
import { presentNames } from "../../records/resolve_options.ts";
import {
  DISTILL_OPTIONS,
  type DistillOptions,
  presentResolved,
  type ProfileName,
  profiles,
  studentSize,
} from "../distill/distill_options.ts";
import { distill, resolveDistill } from "../distill/run_distill.ts";
import type { Progress } from "../../runs/progress/progress.ts";
import { formatDuration } from "../../runs/progress/progress_line.ts";
import { loadPrompts } from "../../agent/prompts/prompt_set.ts";
import type { JsonValue } from "../../records/json.ts";
import { openSharedRun } from "../../runs/open_shared_run.ts";
import { openRun, type OpenRunOptions } from "../../runs/run_folder.ts";
import { canonicalJson } from "../../runs/canonical_json.ts";
import { blockOfShard, type Shard } from "../../generation/shard.ts";
import { stageSeconds } from "./cell_cost.ts";
import { stagesWithoutIdleFilter } from "./idle_filter.ts";
import { indexStages, indexSweep, shareStages, type StageIndex } from "./share_stages.ts";
import { readUnfinishedCell } from "./unfinished_cell.ts";
import { type StageKey, stageKeys } from "./stage_keys.ts";
import { readCell, type StoredCell } from "./stored_cell.ts";
import { type SweepAxes, type SweepCell, sweepCells } from "./sweep_cells.ts";
import { sweepFrame } from "./sweep_frame.ts";
import { readManifest } from "../../runs/read_manifest.ts";

/** Options and settings of a sweep. */
export interface SweepRequest {
  /** The settings that the others differ from. @default "default" */
  readonly profile?: ProfileName;
  /** Settings of every cell; those that are the profile's may be there as well. */
  readonly base?: Partial<DistillOptions>;
  /** Values of options; every combination is a cell. */
  readonly over: SweepAxes;
  /** Settings to repeat the combinations with, one after the other. @default one without any */
  readonly cells?: readonly Partial<DistillOptions>[];
  /** Folder of the sweep. @default a new folder in `data/runs/` */
  readonly out?: string;
  /** Go on with an earlier sweep of the same base; cells may have been added. @default false */
  readonly resume?: boolean;
  /** Folders of other sweeps whose stages are taken over where they would be the same. @default none */
  readonly reuse?: readonly string[];
  /**
   * Make this part of the cells alone; `out` is shared with the processes that make the others.
   * @default all of them
   */
  readonly shard?: Shard;
  /** Run nothing: take what the cells have, finished or not. @default false */
  readonly soFar?: boolean;
  /** Told of each cell's stages, and of the time left. */
  readonly progress: Progress;
  /** Stops the sweep, which can then be resumed, when the requests under way are answered and stored. */
  readonly signal?: AbortSignal;
  /** Stops it at once. @default `signal` */
  readonly abortSignal?: AbortSignal;
}

/** The result of a sweep. */
export interface SweepResult {
  /** The sweep's folder; each cell is in `cells/<name>/`. */
  readonly path: string;
  /** The finished cells, in order; with `soFar` also what others have. */
  readonly cells: readonly StoredCell[];
  /** Names of cells that are not finished; empty without `shard` and `soFar`. */
  readonly missing: readonly string[];
  /** Every graded answer with the options of its run, as a Polars frame; see `sweepFrame`. */
  frame(withTeacher?: boolean): DataFrame;
}

interface PlannedCell extends SweepCell {
  readonly folder: string;
  readonly settings: Partial<DistillOptions>;
  readonly options: DistillOptions;
  readonly resolved: Record<string, JsonValue>;
  readonly stages: readonly StageKey[];
}

/**
 * Runs a distillation for every combination of options. Each is a run in `cells/<name>/`; what two
 * cells have in common (the teacher's trajectories, a student, a system's attempts) is made once and
 * copied. A resumed sweep runs only what is missing.
 *
 * @throws {RangeError} naming an option that is out of range in some cell, before anything is run
 * @throws {Error} when the folder is at fault, or naming the cell that cannot be finished
 * @throws the signal's reason, when it is aborted
 *
 * @example
 * ```ts
 * import { openProgress, sweep, type SweepResult } from "@potstill";
 * export const sizes = (): Promise<SweepResult> =>
 *   sweep({
 *     profile: "quick",
 *     over: { seed: [0, 1, 2], candidates: [4, 8] },
 *     out: "data/runs/candidates",
 *     progress: openProgress(),
 *   });
 * ```
 */
export async function sweep(request: SweepRequest): Promise<SweepResult> {
  const { profile = "default", progress, signal } = request;
  const base: Partial<DistillOptions> = presentNames(DISTILL_OPTIONS, request.base ?? {}, "sweep");
  const over: SweepAxes = presentNames(DISTILL_OPTIONS, request.over, "sweep");
  const found = sweepCells(
    over,
    request.cells?.map((cell) => presentNames(DISTILL_OPTIONS, cell, "sweep")),
  );
  const settingsOf = (overrides: Partial<DistillOptions>) =>
    changedSettings(profiles[profile], { ...base, ...overrides });
  const resolved = await Promise.all(
    found.map(({ overrides }) => resolveDistill({ profile, settings: settingsOf(overrides) })),
  );
  const opening: OpenRunOptions = {
    command: "sweep",
    given: { profile, base, over, cells: request.cells ?? [] } as unknown as Record<
      string,
      JsonValue
    >,
    resolved: { profile, ...settingsOf({}) } as Record<string, JsonValue>,
    present: (resolved) =>
      presentNames(DISTILL_OPTIONS, resolved, "resume") as Record<string, JsonValue>,
    prompts: (await loadPrompts()).hashes,
    out: request.out,
    resume: request.resume,
  };
  await using own = request.shard === undefined ? await openRun(opening) : null;
  const run = own ?? await openSharedRun({ ...opening, out: sharedFolder(request.out) });
  const cells: PlannedCell[] = found.map((cell, i) => ({
    ...cell,
    ...resolved[i],
    settings: settingsOf(cell.overrides),
    folder: join(run.path, "cells", cell.name),
    stages: stageKeys(resolved[i].options, resolved[i].resolved),
  }));
  const index: StageIndex = new Map();
  for (const cell of cells) indexStages(index, cell.folder, cell.stages);
  for (const folder of request.reuse ?? []) {
    const others = (await indexSweep(index, folder)).difference(new Set([run.manifest.revision]));
    if (others.size === 0) continue;
    progress.log(
      `Runs of ${folder} are of another revision (${[...others].join(", ")}): what is taken over ` +
        "from them is right only if nothing that made it has changed since",
    );
  }
  const mine = request.soFar === true
    ? []
    : request.shard === undefined
    ? cells
    : blockOfShard(cells, request.shard);
  const isDone = await Promise.all(mine.map(isFinished));
  const todo = mine.filter((_, i) => !isDone[i]);
  progress.log(
    `${run.resumed ? "Resuming" : "Sweep"} ${run.path}: ${mine.length} cells` +
      (mine.length < cells.length ? ` of ${cells.length}` : "") +
      (todo.length < mine.length ? `, ${mine.length - todo.length} of them done` : ""),
  );
  const startedAt = performance.now();
  const costs = costsOf(todo, index);
  let spent = 0;
  for (const [i, cell] of todo.entries()) {
    signal?.throwIfAborted();
    // Other shards may have finished stages meanwhile.
    if (request.shard !== undefined) {
      for (const other of cells) indexStages(index, other.folder, other.stages);
    }
    const copied = await shareStages(index, cell.folder, cell.stages);
    const idle = await stagesWithoutIdleFilter(cell, index);
    const taken = new Set(idle?.map(({ path }) => path));
    const cost = idle === null ? costs[i] : costsOf([{
      ...cell,
      stages: cell.stages.filter(({ path }) => !taken.has(path)),
    }], index)[0];
    if (idle !== null) copied.push(...await shareStages(index, cell.folder, idle));
    progress.log(
      `Cell ${i + 1}/${todo.length}: ${cell.name}` +
        (copied.length > 0 ? ` (${copied.length} stages shared with other cells)` : "") +
        (idle !== null ? ": its filter removes nothing" : ""),
    );
    await runCell(cell, profile, request);
    indexStages(index, cell.folder, cell.stages);
    spent += cost;
    const left = costs.slice(i + 1).reduce((sum, cost) => sum + cost, 0);
    const elapsedMs = performance.now() - startedAt;
    progress.log(
      `Cell ${i + 1}/${todo.length} done, ${formatDuration(elapsedMs)} in all` +
        (left > 0 ? `; about ${formatDuration(elapsedMs * left / spent, true)} left` : ""),
    );
  }
  const isMade = await Promise.all(
    cells.map((cell) => mine.includes(cell) || isFinished(cell)),
  );
  const read = await Promise.all(
    cells.map(({ folder, name }, i) =>
      isMade[i] ? readCell(folder, name) : request.soFar ? readUnfinishedCell(folder, name) : null
    ),
  );
  const finished = read.filter((cell) => cell !== null);
  return {
    path: run.path,
    cells: finished,
    missing: cells.filter((_, i) => !isMade[i]).map(({ name }) => name),
    frame: (withTeacher) => sweepFrame({ cells: finished }, withTeacher),
  };
}

function sharedFolder(out: string | undefined): string {
  if (out === undefined) {
    throw new RangeError(
      "Cannot make a shard of a sweep: no folder is named that its shards share",
    );
  }
  return out;
}

/**
 * The settings that differ from the profile's; all of those that are given for a model that has defaults of its
 * own.
 */
function changedSettings(
  profile: DistillOptions,
  settings: Partial<DistillOptions>,
): Partial<DistillOptions> {
  if (studentSize(settings.student ?? profile.student) === null) return settings;
  return Object.fromEntries(
    Object.entries(settings).filter(([name, value]) =>
      canonicalJson(profile[name as keyof DistillOptions]) !== canonicalJson(value)
    ),
  );
}

async function runCell(
  cell: PlannedCell,
  profile: ProfileName,
  { progress, signal, abortSignal }: SweepRequest,
): Promise<void> {
  try {
    await distill({
      profile,
      settings: cell.settings,
      out: cell.folder,
      resume: existsSync(join(cell.folder, "manifest.json")),
      progress,
      signal,
      abortSignal,
    });
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new Error(`Cannot finish cell ${cell.name}: ${(cause as Error).message}`, { cause });
  }
}

/** True if a cell is complete and of these settings; of others, running it says what differs. */
async function isFinished({ folder, resolved }: PlannedCell): Promise<boolean> {
  if (!existsSync(join(folder, "metrics.json"))) return false;
  const manifest = await readManifest(join(folder, "manifest.json"));
  return canonicalJson(presentResolved(manifest.resolved)) === canonicalJson(resolved);
}

/** About how long each cell takes, given what those before it leave to share. */
function costsOf(cells: readonly PlannedCell[], index: StageIndex): number[] {
  const made = new Set(index.keys());
  return cells.map(({ stages, options }) => {
    let seconds = 3;
    for (const stage of stages) {
      if (!made.has(stage.key)) seconds += stageSeconds(stage, options);
      made.add(stage.key);
    }
    return seconds;
  });
}
