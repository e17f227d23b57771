import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { main } from "@potstill/cli/main.ts";
import { writeJsonl } from "@potstill/runs/jsonl.ts";
import { weightsSha256 } from "@potstill/student/checkpoint/weights_hash.ts";
import { readOrigin } from "@potstill/training_data/student_origin.ts";
import { withFolder } from "../generation/setup.ts";

const root = new URL("../../", import.meta.url).pathname;

const rows = Array.from({ length: 24 }, (_, i) => ({
  messages: [
    { role: "user", content: `What follows ${i}?` },
    { role: "assistant", content: `After ${i} comes ${i + 1}.` },
  ],
}));

/** Runs the command line in this process. */
async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const { log, error } = console;
  let [out, err] = ["", ""];
  console.log = (...values: unknown[]) => void (out += values.join(" ") + "\n");
  console.error = (...values: unknown[]) => void (err += values.join(" ") + "\n");
  try {
    return { code: await main(args), out, err };
  } finally {
    Object.assign(console, { log, error });
  }
}

async function rowsFile(folder: string): Promise<string> {
  const file = join(folder, "rows.jsonl");
  await writeJsonl(file, rows);
  return file;
}

Deno.test("train writes a student that is exported and trained further", () =>
  withFolder(async (folder) => {
    const file = await rowsFile(folder);
    const out = join(folder, "first");
    const { code, out: text } = await run(
      ...["train", "--student", "0.3M", "--data", file, file, "--steps", "3", "--out", out],
      "--json",
    );
    assert.equal(code, 0);
    const figures = JSON.parse(text.trim().split("\n").at(-1)!);
    assert.equal(figures.steps, 3);
    assert.equal(figures.examples, 48);
    assert.equal(figures.folder, out);
    for (const name of ["loss", "tokensPerSecond", "peakMemoryMb"]) {
      assert.ok(figures[name] > 0, `${name} is ${figures[name]}`);
    }
    assert.deepEqual((await readOrigin(out))?.files, ["rows.jsonl"]);
    assert.match(await Deno.readTextFile(join(out, "README.md")), /0\.3M base model of the lab/);
    const gguf = join(folder, "first.gguf");
    assert.equal((await run("export", "--student", out, "--to", "gguf", "--out", gguf)).code, 0);
    const other = join(folder, "other.jsonl");
    await writeJsonl(other, rows.slice(0, 4));
    const second = join(folder, "second");
    const further = ["train", "--student", out, "--data", other, "--out", second, "--epochs", "1"];
    assert.equal((await run(...further, "--adaptation", "lora")).code, 0);
    const origin = await readOrigin(second);
    assert.equal(origin?.base?.name, "first");
    assert.deepEqual(origin?.files, ["other.jsonl", "rows.jsonl"]);
    const fresh = ["train", "--student", "10M", "--fresh", "--data", other, "--steps", "1"];
    assert.equal((await run(...fresh, "--out", join(folder, "fresh"))).code, 0);
    assert.equal((await readOrigin(join(folder, "fresh")))?.base, null);
  }));

Deno.test("a training that is killed and resumed gives the same weights", () =>
  withFolder(async (folder) => {
    const file = await rowsFile(folder);
    const args = ["train", "--student", "0.3M", "--data", file, "--steps", "12"];
    const sized = [...args, "--batch-tokens", "200", "--checkpoint-every-ms", "0"];
    const whole = join(folder, "whole");
    assert.equal((await run(...sized, "--out", whole)).code, 0);
    const out = join(folder, "killed");
    const state = `${out}.training`;
    const kill = async (more: string[], signal: Deno.Signal) => {
      const child = new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "lib/cli/main.ts", ...sized, "--out", out, ...more],
        cwd: root,
        stdout: "null",
        stderr: "piped",
      }).spawn();
      const before = existsSync(state) ? (await Deno.stat(join(state, NAME))).mtime : null;
      for (;;) {
        const now = await Deno.stat(join(state, NAME)).then(({ mtime }) => mtime, () => null);
        if (now !== null && now.getTime() !== before?.getTime()) break;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      child.kill(signal);
      const { code, stderr } = await child.output();
      return { code, text: new TextDecoder().decode(stderr) };
    };
    await kill([], "SIGKILL");
    assert.ok(!existsSync(join(out, "training.json")));
    const refused = await run(...sized, "--out", out);
    assert.equal(refused.code, 1);
    assert.match(refused.err, /it holds an interrupted training; resume it, or remove/);
    const stopped = await kill(["--resume"], "SIGINT");
    assert.equal(stopped.code, 130);
    assert.match(stopped.text, /the same command with --resume to continue/);
    assert.equal((await run(...sized, "--out", out, "--resume")).code, 0);
    assert.equal(await weightsSha256(out), await weightsSha256(whole));
    assert.ok(!existsSync(state));
    const again = await run(...sized, "--out", out, "--resume", "--json");
    assert.equal(JSON.parse(again.out.trim().split("\n").at(-1)!).steps, 12);
    const others = await run(...sized, "--out", out, "--resume", "--seed", "5");
    assert.equal(others.code, 1);
    assert.match(others.err, /it is finished, with other data or settings: .*"steps":12/);
  }));

const NAME = "training_state.safetensors";

const wrong: [args: string[], code: number, message: RegExp][] = [
  [["--data", "x"], 2, /Missing option --student/],
  [["--student", "1M", "--out", "o"], 2, /Missing option --data/],
  [["--student", "1M", "--data", "x", "--resume"], 2, /Nothing to resume in data.students.1M-full/],
  [["--student", "1M", "--data", "x", "--out", "o", "--epochs", "0"], 2, /--epochs .*from 1/],
  [
    ["--student", "1M", "--data", "x", "--out", "o", "--epochs", "1", "--steps", "1"],
    2,
    /either --epochs or --steps/,
  ],
  [
    ["--student", "1M", "--data", "x", "--out", "o", "--lora-rank", "4"],
    2,
    /--lora-rank and --lora-alpha are for --adaptation lora/,
  ],
  [
    ["--student", "1M", "--data", "x", "--out", "o", "--learning-rate", "0"],
    2,
    /--learning-rate .*above 0/,
  ],
  [
    ["--student", "2M", "--data", "x", "--out", "o"],
    1,
    /no folder, no GGUF file, no name of the hub and none .* sizes 0\.3M, 1M/,
  ],
  [
    ["--student", "0.3M", "--data", "no.jsonl", "--out", "o"],
    1,
    /no\.jsonl: there is no such file/,
  ],
  [["--student", "10M", "--data", "x", "--out", "o"], 1, /begin `train` with --fresh weights/],
];

for (const [args, code, message] of wrong) {
  Deno.test(`train ${args.join(" ")} is refused`, () =>
    withFolder(async (folder) => {
      const placed = args.map((arg) => arg === "o" ? join(folder, "o") : arg);
      const found = await run("train", ...placed);
      assert.match(found.err, message);
      assert.equal(found.code, code);
      assert.ok(!existsSync(join(folder, "o")));
    }));
}
