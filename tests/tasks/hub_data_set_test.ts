import assert from "node:assert/strict";
import { mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import pl from "nodejs-polars";
import { hubDataSet, isHubDataSet } from "../../lib/tasks/hub_data_set.ts";
import { loadBenchmark } from "../../lib/tasks/load_benchmark.ts";
import { parseTaskSets } from "../../lib/experiments/distill/task_sets.ts";
import { COMMIT, type Hub, startHub } from "../http/hub_server.ts";

const REPO = "owner/questions";
const row = (i: number) =>
  JSON.stringify({ question: `What is ${i} and 1?`, answer: `<<${i}+1=${i + 1}>>\n#### ${i + 1}` });
const lines = (...numbers: number[]) => numbers.map(row).join("\n");

/** A repository with these files, and the settings to fetch from it. */
async function withHub(
  files: Readonly<Record<string, string | Uint8Array>>,
  work: (hub: Hub, settings: { endpoint: string; cache: string }) => Promise<void>,
): Promise<void> {
  const parent = await Deno.makeTempDir();
  const folder = join(parent, "repository");
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await Deno.writeFile(
      join(folder, path),
      typeof content === "string" ? new TextEncoder().encode(content) : content,
    );
  }
  const hub = await startHub(folder, REPO, "datasets");
  try {
    await work(hub, { endpoint: hub.endpoint, cache: join(parent, "cache") });
  } finally {
    await hub.close();
    await rm(parent, { recursive: true });
  }
}

const card = (yaml: string) => `---\nlicense: mit\n${yaml}\n---\n# Questions\n`;
const configs = (isDefault: boolean) =>
  card(`configs:
- config_name: socratic
  data_files:
  - split: train
    path: socratic/train-*
- config_name: main
  ${isDefault ? "default: true" : "description: sums"}
  data_files:
  - split: train
    path: main/train-*
  - split: test
    path: main/test-*.jsonl`);

Deno.test("a split of a configuration is fetched alone, and its files are read together", async () => {
  const files = {
    "README.md": configs(true),
    "main/train-00000-of-00002.jsonl": lines(1, 2),
    "main/train-00001-of-00002.jsonl": lines(3),
    "main/test-00000-of-00001.jsonl": lines(7),
    "socratic/train-00000-of-00001.jsonl": lines(9),
  };
  await withHub(files, async (hub, settings) => {
    const loaded = await loadBenchmark(`${REPO}:main:train`, { hub: settings });
    assert.equal(loaded.name, "gsm8k");
    assert.deepEqual(loaded.tasks.map(({ answer }) => answer), ["2", "3", "4"]);
    assert.deepEqual([loaded.split, loaded.revision, loaded.path], [
      "train",
      COMMIT,
      `${REPO}:main:train`,
    ]);
    assert.ok(loaded.tasks.every(({ split }) => split === "train"));
    assert.ok(
      !hub.asked.some((path) => /resolve.*(test-|socratic)/.test(path)),
      hub.asked.join("\n"),
    );
    const usual = await loadBenchmark(`${REPO}:train`, { hub: settings });
    assert.equal(usual.tasks.length, 3, "the card's default configuration");
    assert.equal((await loadBenchmark(`${REPO}:socratic@v1`, { hub: settings })).tasks.length, 1);
    // From the cache, offline and with nobody there; not a split that was not fetched.
    const offline = { ...settings, offline: true };
    assert.equal((await loadBenchmark(`${REPO}:main:train`, { hub: offline })).tasks.length, 3);
    const nobody = { ...settings, endpoint: "http://127.0.0.1:9" };
    assert.equal((await loadBenchmark(`${REPO}:main:train`, { hub: nobody })).tasks.length, 3);
    await assert.rejects(
      loadBenchmark(`${REPO}:main:test`, { hub: offline }),
      /Cannot open the data set owner\/questions:main:test: it is not in the cache .* HF_HUB_OFFLINE/,
    );
    const test = await loadBenchmark(`${REPO}:main:test`, { hub: settings });
    assert.deepEqual([test.split, test.tasks.length], ["test", 1]);
  });
});

Deno.test("what is not told must be named, and what is not there is said", async () => {
  await withHub({
    "README.md": configs(false),
    "main/test-0.jsonl": lines(1),
    "main/train-0.jsonl": lines(2),
  }, async (_, hub) => {
    const opening = (name: string) => hubDataSet(name, hub);
    await assert.rejects(
      opening(REPO),
      /it has several configurations, and one must be named .*: socratic, main/,
    );
    await assert.rejects(
      opening(`${REPO}:main`),
      /several splits, and one must be named .*: train, test/,
    );
    await assert.rejects(opening(`${REPO}:main:dev`), /it has no split dev, but train, test/);
    await assert.rejects(
      opening(`${REPO}:other:test`),
      /it has no configuration other, but socratic, main/,
    );
    await assert.rejects(
      opening(`${REPO}:socratic`),
      /its card names files of train that are not there/,
    );
    await assert.rejects(
      opening("owner/nothing:test"),
      /has no data set owner\/nothing with the revision main/,
    );
    await assert.rejects(
      opening(`${REPO}:main:test@v9`),
      /no data set owner\/questions with the revision v9/,
    );
  });
  await withHub({ "README.md": "# No head", "script.py": "" }, async (_, hub) => {
    await assert.rejects(hubDataSet(REPO, hub), /it has no JSON, JSON lines, CSV or Parquet file/);
  });
});

Deno.test("without a card's word, paths tell the splits, as the hub has it", async () => {
  const parquet = pl.DataFrame({ question: ["What is 1 and 1?"], answer: ["<<1+1=2>>\n#### 2"] })
    .writeParquet() as Uint8Array;
  const files = {
    "data/train-00000-of-00001.parquet": new Uint8Array(parquet),
    "data/validation-00000-of-00001.jsonl": lines(5, 6),
    "contest/other.txt": "x",
  };
  await withHub(files, async (hub, settings) => {
    const train = await loadBenchmark(`${REPO}:train`, { hub: settings });
    assert.deepEqual([train.form, train.tasks.length, train.split], ["parquet", 1, "train"]);
    const dev = await hubDataSet(`${REPO}:validation`, settings);
    assert.deepEqual([dev.config, dev.split, dev.files.length], ["default", "validation", 1]);
    hub.isCorrupt = true;
    const fresh = { ...settings, cache: `${settings.cache}-2` };
    await assert.rejects(loadBenchmark(`${REPO}:train`, { hub: fresh }), /came corrupt/);
    hub.key = "secret";
    await assert.rejects(
      hubDataSet(`${REPO}:validation`, { ...fresh, token: undefined }),
      /refuses owner\/questions \(status 401\)/,
    );
  });
  await withHub({ "latest.jsonl": lines(1) }, async (_, settings) => {
    assert.equal(
      (await hubDataSet(REPO, settings)).split,
      "train",
      "no word of a split: all is train",
    );
  });
});

Deno.test("names of the hub and paths are told apart, also with a number of tasks", () => {
  for (
    const name of ["openai/gsm8k:main:test", "owner/name", "owner/name:train@refs/convert/parquet"]
  ) {
    assert.ok(isHubDataSet(name), name);
  }
  for (
    const path of [
      "questions.jsonl",
      "data/questions.jsonl",
      "a/b/c",
      "../x",
      "lib/tasks",
      "lab-math",
    ]
  ) {
    assert.ok(!isHubDataSet(path), path);
  }
  assert.deepEqual(
    parseTaskSets("openai/gsm8k:main:train:20,owner/name:test,owner/other:5", "train")
      .map(({ name, limit }) => [name, limit]),
    [["openai/gsm8k:main:train", 20], ["owner/name:test", null], ["owner/other", 5]],
  );
});
