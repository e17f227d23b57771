import { join } from "node:path";
import {
  decodeMessage,
  encodeMessage,
  type JupyterMessage,
  jupyterRequest,
} from "./jupyter_message.ts";
import { freeKernelPorts, KERNEL_HOST, type KernelPorts } from "./kernel_ports.ts";
import { withTimeout } from "./with_timeout.ts";
import { ZmtpSocket, type ZmtpSocketType } from "./zmtp.ts";

/** Options of starting a kernel. */
interface DenoKernelOptions {
  /** The kernel's working folder; `deno.json` is looked for from here upwards. */
  readonly cwd: string;
  /** Time allowed until the kernel answers, in milliseconds. @default 60000 */
  readonly startTimeoutMs?: number;
}

/** End of a piece of code's execution. */
export interface ExecuteReply {
  /** `ok` if the code ran to its end. */
  readonly status: "ok" | "error";
  /** Name of the exception, when the status is `error`. */
  readonly ename?: string;
  /** Message of the exception, when the status is `error`. */
  readonly evalue?: string;
}

/** The kernel's process ended while it was needed. */
export class KernelDiedError extends Error {
  /** Always `KernelDiedError`. */
  override readonly name: string = "KernelDiedError";
}

interface Pending {
  readonly onMessage: (message: JupyterMessage) => void;
  readonly onReply: (message: JupyterMessage) => void;
}

const DRAIN_TIMEOUT_MS = 10_000;
const BIND_ATTEMPTS = 3;
const RETRY_MS = 20;
const TERMINATE_MS = 1000;

/** The kernel's own print, kept where a cell that replaces `console.log` does not reach it. */
const PRINT = `globalThis[Symbol.for("potstill.print")]`;

/** Ends the kernel when the process that started it is gone, even while a cell is busy. */
const WATCH = `const parent = Deno.ppid;
setInterval(() => Deno.ppid === parent || Deno.kill(Deno.pid, "SIGKILL"), 1000);
postMessage("watching");`;

const SETUP = `${PRINT} = console.log.bind(console);
await new Promise((resolve) => {
  const url = URL.createObjectURL(new Blob([${JSON.stringify(WATCH)}]));
  const worker = new Worker(url, { type: "module", name: "potstill-watch" });
  worker.onmessage = resolve;
});`;

/**
 * A Deno Jupyter kernel in a process of its own, spoken to over ZeroMQ. Close it when done.
 *
 * @example
 * ```ts
 * import { DenoKernel } from "@potstill/cli/notebook/deno_kernel.ts";
 * const kernel = await DenoKernel.start({ cwd: Deno.cwd() });
 * const reply = await kernel.execute("const x: number = 6 * 7; if (x !== 42) throw 1;", () => {});
 * await kernel.close();
 * if (reply.status !== "ok") throw new Error("failed");
 * ```
 */
export class DenoKernel {
  readonly #process: Deno.ChildProcess;
  readonly #folder: string;
  readonly #key: string;
  readonly #session = crypto.randomUUID();
  readonly #ports: KernelPorts;
  readonly #sockets: ZmtpSocket[] = [];
  readonly #texts: ReadableStreamDefaultReader<Uint8Array>[] = [];
  readonly #loops: Promise<unknown>[] = [];
  readonly #died: Promise<never>;
  #pending: Pending | null = null;
  #processText = "";
  #closing = false;
  #hasExited = false;

  private constructor(process: Deno.ChildProcess, folder: string, key: string, ports: KernelPorts) {
    this.#process = process;
    this.#folder = folder;
    this.#key = key;
    this.#ports = ports;
    this.#texts.push(process.stdout.getReader(), process.stderr.getReader());
    this.#loops.push(...this.#texts.map((reader) => this.#keepText(reader)));
    this.#died = process.status.then(({ code, signal }) => {
      this.#hasExited = true;
      const text = this.#processText.trim();
      throw new KernelDiedError(
        `The Deno kernel ended with ${signal ?? `exit code ${code}`}${text ? `:\n${text}` : ""}`,
      );
    });
    this.#died.catch(() => {});
  }

  /**
   * Starts a kernel and waits until it answers.
   *
   * @throws {KernelDiedError} when it ends at once
   * @throws {Error} when it does not answer in time
   */
  static async start(options: DenoKernelOptions): Promise<DenoKernel> {
    for (let attempt = 1;; attempt++) {
      const kernel = await DenoKernel.#spawn(options.cwd);
      try {
        await kernel.#waitUntilReady(options.startTimeoutMs ?? 60_000);
        await kernel.#request(SETUP, () => {}, true);
        await Deno.remove(kernel.#folder, { recursive: true });
        return kernel;
      } catch (error) {
        await kernel.close();
        // Another process may have taken one of the ports in the meantime.
        if (!(error instanceof KernelDiedError) || attempt === BIND_ATTEMPTS) throw error;
      }
    }
  }

  static async #spawn(cwd: string): Promise<DenoKernel> {
    const folder = await Deno.makeTempDir({ prefix: "potstill-kernel-" });
    const key = crypto.randomUUID();
    const ports = freeKernelPorts();
    const file = join(folder, "connection.json");
    const connection = {
      ip: KERNEL_HOST,
      transport: "tcp",
      signature_scheme: "hmac-sha256",
      key,
      ...ports,
    };
    await Deno.writeTextFile(file, JSON.stringify(connection), { mode: 0o600 });
    try {
      const process = new Deno.Command(Deno.execPath(), {
        args: ["jupyter", "--kernel", "--conn", file],
        cwd,
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
        // A terminal's Ctrl-C must reach this process only; it decides what happens to the kernel.
        detached: true,
      }).spawn();
      return new DenoKernel(process, folder, key, ports);
    } catch (error) {
      await Deno.remove(folder, { recursive: true });
      throw new Error(`Cannot start the Deno kernel in ${cwd}: ${(error as Error).message}`);
    }
  }

  /**
   * Runs `code` and passes on every message that it causes, including text that the kernel sends
   * only after it reports that the code has ended.
   *
   * @throws {KernelDiedError} when the kernel ends meanwhile
   */
  async execute(code: string, onMessage: (message: JupyterMessage) => void): Promise<ExecuteReply> {
    const content = await this.#request(code, onMessage, false);
    await this.#drain(onMessage);
    if (content.status === "ok") return { status: "ok" };
    return { status: "error", ename: String(content.ename), evalue: String(content.evalue) };
  }

  /**
   * Asks the running code to stop, by SIGINT. Code that does not listen for it takes the kernel
   * down with it.
   */
  interrupt(): void {
    this.#kill("SIGINT");
  }

  /** Ends the kernel at once, and the processes that it started. */
  kill(): void {
    this.#kill("SIGKILL");
  }

  /** Ends the kernel and frees all that it used. May be called twice. */
  async close(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    this.#kill("SIGTERM");
    await withTimeout(this.#process.status, TERMINATE_MS);
    this.kill();
    await this.#process.status;
    for (const socket of this.#sockets) socket.close();
    // Not read to the end: a process that the kernel started may hold the other end.
    for (const reader of this.#texts) await reader.cancel();
    await Promise.all(this.#loops);
    await Deno.remove(this.#folder, { recursive: true }).catch(() => {});
  }

  #kill(signal: Deno.Signal): void {
    // The kernel leads a process group of its own; SIGKILL is for the whole of it.
    const isGroup = signal === "SIGKILL" && Deno.build.os !== "windows";
    try {
      if (isGroup) Deno.kill(-this.#process.pid, signal);
      else if (!this.#hasExited) this.#process.kill(signal);
    } catch { /* it has ended */ }
  }

  async #waitUntilReady(timeoutMs: number): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    await this.#connect("SUB", this.#ports.iopub_port, deadline, (message) => {
      this.#pending?.onMessage(message);
    });
    await this.#connect("DEALER", this.#ports.shell_port, deadline, (message) => {
      this.#pending?.onReply(message);
    });
    // Asks until an answer comes on both channels: a subscription takes a while to be known.
    while (Date.now() < deadline) {
      const request = jupyterRequest("kernel_info_request", this.#session, {});
      const answer = this.#exchange(request, () => {});
      if (await withTimeout(Promise.race([answer, this.#died]), 500) !== undefined) return;
    }
    throw new Error(`Cannot start the Deno kernel: no answer in ${timeoutMs} ms`);
  }

  /** Tries until the kernel listens. */
  async #connect(
    type: ZmtpSocketType,
    port: number,
    deadline: number,
    deliver: (message: JupyterMessage) => void,
  ): Promise<void> {
    while (true) {
      try {
        const socket = await ZmtpSocket.connect(type, { hostname: KERNEL_HOST, port });
        this.#sockets.push(socket);
        this.#loops.push(this.#receive(socket, deliver));
        return;
      } catch (error) {
        if (!(error instanceof Deno.errors.ConnectionRefused) || Date.now() > deadline) throw error;
      }
      await withTimeout(this.#died, RETRY_MS);
    }
  }

  /**
   * The kernel sends printed text from a queue that may lag behind its report that the code ended.
   * A mark printed after the code comes last in that queue.
   */
  async #drain(onMessage: (message: JupyterMessage) => void): Promise<void> {
    const mark = `potstill-drain-${crypto.randomUUID()}`;
    let seen = () => {};
    const marked = new Promise<boolean>((resolve) => seen = () => resolve(true));
    const request = this.#request(
      `${PRINT}("${mark}")`,
      (message) => {
        const type = message.header.msg_type;
        if (type === "execute_input" || type === "error") return;
        const text = type === "stream" ? message.content.text as string : "";
        const at = text.indexOf(mark);
        if (at < 0) return onMessage(message);
        if (at > 0) {
          onMessage({
            ...message,
            content: { ...message.content, text: text.slice(0, at) },
          });
        }
        seen();
      },
      true,
      marked,
    );
    await withTimeout(Promise.race([request, this.#died]), DRAIN_TIMEOUT_MS);
  }

  async #request(
    code: string,
    onMessage: (message: JupyterMessage) => void,
    silent: boolean,
    until?: Promise<unknown>,
  ): Promise<JupyterMessage["content"]> {
    const request = jupyterRequest("execute_request", this.#session, {
      code,
      silent,
      store_history: !silent,
      user_expressions: {},
      allow_stdin: false,
      stop_on_error: true,
    });
    return await Promise.race([this.#exchange(request, onMessage, until), this.#died]);
  }

  /** Sends a request; resolves to its reply once the kernel has reported that it is idle again. */
  async #exchange(
    request: JupyterMessage,
    onMessage: (message: JupyterMessage) => void,
    until?: Promise<unknown>,
  ): Promise<JupyterMessage["content"]> {
    let isIdle = () => {};
    let hasReplied = (_: JupyterMessage["content"]) => {};
    const idle = new Promise<void>((resolve) => isIdle = resolve);
    const reply = new Promise<JupyterMessage["content"]>((resolve) => hasReplied = resolve);
    this.#pending = {
      onReply: (message) => {
        if (message.parent.msg_id === request.header.msg_id) hasReplied(message.content);
      },
      // Late text and displays carry the id of an earlier request; they are output all the same.
      onMessage: (message) => {
        const isMine = message.parent.msg_id === request.header.msg_id;
        const type = message.header.msg_type;
        if (type !== "status" && (type !== "execute_input" || isMine)) onMessage(message);
        else if (isMine && message.content.execution_state === "idle") isIdle();
      },
    };
    await this.#sockets[1].send(encodeMessage(request, this.#key));
    const content = await reply;
    await idle;
    await until;
    return content;
  }

  async #receive(socket: ZmtpSocket, deliver: (message: JupyterMessage) => void): Promise<void> {
    for await (const frames of socket.messages()) deliver(decodeMessage(frames, this.#key));
    // A kernel that nobody can speak with any more would be waited for in vain.
    if (!this.#closing) this.kill();
  }

  async #keepText(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    for (let chunk; !(chunk = await reader.read()).done;) {
      const text = decoder.decode(chunk.value, { stream: true });
      this.#processText = (this.#processText + text).slice(-4000);
    }
  }
}
