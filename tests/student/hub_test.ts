import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, readlink, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { saveStudent } from "../../lib/student/export/save_student.ts";
import { exportGguf } from "../../lib/student/gguf/export_gguf.ts";
import { findStudent } from "../../lib/student/find_student.ts";
import { hubSettings } from "../../lib/http/hub/hub_settings.ts";
import { isHubName } from "../../lib/student/hub/hub_snapshot.ts";
import { loadStudent } from "../../lib/student/load_student.ts";
import { COMMIT, type Hub, sha256, startHub } from "../http/hub_server.ts";
import { smallStudent } from "./small_student.ts";

const REPO = "owner/tiny-student";

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
  const hub = await startHub(folder, REPO);
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
    await assert.rejects(
      findStudent(REPO, settings),
      /ended after 5000 of \d+ bytes; the next attempt goes on/,
    );
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
    const silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = silent.addr as Deno.NetAddr;
    silent.close();
    await assert.rejects(
      findStudent(REPO, { ...settings, endpoint: `http://127.0.0.1:${port}` }),
      /127\.0\.0\.1:\d+ cannot be reached \(.*refused.* not in the cache/i,
    );
    await assert.rejects(findStudent(`${REPO}:a.gguf`, settings), /no file a.gguf; .* none/);
    hub.key = "right";
    await assert.rejects(
      findStudent(REPO, { ...settings, token: "wrong" }),
      /refuses owner\/tiny-student \(status 401\): the key in HF_TOKEN may not read it/,
    );
    const { hub: found } = await findStudent(`${REPO}@v1`, { ...settings, token: "right" });
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
