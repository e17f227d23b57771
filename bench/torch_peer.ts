// PyTorch as a peer: finds it, installs it where that is possible, and talks to its script.
import { fileURLToPath } from "node:url";

/** The peer's script. */
export const TORCH_STUDENT: string = fileURLToPath(
  new URL("./peers/torch_student.py", import.meta.url),
);

/** Debian's packages; the second one gives PyTorch matrix products on several threads. */
const PACKAGES = ["python3-torch", "libopenblas0-pthread"];

/** A Python with torch: POTSTILL_PYTHON, python3 or the system's. Null when none has it. */
export async function findTorch(): Promise<string | null> {
  for (const python of [Deno.env.get("POTSTILL_PYTHON"), "python3", "/usr/bin/python3"]) {
    if (python !== undefined && await succeeds(python, ["-c", "import torch"])) return python;
  }
  return null;
}

/**
 * {@link findTorch}; installs Debian's packages first when they are missing and may be installed.
 *
 * @throws {Error} when there is no torch and it cannot be installed
 */
export async function installTorch(): Promise<string> {
  const found = await findTorch();
  if (found !== null) return found;
  console.error(`PyTorch is missing; installing ${PACKAGES.join(", ")}`);
  const install = ["install", "-y", "--no-install-recommends", ...PACKAGES];
  if (await succeeds("apt-get", ["update"]) && await succeeds("apt-get", install)) {
    const installed = await findTorch();
    if (installed !== null) return installed;
  }
  throw new Error(
    `Cannot find PyTorch: install ${PACKAGES.join(" and ")}, or name a Python that has torch in ` +
      "POTSTILL_PYTHON",
  );
}

async function succeeds(command: string, args: readonly string[]): Promise<boolean> {
  try {
    const quiet = { stdin: "null", stdout: "null", stderr: "null" } as const;
    const { success } = await new Deno.Command(command, { args: [...args], ...quiet }).output();
    return success;
  } catch {
    return false;
  }
}

/** The script at work: one JSON object in, one out, line by line. */
export class TorchPeer {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reader: ReadableStreamDefaultReader<string>;
  #text = "";

  /** Starts a program that speaks so, by default the script's `train`. */
  constructor(program: string, args: readonly string[] = [TORCH_STUDENT, "train"]) {
    this.#child = new Deno.Command(program, {
      args: [...args],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#writer = this.#child.stdin.getWriter();
    this.#reader = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** The peer's process id. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Sends `question` and waits for the answer. @throws {Error} when the script ends */
  async ask<Answer>(question: unknown): Promise<Answer> {
    await this.#writer.write(new TextEncoder().encode(JSON.stringify(question) + "\n"));
    while (!this.#text.includes("\n")) {
      const { value, done } = await this.#reader.read();
      if (done) throw new Error("Cannot go on: the PyTorch peer ended");
      this.#text += value;
    }
    const end = this.#text.indexOf("\n");
    const line = this.#text.slice(0, end);
    this.#text = this.#text.slice(end + 1);
    return JSON.parse(line) as Answer;
  }

  /** Ends the script. */
  async close(): Promise<void> {
    await this.#writer.close();
    await this.#child.status;
  }
}
