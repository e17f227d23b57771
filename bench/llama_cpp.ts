import { TextLineStream } from "./text_line_stream.ts";

const VERSION = "3.22.1";
const PEER = new URL("peers/llama_cpp_peer.mjs", import.meta.url).pathname;
const FOLDER = new URL(`../data/cache/peers/node-llama-cpp-${VERSION}/`, import.meta.url);

/** How llama.cpp runs a model. */
export interface LlamaCppOptions {
  /** Threads. */
  readonly threads: number;
  /** Longest sequence. */
  readonly contextSize: number;
  /** Sequences that decode together. @default 1 */
  readonly sequences?: number;
  /** Type of the cache of keys and values. @default "F32" */
  readonly kvType?: "F32" | "F16";
}

/**
 * llama.cpp in a process of its own, through node-llama-cpp, which is installed with npm into the
 * cache folder when it is first wanted: the project does not depend on it.
 */
export class LlamaCpp {
  readonly #process: Deno.ChildProcess;
  readonly #requests: WritableStreamDefaultWriter<Uint8Array>;
  readonly #answers: ReadableStreamDefaultReader<string>;

  private constructor(process: Deno.ChildProcess) {
    this.#process = process;
    this.#requests = process.stdin.getWriter();
    this.#answers = process.stdout.pipeThrough(new TextDecoderStream())
      .pipeThrough(new TextLineStream()).getReader();
  }

  /**
   * Loads a GGUF file.
   * @throws {Error} when node-llama-cpp cannot be installed or the file cannot be loaded
   */
  static async load(path: string, options: LlamaCppOptions): Promise<LlamaCpp> {
    await install();
    const llama = new LlamaCpp(
      new Deno.Command("node", {
        args: [PEER],
        cwd: FOLDER.pathname,
        stdin: "piped",
        stdout: "piped",
        stderr: "inherit",
      }).spawn(),
    );
    try {
      await llama.#ask({ action: "load", path, ...options });
    } catch (error) {
      await llama.close();
      throw error;
    }
    return llama;
  }

  /** Token ids of each text; special tokens are read as such. */
  async tokenize(texts: readonly string[]): Promise<number[][]> {
    return (await this.#ask({ action: "tokenize", texts })).ids as number[][];
  }

  /** The file's chat template. */
  async template(): Promise<string> {
    return (await this.#ask({ action: "template" })).template as string;
  }

  /** Greedy tokens after each prompt. */
  async greedy(prompts: readonly Int32Array[], maxNewTokens: number): Promise<number[][]> {
    const plain = prompts.map((prompt) => [...prompt]);
    return (await this.#ask({ action: "greedy", prompts: plain, maxNewTokens })).ids as number[][];
  }

  /** A sample in each sequence; the beginning that a sequence has in its cache is not read again. */
  async sample(
    prompt: Int32Array,
    options: {
      readonly maxNewTokens: number;
      readonly temperature: number;
      readonly topP: number;
      readonly topK: number;
      readonly seed: number;
    },
  ): Promise<{ readonly ids: number[][]; readonly durationMs: number }> {
    return await this.#ask({ action: "sample", prompt: [...prompt], ...options }) as {
      ids: number[][];
      durationMs: number;
    };
  }

  /** Forgets what the sequences read. */
  async clear(): Promise<void> {
    await this.#ask({ action: "clear" });
  }

  /** Memory of the process now, and the most it had. */
  async memory(): Promise<{ readonly rssBytes: number; readonly peakBytes: number }> {
    return await this.#ask({ action: "memory" }) as { rssBytes: number; peakBytes: number };
  }

  /** Ends the process. */
  async close(): Promise<void> {
    await this.#requests.close().catch(() => {});
    await this.#answers.cancel().catch(() => {});
    await this.#process.status;
  }

  async #ask(request: Record<string, unknown>): Promise<Record<string, unknown>> {
    await this.#requests.write(new TextEncoder().encode(JSON.stringify(request) + "\n"));
    const { value } = await this.#answers.read();
    if (value === undefined) throw new Error("Cannot ask llama.cpp: its process ended");
    const answer = JSON.parse(value);
    if (answer.error !== undefined) throw new Error(`Cannot ask llama.cpp: ${answer.error}`);
    return answer;
  }
}

/**
 * Installs node-llama-cpp and its binary for this platform, unless that was done before.
 * @throws {Error} when there is no npm or the registry cannot be reached
 */
async function install(): Promise<void> {
  const done = new URL("installed", FOLDER);
  if (await Deno.stat(done).catch(() => null)) return;
  await Deno.mkdir(FOLDER, { recursive: true });
  await Deno.writeTextFile(new URL("package.json", FOLDER), '{"private": true}\n');
  const system = { darwin: "mac", windows: "win" }[Deno.build.os as string] ?? Deno.build.os;
  const processor = Deno.build.arch === "aarch64" ? "arm64" : "x64";
  // Its optional dependencies are binaries for every platform and for CUDA: 700 MB.
  const platform = system === "mac" && processor === "arm64"
    ? "mac-arm64-metal"
    : `${system}-${processor}`;
  const { success, stderr } = await new Deno.Command("npm", {
    args: [
      "install",
      "--omit=optional",
      "--ignore-scripts",
      "--no-audit",
      "--no-fund",
      `node-llama-cpp@${VERSION}`,
      `@node-llama-cpp/${platform}@${VERSION}`,
    ],
    cwd: FOLDER.pathname,
    stdout: "null",
    stderr: "piped",
  }).output().catch((cause) => {
    throw new Error(`Cannot install node-llama-cpp: ${cause.message}`, { cause });
  });
  if (!success) {
    const why = new TextDecoder().decode(stderr).trim().split("\n").slice(-3).join(" ");
    throw new Error(`Cannot install node-llama-cpp ${VERSION}: ${why}`);
  }
  await Deno.writeTextFile(done, "");
}
