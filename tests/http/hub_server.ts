import { createHash } from "node:crypto";
import { join } from "node:path";

/** The only commit of the repository. */
export const COMMIT = "0123456789abcdef0123456789abcdef01234567";

/** A server with the hub's paths, and what may go wrong with it. */
export interface Hub {
  readonly endpoint: string;
  /** Paths and ranges that were asked for. */
  readonly asked: string[];
  /** Ends the next answer with weights after so many bytes. */
  breakAfter: number | null;
  /** Sends other bytes than it lists. */
  isCorrupt: boolean;
  /** Key that is wanted. */
  key: string | null;
  close(): Promise<void>;
}

/** SHA-256 as the hub names large files. */
export const sha256 = (bytes: Uint8Array): string =>
  createHash("sha256").update(bytes).digest("hex");
const gitSha1 = (bytes: Uint8Array) =>
  createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");

/** Serves a folder as one repository of the hub. */
export async function startHub(
  folder: string,
  repo: string,
  type: "models" | "datasets" = "models",
): Promise<Hub> {
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  const read = async (within: string) => {
    for await (const { name, isDirectory } of Deno.readDir(join(folder, within))) {
      const path = within === "" ? name : `${within}/${name}`;
      if (isDirectory) await read(path);
      else files.set(path, await Deno.readFile(join(folder, path)));
    }
  };
  await read("");
  const isLarge = (path: string) => /\.(safetensors|gguf|onnx|parquet)$/.test(path);
  const hub = { asked: [] as string[], breakAfter: null, isCorrupt: false, key: null } as
    & { -readonly [K in keyof Hub]: Hub[K] }
    & { breakAfter: number | null };
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => {
    const { pathname } = new URL(request.url);
    const range = request.headers.get("range");
    hub.asked.push(range === null ? pathname : `${pathname} ${range}`);
    if (hub.key !== null && request.headers.get("authorization") !== `Bearer ${hub.key}`) {
      return Response.json({ error: "Access to model is restricted" }, { status: 401 });
    }
    const isKnown = (revision: string) => ["main", "v1", COMMIT].includes(revision);
    const api = new RegExp(`^/api/${type}/${repo}/(revision|tree)/([^/]+)$`).exec(pathname);
    if (api !== null && isKnown(api[2])) {
      if (api[1] === "revision") return Response.json({ _id: "1", id: repo, sha: COMMIT });
      return Response.json([...files].map(([path, bytes]) => ({
        type: "file",
        path,
        size: isLarge(path) ? 130 : bytes.length,
        oid: isLarge(path) ? "0".repeat(40) : gitSha1(bytes),
        ...(isLarge(path)
          ? { lfs: { oid: sha256(bytes), size: bytes.length, pointerSize: 130 } }
          : {}),
      })));
    }
    const file = new RegExp(
      `^${type === "models" ? "" : "/datasets"}/${repo}/resolve/${COMMIT}/(.+)$`,
    ).exec(pathname);
    let bytes = file === null ? undefined : files.get(decodeURIComponent(file[1]));
    if (bytes === undefined) return Response.json({ error: "Not found" }, { status: 404 });
    if (hub.isCorrupt && isLarge(file![1])) {
      bytes = bytes.slice();
      bytes[bytes.length >> 1] ^= 1;
    }
    const from = Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1] ?? 0);
    let body = bytes.subarray(from);
    const headers = { "content-length": String(body.length) };
    if (hub.breakAfter !== null && isLarge(file![1])) {
      body = body.subarray(0, hub.breakAfter);
      hub.breakAfter = null;
      // Without its length a short answer looks like a whole one.
      return new Response(body, { status: 200 });
    }
    return new Response(body, { status: from > 0 ? 206 : 200, headers });
  });
  return Object.assign(hub, {
    endpoint: `http://127.0.0.1:${server.addr.port}`,
    close: () => server.shutdown(),
  });
}
