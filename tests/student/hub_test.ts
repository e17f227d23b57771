import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readlink, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { saveStudent } from "../../lib/student/export/save_student.ts";
import { exportGguf } from "../../lib/student/gguf/export_gguf.ts";
import { findStudent } from "../../lib/student/find_student.ts";
import { hubSettings } from "../../lib/student/hub/hub_settings.ts";
import { isHubName } from "../../lib/student/hub/hub_snapshot.ts";
import { loadStudent } from "../../lib/student/load_student.ts";
import { smallStudent } from "./small_student.ts";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const REPO = "owner/tiny-student";

/** A server with the hub's paths, and what may go wrong with it. */
interface Hub {
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

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const gitSha1 = (bytes: Uint8Array) =>
  createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");

async function startHub(folder: string): Promise<Hub> {
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  const read = async (within: string) => {
    for await (const { name, isDirectory } of Deno.readDir(join(folder, within))) {
      const path = within === "" ? name : `${within}/${name}`;
      if (isDirectory) await read(path);
      else files.set(path, await Deno.readFile(join(folder, path)));
    }
  };
  await read("");
  const isLarge = (path: string) => /\.(safetensors|gguf|onnx)$/.test(path);
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
    const api = new RegExp(`^/api/models/${REPO}/(revision|tree)/([^/]+)$`).exec(pathname);
    if (api !== null && isKnown(api[2])) {
      if (api[1] === "revision") return Response.json({ _id: "1", id: REPO, sha: COMMIT });
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
    const file = new RegExp(`^/${REPO}/resolve/${COMMIT}/(.+)$`).exec(pathname);
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

async function withHub(
  work: (hub: Hub, cache: string, folder: string) => Promise<void>,
  kind: "folder" | "gguf" | "ggufs" = "folder",
): Promise<void> {
  const parent = await Deno.makeTempDir();
  const folder = join(parent, "repository");
  const student = await smallStudent();
  if (kind === "folder") await saveStudent(folder, student);
  else {
    await mkdir(folder);
    await exportGguf(join(folder, "tiny.Q8_0.gguf"), student, { type: "q8_0" });
    if (kind === "ggufs") await exportGguf(join(folder, "tiny.F16.gguf"), student);
  }
  await Deno.writeTextFile(join(folder, "unwanted.bin"), "x");
  const hub = await startHub(folder);
  try {
    await work(hub, join(parent, "cache"), folder);
  } finally {
    await hub.close();
    await rm(parent, { recursive: true });
  }
}

Deno.test("a name of the hub is fetched once, in the hub's own layout", async () => {
  await withHub(async (hub, cache, folder) => {
    const seen = new Set<string>();
    const settings = {
      endpoint: hub.endpoint,
      cache,
      onBytes: (path: string) => void seen.add(path),
    };
    const found = await findStudent(REPO, settings);
    const storage = join(cache, "models--owner--tiny-student");
    assert.deepEqual(found, {
      kind: "folder",
      name: "tiny-student",
      path: join(storage, "snapshots", COMMIT),
      hub: { name: REPO, revision: COMMIT },
    });
    assert.ok(seen.has("model.safetensors") && seen.has("config.json"));
    const hash = sha256(await Deno.readFile(join(folder, "model.safetensors")));
    const link = await readlink(join(found.path, "model.safetensors"));
    assert.equal(link, join("..", "..", "blobs", hash));
    assert.equal(await Deno.readTextFile(join(storage, "refs", "main")), COMMIT);
    assert.equal(existsSync(join(found.path, "unwanted.bin")), false);
    assert.equal(existsSync(join(found.path, "onnx")), false);
    const own = await loadStudent(folder);
    const read = await loadStudent(found);
    assert.deepEqual(read.config, own.config);
    assert.deepEqual(read.weights, own.weights);

    // The second time nothing but the revision is asked for; a commit asks nothing.
    hub.asked.length = 0;
    await findStudent(REPO, settings);
    assert.ok(hub.asked.every((path) => path.startsWith("/api/")), hub.asked.join());
    hub.asked.length = 0;
    assert.equal((await findStudent(`${REPO}@${COMMIT}`, settings)).path, found.path);
    assert.deepEqual(hub.asked, []);
    // Offline, and with nobody there, the cache serves.
    assert.deepEqual(await findStudent(REPO, { ...settings, offline: true }), found);
    const nobody = { ...settings, endpoint: "http://127.0.0.1:9" };
    assert.deepEqual(await findStudent(REPO, nobody), found);
  });
});

Deno.test("a download that was broken off goes on where it ended", async () => {
  await withHub(async (hub, cache, folder) => {
    hub.breakAfter = 5000;
    const settings = { endpoint: hub.endpoint, cache };
    await assert.rejects(findStudent(REPO, settings), /ended after 5000 of \d+ bytes/);
    hub.asked.length = 0;
    const { path } = await findStudent(REPO, settings);
    assert.ok(
      hub.asked.includes(`/${REPO}/resolve/${COMMIT}/model.safetensors bytes=5000-`),
      hub.asked.join("\n"),
    );
    assert.deepEqual(
      await Deno.readFile(join(path, "model.safetensors")),
      await Deno.readFile(join(folder, "model.safetensors")),
    );
  });
});

Deno.test("a corrupt file is refused and not kept", async () => {
  await withHub(async (hub, cache) => {
    hub.isCorrupt = true;
    const settings = { endpoint: hub.endpoint, cache };
    await assert.rejects(
      findStudent(REPO, settings),
      /model.safetensors came corrupt: its hash is/,
    );
    const offline = { ...settings, offline: true };
    await assert.rejects(findStudent(REPO, offline), /not in the cache .* HF_HUB_OFFLINE is set/);
    hub.isCorrupt = false;
    await findStudent(REPO, settings);
  });
});

Deno.test("what cannot be had is refused with the reason", async () => {
  await withHub(async (hub, cache) => {
    const settings = { endpoint: hub.endpoint, cache };
    await assert.rejects(findStudent("owner/none", settings), (error: Error) => {
      assert.match(
        error.message,
        /Cannot open the student owner\/none: .* has no model owner\/none/,
      );
      assert.match(error.message, /no such folder/);
      return true;
    });
    await assert.rejects(findStudent(`${REPO}@v2`, settings), /with the revision v2/);
    await assert.rejects(
      findStudent(REPO, { ...settings, endpoint: "http://127.0.0.1:9" }),
      /cannot be reached .* not in the cache/,
    );
    await assert.rejects(findStudent(`${REPO}:a.gguf`, settings), /no file a.gguf; .* none/);
    hub.key = "hf_right";
    await assert.rejects(
      findStudent(REPO, { ...settings, token: "hf_wrong" }),
      /refuses owner\/tiny-student \(status 401\): the key in HF_TOKEN may not read it/,
    );
    const { hub: found } = await findStudent(`${REPO}@v1`, { ...settings, token: "hf_right" });
    assert.equal(found?.revision, COMMIT);
  });
});

Deno.test("a repository of GGUF files gives its only one, or the one that is named", async () => {
  await withHub(async (hub, cache) => {
    const { kind, name, path } = await findStudent(REPO, { endpoint: hub.endpoint, cache });
    assert.deepEqual([kind, name], ["gguf", "tiny.Q8_0"]);
    assert.equal((await loadStudent(path)).config.hidden_size, 64);
  }, "gguf");
  await withHub(async (hub, cache) => {
    const settings = { endpoint: hub.endpoint, cache };
    await assert.rejects(findStudent(REPO, settings), /several GGUF files; .*tiny.F16.gguf/);
    const { path } = await findStudent(`${REPO}:tiny.F16.gguf`, settings);
    assert.equal(path.endsWith("tiny.F16.gguf"), true);
    assert.deepEqual(hub.asked.filter((asked) => asked.includes("Q8_0")), []);
  }, "ggufs");
});

Deno.test("a cache that huggingface_hub filled serves as it is", async () => {
  await withHub(async (hub, cache, folder) => {
    const storage = join(cache, "models--owner--tiny-student");
    const snapshot = join(storage, "snapshots", COMMIT);
    await mkdir(join(storage, "blobs"), { recursive: true });
    await mkdir(join(storage, "refs"));
    await mkdir(snapshot, { recursive: true });
    const names = ["config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors"];
    for (const name of names) {
      await Deno.copyFile(join(folder, name), join(storage, "blobs", `blob-${name}`));
      await symlink(join("..", "..", "blobs", `blob-${name}`), join(snapshot, name));
    }
    await Deno.writeTextFile(join(storage, "refs", "main"), COMMIT);
    const { path } = await findStudent(REPO, { cache, offline: true, endpoint: hub.endpoint });
    assert.equal((await loadStudent(path)).config.hidden_size, 64);
    assert.deepEqual(hub.asked, []);
  });
});

Deno.test("names and settings are read as huggingface_hub reads them", () => {
  for (const name of ["a/b", "HuggingFaceTB/SmolLM2-135M-Instruct@main", "a/b:c/d.Q4_K.gguf"]) {
    assert.ok(isHubName(name), name);
  }
  for (const name of ["a", "./a/b", "/a/b", "a/b/c", "../b", "a/..", "a b/c", "a/b:c.bin"]) {
    assert.ok(!isHubName(name), name);
  }
  const names = ["HF_HOME", "HF_HUB_CACHE", "HF_HUB_OFFLINE", "HF_TOKEN", "HF_ENDPOINT"];
  const before = names.map((name) => Deno.env.get(name));
  try {
    names.forEach((name) => Deno.env.delete(name));
    Deno.env.set("HF_HOME", "/somewhere");
    Deno.env.set("HF_HUB_OFFLINE", "1");
    Deno.env.set("HF_TOKEN", "hf_x");
    Deno.env.set("HF_ENDPOINT", "http://localhost:1/");
    assert.deepEqual(hubSettings(), {
      endpoint: "http://localhost:1",
      cache: join("/somewhere", "hub"),
      token: "hf_x",
      offline: true,
    });
  } finally {
    names.forEach((name, i) => {
      if (before[i] === undefined) Deno.env.delete(name);
      else Deno.env.set(name, before[i]!);
    });
  }
});
