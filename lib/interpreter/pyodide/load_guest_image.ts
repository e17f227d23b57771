import type { GuestImage } from "./guest_image.ts";
import { join } from "node:path";
import { userCacheFolder } from "./cache_folder.ts";
import type { InterpreterOptions } from "./interpreter_options.ts";
import { isCompiledWheel } from "./guest/build_image.ts";
import { InterpreterProcess } from "./interpreter_process.ts";
import { pythonDistribution, withNeeds } from "./python_distributions.ts";
import { readPackages } from "./python_packages.ts";
import { wordList } from "../../records/word_list.ts";

/** Imported into every image: what agents use, as Python has to compile its library from source. */
const STANDARD_PRELOAD: readonly string[] = wordList(`
  collections collections.abc datetime itertools math queue random re stat statistics time
  unicodedata argparse asyncio base64 bisect calendar cmath contextlib copy csv dataclasses
  decimal enum fractions functools hashlib heapq html inspect io json logging numbers operator
  pathlib pprint secrets string struct textwrap traceback typing urllib.parse zoneinfo
`);

/** Parts of packages that are imported with them: compiled ones cannot be loaded later. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  numpy: ["numpy.linalg", "numpy.random", "numpy.fft", "numpy.polynomial"],
};

const SITE = "/lib/python3.14/site-packages";
const RUNNER_FILES = [
  "step_runner.py",
  "error_texts.py",
  "package_warm_up.py",
  "sandbox_loop.py",
  "last_value.py",
  "standard_imports.py",
  "tool_names.py",
];
const SHA_BYTES = 32;

/** Folder into which `deno task potstill wheels` puts wheels. */
export function defaultPackagesFolder(): string | null {
  const cache = userCacheFolder();
  return cache === null ? null : join(cache, "wheels");
}

/**
 * Makes the image, or takes it from the cache if one of the same Python, packages and code is there.
 * @throws if a package is missing, or Python does not start
 */
export async function loadGuestImage(
  options: Required<Pick<InterpreterOptions, "cacheFolder" | "packages" | "packagesFolder">>,
): Promise<GuestImage> {
  const files: { path: string; bytes: Uint8Array }[] = [];
  for (const name of RUNNER_FILES) {
    const bytes = await Deno.readFile(new URL(`./guest/${name}`, import.meta.url));
    files.push({ path: `${SITE}/${name}`, bytes });
  }
  if (options.packages.length > 0) {
    const folder = options.packagesFolder ?? defaultPackagesFolder();
    if (folder === null) throw new Error("Cannot load Python packages: packagesFolder is not set");
    for (const { file, bytes } of await readPackages(folder, options.packages)) {
      files.push({ path: `${SITE}/${file}`, bytes });
    }
  }
  const packages = withNeeds(options.packages);
  const modules = packages.map((name) => pythonDistribution(name).module);
  const inner = packages.flatMap((name) => PARTS[name] ?? []);
  const preload = [...STANDARD_PRELOAD, ...modules, ...inner];
  const parts = { files, packages: modules, preload };
  if (files.some(({ path }) => isCompiledWheel(path))) {
    // What they load lies outside of Python's memory, so there can be no image of it.
    return { ...parts, bytes: new Uint8Array(0), pointers: null, baseSum: {} };
  }
  if (options.cacheFolder === null) return await InterpreterProcess.build(parts);
  const path = join(options.cacheFolder, `python-${await imageKey(parts)}.image`);
  const cached = await readImage(path);
  if (cached !== null) return { ...parts, ...cached, baseSum: {} };
  const image = await InterpreterProcess.build(parts);
  await writeImage(options.cacheFolder, path, image);
  return image;
}

/** A name for all that an image is made from. */
async function imageKey(parts: Pick<GuestImage, "files" | "preload">): Promise<string> {
  const pyodide = new URL(".", import.meta.resolve("pyodide"));
  const own = [
    "build_image.ts",
    "python.ts",
    "import_guard.ts",
    "random_bytes.ts",
    "page_diff.ts",
    "state_blob.ts",
  ];
  const sources = [
    ...["pyodide.asm.wasm", "pyodide.asm.mjs", "python_stdlib.zip"].map((name) =>
      new URL(name, pyodide)
    ),
    ...own.map((name) => new URL(`./guest/${name}`, import.meta.url)),
  ];
  const digests = await Promise.all([
    ...sources.map(async (url) => await sha256(await Deno.readFile(url))),
    ...parts.files.map(({ bytes }) => sha256(bytes)),
  ]);
  const names = [...parts.files.map(({ path }) => path), "", ...parts.preload].join("\n");
  const all = await new Blob([...digests, names]).bytes();
  return (await sha256(all)).slice(0, 12).toHex();
}

async function readImage(
  path: string,
): Promise<Pick<GuestImage, "bytes" | "pointers"> | null> {
  let all: Uint8Array<ArrayBuffer>;
  try {
    all = await Deno.readFile(path);
  } catch {
    return null;
  }
  const body = all.subarray(SHA_BYTES);
  const sum = await sha256(body);
  if (!sum.every((byte, i) => byte === all[i]) || body.length < 8) return null;
  const [start, run] = new Uint32Array(body.slice(0, 8).buffer);
  return { pointers: { start, run }, bytes: body.subarray(8) };
}

/** Keeps an image; a cache that cannot be written to only costs time. */
async function writeImage(folder: string, path: string, image: GuestImage): Promise<void> {
  const { start, run } = image.pointers!;
  const pointers = Uint32Array.of(start, run);
  const body = await new Blob([pointers, image.bytes as BlobPart]).bytes();
  const temporary = `${path}.${crypto.randomUUID()}`;
  try {
    await Deno.mkdir(folder, { recursive: true });
    await Deno.writeFile(temporary, new Blob([await sha256(body), body]).stream());
    await Deno.rename(temporary, path);
  } catch {
    await Deno.remove(temporary).catch(() => {});
  }
}

async function sha256(bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>));
}
