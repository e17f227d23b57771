/** The thread that runs Python: reads requests from the inbox, writes answers to stdout. */
import { workerData } from "node:worker_threads";
import type { Frame } from "./frame.ts";
import { buildImage } from "./build_image.ts";
import { Connection } from "./connection.ts";
import { Guest } from "./guest.ts";
import type { GuestFile } from "./python.ts";

/** The first frame's fields. */
interface Hello extends Frame {
  readonly build: boolean;
  readonly imageBytes: number;
  readonly files: readonly { readonly path: string; readonly size: number }[];
  readonly preload: readonly string[];
  readonly packages: readonly string[];
  readonly pointers: { readonly start: number; readonly run: number } | null;
  readonly maxMemoryBytes: number;
  readonly maxFileBytes: number;
  readonly maxStateBytes: number;
}

async function main(): Promise<void> {
  const { inbox, pyodideFolder } = workerData;
  const connection = new Connection(inbox);
  const { header, body } = connection.receive();
  const hello = header as Hello;
  let at = hello.imageBytes;
  const files: GuestFile[] = hello.files.map(({ path, size }) => ({
    path,
    bytes: body.slice(at, at += size),
  }));
  if (hello.build) {
    const { preload, packages } = hello;
    const { image, pointers } = await buildImage(pyodideFolder, files, preload, packages);
    connection.send("image", { pointers }, image);
    return;
  }
  const guest = await Guest.create({ ...hello, pyodideFolder, files, connection }, body);
  revokePermissions();
  guest.warmUp();
  connection.send("ready", { baseSum: hello.pointers === null ? await guest.baseSum() : null });
  try {
    guest.serve();
  } catch (error) {
    // The owner ends this process; only the reason is left to say.
    connection.send("broken", { reason: String((error as Error)?.message ?? error).slice(0, 500) });
    throw error;
  }
}

/** Takes away, also from JavaScript, what loading needed. */
function revokePermissions(): void {
  Deno.permissions.revokeSync({ name: "read" });
  const global = globalThis as unknown as Record<string, unknown>;
  for (const name of ["Deno", "Worker", "fetch", "WebSocket", "EventSource", "process"]) {
    Reflect.deleteProperty(global, name);
  }
}

for (const name of ["log", "warn", "error", "info", "debug", "trace"] as const) {
  console[name] = () => {};
}
await main();
