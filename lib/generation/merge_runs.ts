import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { checkTrajectory } from "../records/check.ts";
import type { JsonValue } from "../records/json.ts";
import type { Trajectory } from "../records/trajectory.ts";
import { lockFolder } from "../runs/folder_lock.ts";
import type { Manifest } from "../runs/manifest.ts";
import { writeJsonAtomic } from "../runs/atomic_write.ts";
import { canonicalJson } from "../runs/canonical_json.ts";
import { streamJsonl } from "../runs/stream_jsonl.ts";
import { writeSlices } from "./ordered_jsonl.ts";
import { presentSettings } from "./generation_options.ts";
import { type GenerationSummary, trajectoriesPath } from "./run_generation.ts";
import { addCotToTally, addToTally, emptyTally, type RunTally } from "./run_tally.ts";
import { parseShard } from "./shard.ts";
import { readUsage } from "../models/usage_log.ts";
import { readManifest } from "../runs/read_manifest.ts";

/** Result of a merge. */
export interface MergedRun {
  /** The merged run's folder. */
  readonly path: string;
  /** Shards that were merged. */
  readonly shards: number;
  /** Trajectories in the merged run. */
  readonly trajectories: number;
  /** Counts over the merged trajectories. */
  readonly tally: RunTally;
}

interface ShardRun {
  readonly path: string;
  readonly manifest: Manifest;
  /** From 1. */
  readonly index: number;
}

/**
 * Merges the shards of a run, found in `folder` as `shard-i-of-n`, into `out` (the folder itself, by
 * default): the trajectories in the order that a run in one piece has.
 *
 * @throws {Error} naming the shard that is missing, not complete, or of another run
 */
export async function mergeShards(folder: string, out: string = folder): Promise<MergedRun> {
  const shards = await readShards(folder);
  const [first] = shards;
  await using _lock = await lockFolder(out, "merge");
  if (existsSync(join(out, "manifest.json"))) {
    throw new Error(`Cannot merge into ${out}: it holds a run already; pass another --out`);
  }
  const paradigm = String(first.manifest.resolved.paradigm);
  const attempts = Number(first.manifest.resolved.attempts);
  const names = [paradigm, ...(first.manifest.resolved.firstThoughtPrefix ? ["cot"] : [])];
  let tally = emptyTally;
  let trajectories = 0;
  for (const name of names) {
    const sources: string[] = [];
    const rows: {
      readonly source: number;
      readonly slice: { offset: number; length: number };
    }[][] = [];
    const seen = new Set<string>();
    for (const [source, shard] of shards.entries()) {
      const path = trajectoriesPath(shard.path, name);
      if (!existsSync(path)) {
        throw new Error(
          `Cannot merge ${shard.path}: it is not complete; run its command with --resume`,
        );
      }
      let row = 0;
      for await (const { value, offset, length } of streamJsonl(path, checkTrajectory)) {
        const { id } = value as Trajectory;
        if (seen.has(id)) throw new Error(`Cannot merge ${shard.path}: ${id} occurs twice`);
        seen.add(id);
        // Shards hold every n-th task: task t of a shard is task t * n + i - 1 of the whole.
        const place = Math.floor(row / attempts) * shards.length + shard.index - 1;
        (rows[place] ??= []).push({ source, slice: { offset, length } });
        tally = name === paradigm ? addToTally(tally, value) : addCotToTally(tally, value);
        row++;
      }
      sources.push(path);
    }
    if (name === paradigm) trajectories = seen.size;
    const slices = rows.flat().map(({ source, slice }) => ({
      path: sources[source],
      slices: [slice],
    }));
    await writeSlices(trajectoriesPath(out, name), slices);
  }
  await writeManifest(out, shards, tally, trajectories);
  return { path: out, shards: shards.length, trajectories, tally };
}

async function readShards(folder: string): Promise<ShardRun[]> {
  const names = await readdir(folder).catch((cause) => {
    throw new Error(`Cannot read ${folder}: ${cause.message}`, { cause });
  });
  const found: ShardRun[] = [];
  for (const name of names.filter((name) => /^shard-\d+-of-\d+$/.test(name)).sort()) {
    const path = join(folder, name);
    const stored = await readManifest(join(path, "manifest.json")).catch((cause) => {
      throw new Error(`Cannot merge ${path}: it holds no run (${cause.message})`, { cause });
    });
    const manifest = { ...stored, resolved: presentSettings(stored.resolved) };
    found.push({ path, manifest, index: parseShard(String(manifest.resolved.shard)).index });
  }
  if (found.length === 0) throw new Error(`Cannot merge ${folder}: it holds no shards`);
  const { count } = parseShard(String(found[0].manifest.resolved.shard));
  for (const { path, manifest } of found) {
    const other = parseShard(String(manifest.resolved.shard)).count;
    if (other !== count) {
      throw new Error(`Cannot merge ${path}: it is one of ${other} shards, and others of ${count}`);
    }
    const difference = firstDifference(found[0].manifest, manifest);
    if (difference !== null) {
      throw new Error(`Cannot merge ${path}: its ${difference} differs from ${found[0].path}'s`);
    }
  }
  const present = new Set(found.map(({ index }) => index));
  for (let i = 1; i <= count; i++) {
    if (!present.has(i)) throw new Error(`Cannot merge ${folder}: shard ${i}/${count} is missing`);
  }
  return found.sort((a, b) => a.index - b.index);
}

function firstDifference(a: Manifest, b: Manifest): string | null {
  for (const part of ["resolved", "prompts"] as const) {
    for (const name of new Set([...Object.keys(a[part]), ...Object.keys(b[part])])) {
      if (name === "shard") continue;
      if (canonicalJson(a[part][name]) !== canonicalJson(b[part][name])) {
        return part === "prompts" ? `prompt ${name}` : `option ${name}`;
      }
    }
  }
  return null;
}

async function writeManifest(
  out: string,
  shards: readonly ShardRun[],
  tally: RunTally,
  trajectories: number,
): Promise<void> {
  const usages = await Promise.all(shards.map(({ path }) => readUsage(path)));
  const usage: Record<string, number | null> = {};
  for (const one of usages) {
    for (const [name, value] of Object.entries(one ?? {})) {
      usage[name] = value === null ? usage[name] ?? null : (usage[name] ?? 0) + value;
    }
  }
  const hasUsage = Object.keys(usage).length > 0;
  const summary: Omit<GenerationSummary, "usage"> & { usage: JsonValue } = {
    status: "complete",
    problem: null,
    attempts: trajectories,
    unanswered: 0,
    tally,
    usage: hasUsage ? usage : null,
  };
  await writeJsonAtomic(join(out, "summary.json"), summary);
  if (hasUsage) await writeJsonAtomic(join(out, "usage.json"), usage);
  const { manifest } = shards[0];
  const without = ({ shard: _, ...others }: Manifest["resolved"]) => others;
  await writeJsonAtomic(join(out, "manifest.json"), {
    ...manifest,
    id: basename(resolve(out)),
    given: without(manifest.given),
    resolved: without(manifest.resolved),
    mergedFrom: shards.map(({ path }) => basename(path)),
  });
}
