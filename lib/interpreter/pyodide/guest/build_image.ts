import { type GuestFile, Python } from "./python.ts";
import { PAGE_BYTES } from "./page_diff.ts";
import { RandomBytes } from "./random_bytes.ts";
import { encodeState, type PageDelta } from "./state_blob.ts";

/** Addresses of the runner's two functions in an image. */
export interface RunnerPointers {
  /** Of `start(config)`. */
  readonly start: number;
  /** Of `run(code)`. */
  readonly run: number;
}

/**
 * Starts Python, imports the runner and `preload`, warms `packages` up, and gives the memory's pages that are not zero.
 * No agent's code runs in this process.
 */
export async function buildImage(
  pyodideFolder: string,
  files: readonly GuestFile[],
  preload: readonly string[],
  packages: readonly string[],
): Promise<{ image: Uint8Array<ArrayBuffer>; pointers: RunnerPointers }> {
  const random = new RandomBytes();
  const python = await Python.create({
    pyodideFolder,
    files,
    start: true,
    guard: {
      armed: () => false,
      onFileAccess() {},
      onClock() {},
      pendingSignal: () => 0,
      mayGrow: () => true,
      maxMemoryBytes: 2 ** 32 - 65_536,
      fillRandom: (bytes) => random.fill(bytes),
    },
  });
  openTools(python.module);
  const pointers = prepareRunner(python, files, preload, packages);
  const pages = pagesInUse(python.module.HEAPU8);
  return { image: encodeState(pages, new Uint8Array(0)), pointers };
}

/** In a Python that has just started: imports the runner and `preload`, warms `packages` up. */
export function prepareRunner(
  python: Python,
  files: readonly GuestFile[],
  preload: readonly string[],
  packages: readonly string[],
): RunnerPointers {
  const { module } = python;
  const compiled = files.filter(({ path }) => isCompiledWheel(path)).map(({ path }) => path);
  python.execute(
    `import sys\nsys.path[:] = ${JSON.stringify(searchPath(files))}\n` +
      `import step_runner\nstep_runner.unpack(${JSON.stringify(compiled)}, "${SITE}")\n` +
      `step_runner.prepare(${JSON.stringify(preload)}, ${JSON.stringify(packages)})\n`,
  );
  const pointers = JSON.parse(new TextDecoder().decode(module.FS.readFile(POINTERS_FILE)));
  module.FS.unlink(POINTERS_FILE);
  module.HEAPU8[module._Py_EMSCRIPTEN_SIGNAL_HANDLING] = 1;
  const [deadStart, deadEnd] = deadStack(python);
  module.HEAPU8.fill(0, deadStart, deadEnd);
  return pointers;
}

/** True if a wheel holds WebAssembly code, which must lie in files to be loaded. */
export function isCompiledWheel(path: string): boolean {
  return path.endsWith("_wasm32.whl");
}

const SITE = "/lib/python3.14/site-packages";

/** File in which the runner leaves its addresses. */
const POINTERS_FILE = "/tmp/pointers.json";

/** The device through which Python reaches the host; the runner finds it open as file 3. */
const TOOLS_DEVICE = "/dev/tools";

/** Registers the tools' device as the builder needs it: it can be opened, no more. */
export function openTools(
  module: Python["module"],
  ops: Parameters<Python["module"]["FS"]["registerDevice"]>[1] = {},
): void {
  const { FS } = module;
  const device = FS.makedev(64, 0);
  FS.registerDevice(device, { open() {}, close() {}, llseek: () => 0, ...ops });
  FS.mkdev(TOOLS_DEVICE, device);
  FS.open(TOOLS_DEVICE, "r+");
}

/** The range of the C stack that is not in use between two calls. */
export function deadStack({ module }: Python): [number, number] {
  return [module._emscripten_stack_get_end(), module._emscripten_stack_get_current()];
}

function searchPath(files: readonly GuestFile[]): string[] {
  const archives = files.map(({ path }) => path).filter((path) =>
    /\.(whl|zip)$/.test(path) && !isCompiledWheel(path)
  );
  return ["/lib/python314.zip", "/lib/python3.14/lib-dynload", SITE, ...archives];
}

function pagesInUse(memory: Uint8Array<ArrayBuffer>): PageDelta {
  const words = new Uint32Array(memory.buffer);
  const step = PAGE_BYTES / 4;
  const numbers: number[] = [];
  for (let page = 0; page < words.length / step; page++) {
    for (let i = page * step; i < (page + 1) * step; i++) {
      if (words[i] === 0) continue;
      numbers.push(page);
      break;
    }
  }
  const pages = numbers.map((n) => memory.subarray(n * PAGE_BYTES, (n + 1) * PAGE_BYTES));
  return { numbers: Uint32Array.from(numbers), pages };
}
