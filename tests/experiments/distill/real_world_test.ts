import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DistillOptions } from "../../../lib/experiments/distill/distill_options.ts";
import { resolveDistill } from "../../../lib/experiments/distill/run_distill.ts";
import { potstill, serveExpert, writeLlama, writeWorld } from "./real_world.ts";

const root = await mkdtemp(join(tmpdir(), "potstill-world-"));
const at = (...path: string[]) => join(root, ...path);
const TEST = `${at("hotpot_dev.json")}:2,${at("math_test.jsonl")}:1`;
const SMALL = ["--student", at("llama"), "--epochs", "1", "--candidates", "2", "--max-steps", "2"]
  .concat("--max-new-tokens", "16", "--cot-max-new-tokens", "32", "--learning-rate", "0.01");
const FROM_ENDPOINT = ["--train", `${at("hotpot_train.json")}:6`, "--test", TEST]
  .concat(
    "--search",
    at("index"),
    "--teacher-model",
    "lab-expert",
    "--first-thought-prefix",
    ...SMALL,
  );

/** Stages in the order in which they end. */
const STAGES = [
  "teacher, cot ",
  "teacher, cot-rag",
  "teacher, agent",
  "train agent student",
  "train CoT + RAG student",
  "evaluate teacher agent",
  "evaluate base model agent",
  "evaluate agent student ",
];

/** The JSON lines of a run's file without what measures time. */
async function rows(run: string): Promise<string> {
  const text = await readFile(at(run, "rows.jsonl"), "utf8");
  return text.replace(/"durationMs":\d+|"runId":"[^"]*"/g, "");
}

async function done(args: readonly string[]) {
  const result = await potstill(args);
  assert.equal(result.code, 0, result.log);
  return result;
}

await writeWorld(root);
await writeLlama(at("llama"));

Deno.test("files, an index, an endpoint and a student of one's own: killed in each stage, the same rows", async () => {
  await done(["index", at("corpus.jsonl"), "--out", at("index"), "--quiet"]);
  const server = await serveExpert();
  const systems = "teacher-agent,base-cot,base-agent,cot-student,cot-rag-student,agent-student";
  const args = ["distill", ...FROM_ENDPOINT, "--systems", systems, "--teacher", server.url];
  const to = (run: string, store: string) => [...args, "--out", at(run), "--store", at(store)];
  const whole = await done([...to("whole", "steps"), "--json"]);
  assert.match(whole.log, /passages of .*index/);
  const metrics = JSON.parse(whole.stdout.trim().split("\n").at(-1)!);
  const accuracy = (system: string, benchmark: string): number =>
    metrics.accuracies.find((row: { system: string; benchmark: string }) =>
      row.system === system && row.benchmark === benchmark
    ).estimate;
  assert.equal(accuracy("teacher agent", "math"), 1);
  assert.ok(existsSync(at("whole", "report.html")));
  for (const line of (await rows("whole")).trim().split("\n")) {
    const row = JSON.parse(line.replace(/,{2,}/g, ",").replace(/\{,/, "{").replace(/,\}/, "}"));
    assert.equal(row.inDomain, row.benchmark === "hotpotqa", line);
    assert.equal(row.teacher, row.system.startsWith("base") ? null : "lab-expert");
  }
  // The student learned with its own tokenizer and chat template, and keeps them.
  const tokenizer = (folder: string) => readFile(join(folder, "tokenizer.json"), "utf8");
  const student = at("whole", "students", "agent");
  assert.deepEqual(JSON.parse(await tokenizer(student)), JSON.parse(await tokenizer(at("llama"))));
  assert.match(await readFile(join(student, "tokenizer_config.json"), "utf8"), /<turn>/);
  const manifest = JSON.parse(await readFile(at("whole", "manifest.json"), "utf8"));
  assert.match(manifest.resolved.searchIdentity, /^index\/[0-9a-f]{16}$/);
  assert.match(manifest.resolved.trainSha256, /^[0-9a-f]{64}$/);

  for (const [i, stage] of STAGES.entries()) {
    const resume = i === 0 ? [] : ["--resume"];
    const { code, log } = await potstill([...to("killed", "other"), ...resume], stage);
    assert.notEqual(code, 0, `the run ended before it was killed after "${stage}"\n${log}`);
  }
  await done([...to("killed", "other"), "--resume"]);
  assert.equal(await rows("killed"), await rows("whole"));
  await server.close();

  // The trajectories that exist now teach others; no teacher and no training files are needed.
  const taught = ["distill", "--teacher", at("whole"), "--test", TEST, "--search", at("index")];
  const again = await done([...taught, ...SMALL, "--out", at("taught")]);
  assert.match(again.log, /Note: the teacher is not evaluated/);
  const studentRows = async (run: string) =>
    (await rows(run)).split("\n").filter((line) =>
      /"system":"(?:agent|CoT)[^"]* student"/.test(line)
    );
  assert.deepEqual(await studentRows("taught"), await studentRows("whole"));
});

Deno.test("an endpoint that dies: the run says how it goes on, and goes on", async () => {
  const server = await serveExpert();
  const args = ["distill", ...FROM_ENDPOINT, "--systems", "agent-student", "--students", "agent"]
    .concat("--out", at("dying"), "--store", at("dying-steps"), "--max-retries", "0");
  const { code } = await potstill([...args, "--teacher", server.url], "teacher, cot ");
  assert.notEqual(code, 0);
  await server.close();
  const dead = await potstill([...args, "--teacher", server.url, "--resume"]);
  assert.equal(dead.code, 1, dead.log);
  assert.match(dead.log, /Error: .*(?:--resume|connect|refused)/i);
  // It comes back under another address.
  const next = await serveExpert();
  await done([...args, "--teacher", next.url, "--resume"]);
  await next.close();
});

Deno.test("a generated and an imported run as teacher", async () => {
  await done(
    ["generate", "--lab-expert", "--benchmark", at("hotpot_train.json"), "--search", "none"]
      .concat("--split", "train", "--limit", "6", "--paradigm", "cot", "--out", at("generated")),
  );
  const test = ["--test", TEST, ...SMALL];
  const cot = await done(["distill", "--teacher", at("generated"), ...test, "--out", at("cot")]);
  assert.match(cot.log, /agent student is left out: .*generated has no trajectories of agent/);
  assert.match(await rows("cot"), /"system":"CoT student"/);
  assert.doesNotMatch(await rows("cot"), /"system":"agent/);

  const lines = await readFile(at("generated", "trajectories", "cot.jsonl"), "utf8");
  await writeFile(at("log.jsonl"), lines);
  await done(["import", at("log.jsonl"), "--out", at("imported")]);
  await done(["distill", "--teacher", at("imported"), ...test, "--out", at("from-import")]);
  const plain = async (run: string) => (await rows(run)).replaceAll(/"trainedOn":\w+/g, "");
  assert.equal(await plain("from-import"), await plain("cot"));
});

Deno.test("what does not fit is told before anything is run", async () => {
  const refused = async (settings: Partial<DistillOptions>, message: RegExp) => {
    await assert.rejects(resolveDistill({ settings }), message);
  };
  const never = await potstill(["distill", "--train", "lab,", "--out", at("never")]);
  assert.equal(never.code, 1);
  assert.match(never.log, /^Error: Cannot distil: train has an empty set, in "lab,"$/m);
  assert.ok(!existsSync(at("never")));
  const train = at("hotpot_train.json");
  await refused({ train: `${train},${train}:3` }, /train names .*hotpot_train\.json twice/);
  await refused({ train: "lab-musique" }, /lab-musique, which has no train split/);
  await refused({ test: `${train}:0` }, /after the colon comes the most tasks/);
  await refused({ teacher: "http://127.0.0.1:1/v1" }, /pass --teacher-model NAME/);
  await refused({ teacherModel: "m" }, /teacherModel is for an endpoint/);
  await refused({ teacher: at("llama", "none") }, /Cannot find the teacher/);
  const foreign = at("foreign.jsonl");
  await writeFile(
    foreign,
    '{"question": "Who wrote Faust?", "answer": "Goethe", "dataset_name": "mine"}\n',
  );
  await writeFile(at("empty.jsonl"), '{"text": "no question"}\n');
  await refused(
    { test: at("empty.jsonl") },
    /Cannot tell which benchmark .*empty\.jsonl is: .* its fields are "text"/,
  );
  await refused({ student: at("llama"), base: "trained" }, /base trained is for a size/);
  await mkdir(at("bare"));
  for (const name of ["config.json", "model.safetensors", "tokenizer.json"]) {
    await Deno.copyFile(at("llama", name), at("bare", name));
  }
  await writeFile(at("bare", "tokenizer_config.json"), "{}");
  await refused({ student: at("bare") }, /Cannot train the student of .*chat_template/);
  const config = JSON.parse(await readFile(at("llama", "config.json"), "utf8"));
  config.num_attention_heads *= 2;
  config.num_key_value_heads *= 2;
  await writeFile(at("bare", "config.json"), JSON.stringify(config));
  await Deno.copyFile(at("llama", "tokenizer_config.json"), at("bare", "tokenizer_config.json"));
  const template = at("llama", "chat_template.jinja");
  if (existsSync(template)) await Deno.copyFile(template, at("bare", "chat_template.jinja"));
  await refused({ student: at("bare") }, /Cannot train the student of .*heads must be a multiple/);
  await refused({ test: TEST, teacher: "expert", train: foreign }, /expert: it answers the lab's/);
  await refused({ search: at("no-index") }, /Cannot search .*no-index/);
  await refused({ train: `${train}:999`, rollouts: 1 }, /rollouts have no task after/);
  await refused({ train, rollouts: 1 }, /rollouts need tasks that are not trained on/);
  await refused({ teacher: at("generated"), train: "lab" }, /its tasks are what is trained on/);
  await refused({ teacher: at("generated"), rollouts: 2 }, /it cannot be asked to correct/);
  await mkdir(at("unfinished", "trajectories"), { recursive: true });
  await writeFile(at("unfinished", "trajectories", "agent.jsonl.partial"), "");
  await refused({ teacher: at("unfinished") }, /trajectories of agent are unfinished/);
});

Deno.test("trajectories of which none is kept are told with the reasons", async () => {
  const lines = (await readFile(at("generated", "trajectories", "cot.jsonl"), "utf8")).trim();
  await mkdir(at("wrong", "trajectories"), { recursive: true });
  const wrong = lines.split("\n").map((line) =>
    JSON.stringify({ ...JSON.parse(line), answer: "nobody", correct: false })
  );
  await writeFile(at("wrong", "trajectories", "cot.jsonl"), wrong.join("\n") + "\n");
  const { code, log } = await potstill(
    ["distill", "--teacher", at("wrong"), "--test", TEST, ...SMALL, "--out", at("none-kept")],
  );
  assert.equal(code, 1);
  assert.match(log, /Cannot train the cot student: no trajectory is left .*6 are rejected \(/);
  await rm(root, { recursive: true });
});
