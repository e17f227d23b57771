import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import {
  type Environment,
  type EnvironmentName,
  ENVIRONMENTS,
  peersFolder,
  pythonOf,
  STAMP,
  stampOf,
  versionsFile,
} from "./environments.ts";

/** Options of {@linkcode makeEnvironment}. */
export interface MakeOptions {
  /** Stops the making. */
  readonly signal?: AbortSignal;
  /**
   * Takes the newest versions of what the packages require, and writes them to `versions/NAME.txt`.
   *
   * @default {false}
   */
  readonly newVersions?: boolean;
}

/** An installed wheel needs no compiler; modules are compiled to bytecode when they are first imported. */
const INSTALL = ["-m", "pip", "install", "--quiet", "--no-compile", "--no-input", "--retries=2"];

/**
 * Makes an environment unless it is there. Nothing is left of one that cannot be made.
 *
 * @returns seconds that it took; 0 where it was there
 * @throws {Error} with pip's message when a package cannot be installed, or when `signal` stops it
 */
export async function makeEnvironment(
  name: EnvironmentName,
  { signal, newVersions = false }: MakeOptions = {},
): Promise<number> {
  if (pythonOf(name) !== null && !newVersions) return 0;
  const began = performance.now();
  const folder = join(peersFolder(), name);
  const { packages, bare = [] } = ENVIRONMENTS[name] as Environment;
  const versions = versionsFile(name);
  const pinned = newVersions || !existsSync(versions) ? [] : ["--constraint", versions];
  try {
    const python = await makeVenv(folder, signal);
    await run(python, [...INSTALL, "--prefer-binary", ...pinned, ...packages], signal);
    if (newVersions) {
      const list = await run(python, ["-m", "pip", "freeze", "--exclude", "pip"], signal);
      // A build for processors alone has a local version, which other indexes do not have.
      await writeFile(versions, list.replaceAll(/\+\w+$/gm, ""));
    }
    if (bare.length > 0) await run(python, [...INSTALL, "--no-deps", ...bare], signal);
    await writeFile(join(folder, STAMP), stampOf(name));
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  return (performance.now() - began) / 1000;
}

/**
 * Asks the package index for one small package, for at most 90 seconds.
 *
 * @throws {Error} with the message of Python or pip when it cannot be had
 */
export async function probeIndex(signal?: AbortSignal): Promise<void> {
  const folder = join(peersFolder(), ".probe");
  const briefly = ["--retries=1", "--timeout=15", "--no-cache-dir", "--disable-pip-version-check"];
  const options = ["--quiet", "--no-deps", ...briefly, "--dest", folder];
  try {
    const python = await makeVenv(folder, signal);
    const within = AbortSignal.any([AbortSignal.timeout(90_000), ...signal ? [signal] : []]);
    await run(python, ["-m", "pip", "download", ...options, "nbclient==0.11.0"], within).catch(
      (cause) => {
        const why = cause.message.split("\n").at(-1);
        throw new Error(`${cause.message}\nno package index: ${why}`, { cause });
      },
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function makeVenv(folder: string, signal?: AbortSignal): Promise<string> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await run(process.env.POTSTILL_PYTHON ?? "python3", ["-m", "venv", folder], signal);
  return join(folder, "bin", "python");
}

async function run(
  program: string,
  args: readonly string[],
  signal?: AbortSignal,
): Promise<string> {
  signal?.throwIfAborted();
  const options: Deno.CommandOptions = {
    ...{ args: [...args], stdin: "null" },
    ...signal && { signal },
  };
  const { success, stdout, stderr } = await new Deno.Command(program, options).output().catch(
    (cause) => {
      throw new Error(`Cannot run ${program}: ${cause.message}`, { cause });
    },
  );
  signal?.throwIfAborted();
  if (!success) {
    const text = new TextDecoder().decode(stderr).trim() || new TextDecoder().decode(stdout).trim();
    const said = text.split("\n").filter((line) => !line.startsWith("WARNING: ")).slice(-5);
    throw new Error(`Cannot run ${[program, ...args].join(" ")}:\n${said.join("\n")}`);
  }
  return new TextDecoder().decode(stdout);
}
