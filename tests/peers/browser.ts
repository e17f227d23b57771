import { existsSync } from "node:fs";
import { join } from "node:path";
import { until } from "./slurm.ts";

/** Path of Chromium; null where it is not installed. */
export function findChromium(): string | null {
  const folders = (Deno.env.get("PATH") ?? "").split(":");
  const names = ["chromium", "chromium-browser", "google-chrome"];
  return names.flatMap((name) => folders.map((folder) => join(folder, name)))
    .find((path) => existsSync(path)) ?? null;
}

/** A page in a headless Chromium of its own, driven through its debugging protocol. */
export class Page {
  readonly #process: Deno.ChildProcess;
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (answer: Record<string, unknown>) => void>();
  #last = 0;

  private constructor(process: Deno.ChildProcess, socket: WebSocket) {
    this.#process = process;
    this.#socket = socket;
    socket.onmessage = ({ data }) => {
      const answer = JSON.parse(data);
      this.#waiting.get(answer.id)?.(answer);
      this.#waiting.delete(answer.id);
    };
  }

  /** Opens an address. @param folder the browser's profile */
  static async open(url: string, folder: string): Promise<Page> {
    const process = new Deno.Command(findChromium()!, {
      args: [
        ...["--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1300,1500"],
        ...["--remote-debugging-port=0", `--user-data-dir=${join(folder, "profile")}`, url],
      ],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    const port = join(folder, "profile", "DevToolsActivePort");
    await until(() => existsSync(port), "Chromium");
    const [number] = (await Deno.readTextFile(port)).split("\n");
    let address = "";
    await until(async () => {
      const pages = await (await fetch(`http://127.0.0.1:${number}/json`)).json();
      address = pages.find(({ type }: { type: string }) => type === "page").webSocketDebuggerUrl;
      return true;
    }, "a page");
    const socket = new WebSocket(address);
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = reject;
    });
    return new Page(process, socket);
  }

  /** The value of an expression in the page; promises are awaited. @throws {Error} what it threw */
  async evaluate<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await this.#ask("Runtime.evaluate", {
      ...{ expression, awaitPromise: true, returnByValue: true },
    }) as { result: { value: T }; exceptionDetails?: { exception?: { description?: string } } };
    if (exceptionDetails !== undefined) {
      throw new Error(exceptionDetails.exception?.description ?? JSON.stringify(exceptionDetails));
    }
    return result.value;
  }

  /** Keeps a picture (PNG) of what is seen. */
  async picture(path: string): Promise<void> {
    const { data } = await this.#ask("Page.captureScreenshot", { format: "png" });
    await Deno.writeFile(path, Uint8Array.from(atob(data as string), (c) => c.charCodeAt(0)));
  }

  /** Ends the browser. */
  async close(): Promise<void> {
    await this.#ask("Browser.close", {}).catch(() => {});
    this.#socket.close();
    await this.#process.status;
  }

  #ask(method: string, params: object): Promise<Record<string, unknown>> {
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, (answer) => {
        if (answer.error) reject(new Error(`${method}: ${JSON.stringify(answer.error)}`));
        else resolve(answer.result as Record<string, unknown>);
      });
      this.#socket.send(JSON.stringify({ id, method, params }));
    });
  }
}
