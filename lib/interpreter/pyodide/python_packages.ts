import { join, relative } from "node:path";
import { pythonDistribution, withNeeds } from "./python_distributions.ts";
import { zipSync } from "fflate";

/** A package as an archive that Python imports from. */
export interface PackageArchive {
  /** The package's name. */
  readonly name: string;
  /** The archive's file name. */
  readonly file: string;
  /** The archive. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Packages that `deno task potstill wheels` fetches when none is named. */
export const USUAL_PACKAGES: readonly string[] = ["numpy", "sympy", "mpmath"];

/**
 * Reads packages from a folder: of each its wheel (`sympy-1.14.0-py3-none-any.whl`) or its folder
 * (`sympy/`).
 * @throws if one is not there, or has compiled code for another machine
 */
export async function readPackages(
  folder: string,
  names: readonly string[],
): Promise<PackageArchive[]> {
  const others = names.filter((name) => !USUAL_PACKAGES.includes(name));
  const command = ["deno task potstill wheels", ...others].join(" ");
  const packages: PackageArchive[] = [];
  // One after the other, so that the first one that is missing is named, always the same.
  for (const name of withNeeds(names)) packages.push(await readPackage(folder, name, command));
  return packages;
}

async function readPackage(
  folder: string,
  name: string,
  command: string,
): Promise<PackageArchive> {
  const { module } = pythonDistribution(name);
  const prefix = `${name.replace(/[-.]/g, "_")}-`;
  const entries: string[] = [];
  try {
    for await (const entry of Deno.readDir(folder)) entries.push(entry.name);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const wheels = entries.filter((entry) =>
    entry.toLowerCase().startsWith(prefix) && entry.endsWith(".whl")
  ).sort();
  const wheel = wheels.at(-1);
  if (wheel !== undefined) {
    if (!/(-none-any|_wasm32)\.whl$/.test(wheel)) throw compiled(name, join(folder, wheel));
    return { name, file: wheel, bytes: await Deno.readFile(join(folder, wheel)) };
  }
  if (entries.includes(module)) {
    const files = await readTree(join(folder, module), name, folder);
    return { name, file: `${module}.zip`, bytes: storedZip(files) };
  }
  throw new Error(
    `Cannot load the Python package ${name}: ${folder} has no ${prefix}*.whl and no folder ${module}. ` +
      `Fetch the wheels with \`${command}\`, or name a folder that has them.`,
  );
}

function compiled(name: string, path: string): Error {
  return new Error(
    `Cannot load the Python package ${name}: ${path} holds compiled code that is not WebAssembly`,
  );
}

/** An uncompressed archive, from which Python imports; equal files give equal bytes. */
function storedZip(files: ReadonlyMap<string, Uint8Array>): Uint8Array<ArrayBuffer> {
  return zipSync(Object.fromEntries(files), { level: 0, mtime: new Date(1980, 0, 1) });
}

async function readTree(
  folder: string,
  name: string,
  root: string,
): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  const entries = [];
  for await (const entry of Deno.readDir(folder)) entries.push(entry);
  entries.sort((a, b) => a.name < b.name ? -1 : 1);
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory) {
      if (["__pycache__", "tests", "benchmarks"].includes(entry.name)) continue;
      for (const [file, bytes] of await readTree(path, name, root)) files.set(file, bytes);
    } else if (/\.(so|pyd|dylib)$/.test(entry.name)) {
      throw compiled(name, path);
    } else if (!entry.name.endsWith(".pyc")) {
      files.set(relative(root, path).replaceAll("\\", "/"), await Deno.readFile(path));
    }
  }
  return files;
}
