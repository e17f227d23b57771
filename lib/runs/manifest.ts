import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { JsonValue } from "../records/json.ts";

/** Description of a run, enough to repeat it. Written as `manifest.json` before the first stage. */
export interface Manifest {
  /** The folder's name. */
  readonly id: string;
  /** The command, such as `distill`. */
  readonly command: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** Options as given. */
  readonly given: { readonly [name: string]: JsonValue };
  /** Options with every default filled in; a resumed run must resolve to the same. */
  readonly resolved: { readonly [name: string]: JsonValue };
  /** Version control revision of the kit, with `+changes` when files differ from it; null outside a checkout. */
  readonly revision: string | null;
  /** Deno, V8, TypeScript and every package, by name. */
  readonly versions: { readonly [name: string]: string };
  /** SHA-256 of each prompt, by name. */
  readonly prompts: { readonly [name: string]: string };
  /** Machine facts that speed depends on. */
  readonly machine: { readonly cores: number; readonly os: string; readonly arch: string };
  /**
   * Warnings that belong to its results, such as test questions that the student was trained on.
   */
  readonly warnings?: readonly string[];
}

/** Versions of Deno and of every package that `deno.json` pins. */
export async function packageVersions(): Promise<Record<string, string>> {
  const config = JSON.parse(await readFile(new URL("../../deno.json", import.meta.url), "utf8"));
  const versions: Record<string, string> = { ...Deno.version, potstill: config.version };
  for (const specifier of Object.values(config.imports as Record<string, string>)) {
    const match = /^npm:(.+)@([^@]+)$/.exec(specifier);
    if (match) versions[match[1]] = match[2];
  }
  return versions;
}

/** The checkout's revision, or null when the kit is not in one. */
export async function kitRevision(): Promise<string | null> {
  const git = (...args: string[]) =>
    promisify(execFile)("git", args, { cwd: fileURLToPath(new URL("../../", import.meta.url)) });
  try {
    const { stdout } = await git("rev-parse", "HEAD");
    const status = await git("status", "--porcelain");
    return stdout.trim() + (status.stdout.trim() === "" ? "" : "+changes");
  } catch {
    return null;
  }
}

/** Facts of this machine. */
export function machineFacts(): Manifest["machine"] {
  return { cores: navigator.hardwareConcurrency, os: Deno.build.os, arch: Deno.build.arch };
}
