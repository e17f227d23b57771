import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { createLabExpert } from "../../lib/lab/expert/lab_expert.ts";
import { serveModels } from "../../lib/models/server/serve_models.ts";
import { askPeer, inFolder, peerTest } from "./ask_peer.ts";
import { hasSlurm, Slurm, until } from "./slurm.ts";

const root = new URL("../../", import.meta.url).pathname;
const cluster = join(root, "docs", "cluster");

const lines = async (path: string) =>
  (await Deno.readTextFile(path)).split("\n").filter((line) => line !== "");
const ids = async (path: string) =>
  (await lines(path)).map((line) => JSON.parse(line) as { id: string }).map(({ id }) => id);

async function potstill(...args: string[]): Promise<string> {
  const command = ["run", "-A", join(root, "lib/cli/main.ts"), ...args];
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args: command })
    .output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

Deno.test("the guide shows exactly the files of docs/cluster", async () => {
  const guide = await Deno.readTextFile(join(root, "docs", "generation-on-a-cluster.md"));
  for await (const { name } of Deno.readDir(cluster)) {
    const text = await Deno.readTextFile(join(cluster, name));
    assert.ok(guide.includes("\n" + text + "```"), name);
  }
});

peerTest(
  "the guide's job array runs under Slurm: a shard is killed and requeued, all are merged",
  [],
  () =>
    inFolder(async (folder) => {
      const server = serveModels([{ id: "lab-expert", model: createLabExpert() }], { port: 0 });
      const slurm = await Slurm.start(folder);
      const [out, store] = [join(folder, "run"), join(folder, "steps")];
      try {
        const env = {
          ...{ TEACHER_URL: server.baseUrl, TEACHER_MODEL: "lab-expert", OUT: out, STORE: store },
          ...{ BENCHMARK: "lab-hotpotqa", SEARCH: "lab", SHARDS: "4" },
          PATH: `${join(Deno.execPath(), "..")}:${Deno.env.get("PATH")}:/usr/sbin`,
        };
        const log = join(folder, "job-%a.log");
        const job = await slurm.askWith("sbatch", [
          ...["--parsable", "--array=1-4%2", "--cpus-per-task=1", "--mem=100M", `--output=${log}`],
          join(cluster, "generate.sbatch"),
        ], { env, cwd: root });
        const second = join(out, "shard-002-of-004");
        const partial = join(second, "trajectories", "agent.jsonl.partial");
        await until(async () => (await lines(partial)).length > 2, "the second shard", 300_000);
        const before = await lines(partial);
        await slurm.ask("scontrol", "requeue", `${job}_2`);
        await slurm.finished();
        assert.match(
          await Deno.readTextFile(join(folder, "job-2.log")),
          /Resuming/,
          "the requeued task did not go on",
        );
        const agent = join("trajectories", "agent.jsonl");
        const again = await lines(join(second, agent));
        assert.ok(before.length < again.length, "it was killed after its end");
        await potstill("merge", out);
        const merged = await ids(join(out, agent));
        const parts = await Promise.all(
          [1, 2, 3, 4].map((i) => ids(join(out, `shard-00${i}-of-004`, agent))),
        );
        assert.equal(new Set(merged).size, merged.length);
        assert.deepEqual([...merged].sort(), parts.flat().sort());
      } finally {
        await slurm.stop();
        await server.close();
      }
    }),
  { "Slurm (slurm-wlm)": hasSlurm() },
);

peerTest(
  "a sweep's shards under Slurm make each run once and one frame",
  [],
  () =>
    inFolder(async (folder) => {
      const slurm = await Slurm.start(folder);
      const out = join(folder, "sweep");
      try {
        const settings = {
          ...{ trainTasks: 4, testTasks: 1, student: "0.3M", epochs: 1, maxSteps: 2 },
          ...{ maxNewTokens: 16, students: "agent", systems: "agent-student", candidates: 2 },
        };
        const env = {
          ...{ PROFILE: "quick", OUT: out, SHARDS: "3", OVER: "seed=0,1,2" },
          SETTINGS: Object.entries(settings).map(([name, value]) => `--set ${name}=${value}`)
            .join(" "),
          PATH: `${join(Deno.execPath(), "..")}:${Deno.env.get("PATH")}:/usr/sbin`,
        };
        const log = join(folder, "job-%a.log");
        await slurm.askWith("sbatch", [
          ...["--parsable", "--array=1-3%2", "--cpus-per-task=1", "--mem=100M", `--output=${log}`],
          join(cluster, "sweep.sbatch"),
        ], { env, cwd: root });
        await slurm.finished();
        const logs = await Promise.all(
          [1, 2, 3].map((i) => Deno.readTextFile(join(folder, `job-${i}.log`))),
        );
        const frame = join(out, "rows.parquet");
        assert.ok(existsSync(frame), logs.join("\n"));
        // Parts that end at the same moment both write it.
        assert.ok(logs.some((text) => text.includes("All graded answers: ")));
        const cells = logs.map((text) =>
          [...text.matchAll(/^Cell 1\/1: (\S+)/gm)].map(([, n]) => n)
        );
        assert.deepEqual(cells, [["seed-0"], ["seed-1"], ["seed-2"]]);
      } finally {
        await slurm.stop();
      }
    }),
  { "Slurm (slurm-wlm)": hasSlurm() },
);

peerTest(
  "the paper's shards under Slurm make each run once and one report",
  [],
  () =>
    inFolder(async (folder) => {
      const slurm = await Slurm.start(folder);
      const out = join(folder, "paper");
      try {
        const settings = {
          ...{ base: "trained", baseTexts: 20, vocabSize: 400, trainTasks: 6, testTasks: 1 },
          ...{ epochs: 1, candidates: 2, maxSteps: 3, cotMaxNewTokens: 64 },
        };
        const env = {
          ...{ PROFILE: "small", OUT: out, SHARDS: "2" },
          SETTINGS: "--sizes 0.3M --seeds 0,1 --stages sizes " +
            Object.entries(settings).map(([name, value]) => `--set ${name}=${value}`).join(" "),
          PATH: `${join(Deno.execPath(), "..")}:${Deno.env.get("PATH")}:/usr/sbin`,
        };
        const log = join(folder, "job-%a.log");
        await slurm.askWith("sbatch", [
          ...["--parsable", "--array=1-2", "--cpus-per-task=1", "--mem=100M", `--output=${log}`],
          join(cluster, "paper.sbatch"),
        ], { env, cwd: root });
        await slurm.finished();
        const logs = await Promise.all(
          [1, 2].map((i) => Deno.readTextFile(join(folder, `job-${i}.log`))),
        );
        const all = logs.join("\n");
        assert.match(all, /^Report: /m);
        assert.ok(existsSync(join(out, "report.html")), all);
        assert.ok(existsSync(join(out, "sweep", "rows.parquet")), all);
        const cells = [...all.matchAll(/^Cell \d+\/\d+: (\S+)/gm)].map(([, name]) => name);
        assert.ok(cells.length > 1, all);
        assert.equal(new Set(cells).size, cells.length, all);
      } finally {
        await slurm.stop();
      }
    }),
  { "Slurm (slurm-wlm)": hasSlurm() },
);

peerTest("the guide's Kubernetes job fits its schema", ["agents"], async () => {
  const job = parse(await Deno.readTextFile(join(cluster, "job.yaml")));
  const check = (manifest: unknown) =>
    askPeer<{ problem: string | null; version: string }>("agents", "kubernetes.py", { manifest });
  assert.equal((await check(job)).problem, null);
  const wrong = structuredClone(job);
  wrong.spec.completionsMode = "Indexed";
  assert.match((await check(wrong)).problem ?? "", /completionsMode/);
});
