import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { pipDownload } from "./pip_download.ts";
import { pythonDistribution, withNeeds } from "./python_distributions.ts";

/** A wheel whose contents are known by their sum. */
export interface LockedWheel {
  /** The package's name. */
  readonly name: string;
  /** The wheel's file name. */
  readonly file: string;
  /** SHA-256 of the file, in hexadecimal digits. */
  readonly sha256: string;
  /** Address from which it is downloaded. */
  readonly url: string;
}

/** Time limit per file, in milliseconds. */
const FETCH_MS = 300_000;

/** A wheel after fetching. */
export interface FetchedWheel extends LockedWheel {
  /** True if the file was already there with the right checksum. */
  readonly wasThere: boolean;
}

/**
 * The wheels that serve as each of `packages` and of what they need, the first choice first: those
 * of the Python Package Index in fixed versions, and those that the installed Pyodide's lock file
 * names. Where a mirror of Pyodide's packages is given, nothing else serves for a package of the lock file.
 *
 * @throws if a package is in neither
 */
export async function lockedWheels(
  packages: readonly string[],
  mirror?: string,
): Promise<LockedWheel[][]> {
  const lock = JSON.parse(await Deno.readTextFile(await pyodideFile("pyodide-lock.json")));
  const address = mirror ?? await wheelsAddress();
  return withNeeds(packages).map((name) => {
    const entry = Object.hasOwn(lock.packages, name) ? lock.packages[name] : undefined;
    const { pypi } = pythonDistribution(name);
    const own = entry === undefined ? [] : [{
      name,
      file: String(entry.file_name),
      sha256: String(entry.sha256),
      url: address + entry.file_name,
    }];
    const file = pypi?.url.slice(pypi.url.lastIndexOf("/") + 1) ?? "";
    const indexed = pypi === undefined ? [] : [{ name, file, ...pypi }];
    const wheels = mirror === undefined ? [...indexed, ...own] : own.length > 0 ? own : indexed;
    if (wheels.length === 0) {
      throw new Error(
        `Cannot fetch ${name}: Pyodide ${lock.info.python} has no such package, and Potstill knows ` +
          "none of the Python Package Index by that name",
      );
    }
    return wheels;
  });
}

/** Address of Pyodide's own wheels, for the installed version. */
async function wheelsAddress(): Promise<string> {
  const { version } = JSON.parse(await Deno.readTextFile(await pyodideFile("package.json")));
  return `https://cdn.jsdelivr.net/pyodide/v${version}/full/`;
}

/**
 * Fetches wheels into a folder. What is there with the right sum stays; a file appears only when it
 * is whole and its sum is right. One that cannot be fetched does not keep the others from it.
 *
 * @param mirror address of a mirror of Pyodide's packages, which ends with a slash
 * @throws if a wheel cannot be fetched or has another sum
 */
export async function fetchWheels(
  packages: readonly string[],
  folder: string,
  mirror?: string,
): Promise<FetchedWheel[]> {
  const fetched: FetchedWheel[] = [];
  const problems: string[] = [];
  for (const choices of await lockedWheels(packages, mirror)) {
    try {
      fetched.push(await fetchOne(choices, folder));
    } catch (error) {
      problems.push((error as Error).message);
    }
  }
  if (problems.length > 0) throw new Error(problems.join("\n"));
  return fetched;
}

/** The first of several wheels that is there or can be fetched. */
async function fetchOne(choices: readonly LockedWheel[], folder: string): Promise<FetchedWheel> {
  for (const wheel of choices) {
    if (await hasSum(join(folder, wheel.file), wheel.sha256)) return { ...wheel, wasThere: true };
  }
  let first: unknown = null;
  for (const wheel of choices) {
    try {
      await fetchWheel(wheel, join(folder, wheel.file));
      return { ...wheel, wasThere: false };
    } catch (error) {
      first ??= error;
    }
  }
  throw first;
}

async function fetchWheel(wheel: LockedWheel, path: string): Promise<void> {
  const { url, sha256: wanted } = wheel;
  const bytes = await downloaded(wheel, path);
  const sum = await sha256(bytes);
  if (sum !== wanted) throw new Error(`Cannot use ${url}: its SHA-256 is ${sum}, not ${wanted}`);
  await Deno.mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${crypto.randomUUID()}`;
  await Deno.writeFile(temporary, bytes);
  await Deno.rename(temporary, path);
}

async function downloaded(
  { name, file, url }: LockedWheel,
  path: string,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(FETCH_MS) });
    if (response.ok) return await response.bytes();
    await response.body?.cancel();
    throw new Error(`HTTP status ${response.status}`);
  } catch (error) {
    const isIndexed = pythonDistribution(name).pypi?.url === url;
    const bytes = isIndexed ? await pipDownload(name, file.split("-")[1], file) : null;
    if (bytes !== null) return bytes;
    throw new Error(
      `Cannot fetch ${url}: ${(error as Error).message}. Without a network put ${file} ` +
        `into ${dirname(path)} from a machine that has one.`,
    );
  }
}

async function hasSum(path: string, sum: string): Promise<boolean> {
  try {
    return await sha256(await Deno.readFile(path)) === sum;
  } catch {
    return false;
  }
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

async function pyodideFile(name: string): Promise<string> {
  return await Deno.realPath(fileURLToPath(new URL(name, import.meta.resolve("pyodide"))));
}
