import type { EmscriptenModule, EmscriptenSettings } from "./emscripten.ts";
import { GuardError, type GuardHooks, guardImports, type Imports } from "./import_guard.ts";

/** A file to put into Python's file system before it starts. */
export interface GuestFile {
  /** Path in Python's file system. */
  readonly path: string;
  /** Its contents. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Options of the module. */
interface PythonOptions {
  /** Pyodide's folder, a file URL that ends with a slash. */
  readonly pyodideFolder: string;
  /** Files beyond the standard library. */
  readonly files: readonly GuestFile[];
  /** True to start Python; otherwise its memory is filled from an image. */
  readonly start: boolean;
  /** Left out only while an image is built, when no agent's code runs. */
  readonly guard?: GuardHooks;
}

const HOME = "/home/agent";
const encoder = new TextEncoder();

/** Python's WebAssembly, without Pyodide's bridge to JavaScript. */
export class Python {
  /** Pyodide's Emscripten module. */
  readonly module: EmscriptenModule;
  /** Python's memory. */
  readonly memory: WebAssembly.Memory;
  /** The newest bytes of its standard error, for errors in trusted code. */
  readonly #errors: number[];

  private constructor(module: EmscriptenModule, memory: WebAssembly.Memory, errors: number[]) {
    this.module = module;
    this.memory = memory;
    this.#errors = errors;
  }

  /** Compiles and instantiates Python; starts it if told to. */
  static async create(options: PythonOptions): Promise<Python> {
    const folder = options.pyodideFolder;
    const script = await import(folder + "pyodide.asm.mjs");
    const wasm = Deno.readFileSync(new URL("pyodide.asm.wasm", folder));
    const library = Deno.readFileSync(new URL("python_stdlib.zip", folder));
    let memory: WebAssembly.Memory | null = null;
    const silent = () => {};
    const errors: number[] = [];
    const settings: EmscriptenSettings = {
      noInitialRun: !options.start,
      stdin: () => null,
      stdout: silent,
      stderr: (byte) => {
        if (byte !== null && errors.push(byte) > 2 * MAX_ERROR_BYTES) {
          errors.splice(0, MAX_ERROR_BYTES);
        }
      },
      print: silent,
      printErr: silent,
      arguments: [],
      thisProgram: "python",
      // What Pyodide's script reads while it loads; the package index never does.
      API: {
        config: { jsglobals: globalThis, env: {}, args: [], enableRunUntilComplete: false },
        runtimeEnv: {},
        lockFilePromise: new Promise(() => {}),
      },
      locateFile: (name) => name,
      preRun: [(module) => prepareFiles(module, library, options.files)],
      instantiateWasm(imports, ready) {
        instantiate(wasm, imports as Imports, options.guard).then(({ instance, module }) => {
          memory = instance.exports.memory as WebAssembly.Memory;
          ready(instance, module);
        });
        return {};
      },
    };
    const module = await script.default(settings) as EmscriptenModule;
    return new Python(module, memory!, errors);
  }

  /** Runs trusted source text. @throws if it raises */
  execute(source: string): void {
    const { module } = this;
    const bytes = encoder.encode(source + "\0");
    const pointer = module._malloc(bytes.length);
    module.HEAPU8.set(bytes, pointer);
    const failed = module._PyRun_SimpleString(pointer);
    module._free(pointer);
    if (failed) {
      const said = new TextDecoder().decode(Uint8Array.from(this.#errors)).trim();
      throw new Error(`Cannot prepare Python: ${said || "its own code failed"}`);
    }
  }

  /** Calls a Python function that takes and gives `bytes`; null when it raised. */
  call(callable: number, input: Uint8Array): Uint8Array<ArrayBuffer> | null {
    const { module } = this;
    const pointer = module._malloc(input.length + 1);
    if (pointer === 0) return null;
    module.HEAPU8.set(input, pointer);
    const argument = module._PyBytes_FromStringAndSize(pointer, input.length);
    module._free(pointer);
    if (argument === 0) return null;
    const result = module._PyObject_CallOneArg(callable, argument);
    module._Py_DecRef(argument);
    if (result === 0) return null;
    const at = module._PyBytes_AsString(result);
    const size = module._PyBytes_Size(result);
    if (at === 0 || size < 0 || size > MAX_RESULT_BYTES) {
      throw new GuardError("The code broke the interpreter");
    }
    const out = module.HEAPU8.slice(at, at + size);
    module._Py_DecRef(result);
    return out;
  }
}

const MAX_ERROR_BYTES = 4096;
const MAX_RESULT_BYTES = 16 * 1024 * 1024;

function prepareFiles(
  module: EmscriptenModule,
  library: Uint8Array,
  files: readonly GuestFile[],
): void {
  const { FS } = module;
  for (const folder of [HOME, "/tmp", "/lib/python3.14/lib-dynload"]) FS.mkdirTree(folder);
  FS.mkdirTree("/lib/python3.14/site-packages");
  FS.writeFile("/lib/python314.zip", library);
  for (const { path, bytes } of files) {
    FS.mkdirTree(path.slice(0, path.lastIndexOf("/")));
    FS.writeFile(path, bytes);
  }
  FS.chdir(HOME);
  const env = {
    HOME,
    LANG: "C.UTF-8",
    PYTHONINSPECT: "1",
    PYTHONHASHSEED: "0",
    PYTHONDONTWRITEBYTECODE: "1",
  };
  Object.assign(module.ENV, env);
  module.API.pyVersionTuple = [3, 14, 2];
  module.API.sitePackages = "/lib/python3.14/site-packages";
}

async function instantiate(wasm: Uint8Array<ArrayBuffer>, imports: Imports, guard?: GuardHooks) {
  const module = await WebAssembly.compile(wasm);
  // Pyodide's loader gives these two; they belong to its bridge.
  imports.env.Jsv_GetError_import = () => null;
  imports.env.JsvError_Check = () => 0;
  const made: { memory?: WebAssembly.Memory } = {};
  if (guard !== undefined) {
    guardImports(imports, module, { ...guard, memory: () => made.memory!.buffer });
  }
  const instance = await WebAssembly.instantiate(module, imports as WebAssembly.Imports);
  made.memory = instance.exports.memory as WebAssembly.Memory;
  return { instance, module };
}
