import { existsSync } from "node:fs";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { writeJsonAtomic } from "./atomic_write.ts";
import { canonicalJson } from "./canonical_json.ts";
import { type FolderLock, lockFolder } from "./folder_lock.ts";
import { kitRevision, machineFacts, type Manifest, packageVersions } from "./manifest.ts";
import { readManifest } from "./read_manifest.ts";

/** Default folder of runs: `data/runs/`. */
export const defaultRunsFolder: string = fileURLToPath(
  new URL("../../data/runs/", import.meta.url),
);

/** Options of {@link openRun}. */
export interface OpenRunOptions {
  /** The command's name. */
  readonly command: string;
  /** Options as given on the command line or in the notebook. */
  readonly given: Manifest["given"];
  /** Options with defaults filled in. */
  readonly resolved: Manifest["resolved"];
  /** Brings an older run's options to their present names. @default none have changed */
  readonly present?: (resolved: Manifest["resolved"]) => Manifest["resolved"];
  /** Values that an older run's manifest is taken to have for options that it lacks. */
  readonly lacking?: Manifest["resolved"];
  /** SHA-256 of each prompt, by name. */
  readonly prompts: Manifest["prompts"];
  /** The run's folder. @default a new one in `data/runs/`, named after time, command and profile */
  readonly out?: string;
  /** Go on with an earlier run of the same options: `out`, or else the latest such run. */
  readonly resume?: boolean;
  /** Warnings that belong to the results; kept in the manifest of a new run. @default none */
  readonly warnings?: readonly string[];
  /** The folder's lock, when the caller holds it; it is then the caller's to give back. */
  readonly lock?: FolderLock;
}

/** An open run. */
export interface RunFolder {
  /** The folder. */
  readonly path: string;
  /** Description of the run. */
  readonly manifest: Manifest;
  /** True if the folder held this run already. */
  readonly resumed: boolean;
  /** Aborts when another process has taken the folder over; see `folder_lock.ts`. */
  readonly lost: AbortSignal;
  /** Lets another process have the folder. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** A run's folder holds a run already, and nobody asked to go on with it. */
export class RunExistsError extends Error {
  /** Tells this error from others. */
  override readonly name = "RunExistsError";
}

/**
 * Makes a run's folder and its manifest, or opens an earlier run to go on with it. The folder is this
 * process's until the run is disposed of.
 *
 * @throws {Error} when the folder cannot be written, holds another run, or was made with other options
 * @throws {RunExistsError} when it holds a run that is not to be resumed
 * @throws {LockedError} naming the process that uses the folder
 */
export async function openRun(options: OpenRunOptions): Promise<RunFolder> {
  const path = options.out !== undefined
    ? resolve(options.out)
    : (options.resume ? await latestRun(options) : null) ?? newRunPath(options);
  const manifestPath = join(path, "manifest.json");
  if (!existsSync(manifestPath)) await checkWritable(path);
  const lock = options.lock ?? await lockFolder(path, options.command);
  const release = options.lock === undefined ? () => lock.release() : () => Promise.resolve();
  try {
    const { manifest, resumed } = await readOrMake(path, manifestPath, options);
    return { path, manifest, resumed, lost: lock.lost, [Symbol.asyncDispose]: release };
  } catch (error) {
    await release();
    throw error;
  }
}

async function readOrMake(
  path: string,
  manifestPath: string,
  options: OpenRunOptions,
): Promise<Pick<RunFolder, "manifest" | "resumed">> {
  if (existsSync(manifestPath)) {
    const manifest = await readManifest(manifestPath);
    if (!options.resume) {
      throw new RunExistsError(
        `Cannot start a run in ${path}: it holds one already. Pass --resume to continue it, or another --out`,
      );
    }
    checkSameOptions(path, manifest, options);
    return { manifest, resumed: true };
  }
  const manifest: Manifest = {
    id: basename(path),
    command: options.command,
    startedAt: new Date().toISOString(),
    given: options.given,
    resolved: options.resolved,
    revision: await kitRevision(),
    versions: await packageVersions(),
    prompts: options.prompts,
    machine: machineFacts(),
    ...(options.warnings?.length ? { warnings: options.warnings } : {}),
  };
  await writeJsonAtomic(manifestPath, manifest);
  return { manifest, resumed: false };
}

/** A folder in `data/runs/` that is not there yet, named after time, command and profile. */
export function newRunPath(options: Pick<OpenRunOptions, "command" | "resolved">): string {
  const time = new Date().toISOString().replace(/[-:]/g, "").replace("T", "-").slice(0, 15);
  const profile = options.resolved.profile;
  const name = [time, options.command, ...(typeof profile === "string" ? [profile] : [])].join("-");
  let path = join(defaultRunsFolder, name);
  for (let i = 2; existsSync(path); i++) path = join(defaultRunsFolder, `${name}-${i}`);
  return path;
}

async function latestRun(options: OpenRunOptions): Promise<string | null> {
  const names = await readdir(defaultRunsFolder).catch(() => [] as string[]);
  for (const name of names.sort().reverse()) {
    const path = join(defaultRunsFolder, name);
    const manifest = await readManifest(join(path, "manifest.json")).catch(() => null);
    if (manifest?.command === options.command && difference(manifest, options) === null) {
      return path;
    }
  }
  return null;
}

function checkSameOptions(path: string, manifest: Manifest, options: OpenRunOptions): void {
  if (manifest.command !== options.command) {
    throw new Error(`Cannot resume ${path}: it is a run of "${manifest.command}"`);
  }
  const other = difference(manifest, options);
  if (other !== null) throw new Error(`Cannot resume ${path}: ${other}`);
}

/** The first option or prompt that differs, in words; null when there is none. */
function difference(manifest: Manifest, options: OpenRunOptions): string | null {
  const stored = {
    resolved: options.present?.(manifest.resolved) ?? manifest.resolved,
    prompts: manifest.prompts,
  };
  for (const part of ["resolved", "prompts"] as const) {
    const names = new Set([...Object.keys(stored[part]), ...Object.keys(options[part])]);
    for (const name of names) {
      const lacking = part === "resolved" ? options.lacking?.[name] : undefined;
      const value = Object.hasOwn(stored[part], name) ? stored[part][name] : lacking;
      const [before, now] = [value, options[part][name]].map(canonicalJson);
      if (before === now) continue;
      const what = part === "prompts" ? `prompt ${name}` : `option ${name}`;
      return part === "prompts"
        ? `${what} has changed since`
        : `${what} was ${before}, it is now ${now}`;
    }
  }
  return null;
}

async function checkWritable(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
    // Another process may look at the same time.
    const probe = join(path, `.write-probe-${crypto.randomUUID().slice(0, 8)}`);
    await writeFile(probe, "");
    await rm(probe);
  } catch (cause) {
    throw new Error(
      `Cannot write the run's folder ${path}: ${
        (cause as Error).message
      }. Choose another with --out`,
      { cause },
    );
  }
}
