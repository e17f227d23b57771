import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

type Runner = (args: string[]) => Promise<number>;

/** Runs a command in this process; its exit code and what it printed as errors. */
async function run(
  file: string,
  runner: string,
  args: string[],
): Promise<{ code: number; err: string }> {
  const module = await import(new URL(`../../lib/cli/${file}.ts`, import.meta.url).href);
  const { log, error } = console;
  const err: string[] = [];
  console.log = () => {};
  console.error = (...texts: unknown[]) => err.push(texts.map(String).join(" "));
  try {
    return { code: await (module[runner] as Runner)(args), err: err.join("\n") };
  } finally {
    Object.assign(console, { log, error });
  }
}

/** What each command reads, as `X`. */
const COMMANDS:
  readonly (readonly [file: string, runner: string, ending: string, args: string[]])[] = [
    ["index", "runIndex", ".jsonl", ["X", "--out", "OUT", "--quiet"]],
    ["index", "runIndex", ".csv", ["X", "--out", "OUT", "--quiet"]],
    ["index", "runIndex", ".tsv", ["X", "--out", "OUT", "--quiet"]],
    ["index", "runIndex", ".parquet", ["X", "--out", "OUT", "--quiet"]],
    ["index", "runIndex", ".jsonl.gz", ["X", "--out", "OUT", "--quiet"]],
    ["benchmarks", "runBenchmarks", ".jsonl", ["X"]],
    ["benchmarks", "runBenchmarks", ".json", ["X"]],
    ["benchmarks", "runBenchmarks", ".csv", ["X"]],
    ["benchmarks", "runBenchmarks", ".parquet", ["X"]],
    ["grade", "runGrade", ".jsonl", ["--kind", "qa", "X"]],
    ["exec", "runExec", ".jsonl", ["X"]],
    ["import", "runImport", ".jsonl", ["X", "--out", "OUT", "--strict"]],
    ["import", "runImport", ".json", ["X", "--out", "OUT", "--strict"]],
    ["format", "runFormat", ".jsonl", ["X", "--to", "messages", "--out", "OUT"]],
    ["view", "runView", ".jsonl", ["X", "--out", "OUT"]],
    ["report", "runReport", ".jsonl", ["X", "--out", "OUT"]],
    ["report", "runReport", ".json", ["X", "--out", "OUT"]],
    ["report", "runReport", ".parquet", ["X", "--out", "OUT"]],
    ["verify_mask", "runVerifyMask", ".jsonl", ["X", "--tokenizer", "MODEL"]],
    ["verify_mask", "runVerifyMask", ".json", ["X", "--tokenizer", "MODEL"]],
    ["notebook", "runNotebookCommand", ".ipynb", ["X", "--out", "OUT"]],
    ["generate", "runGenerate", ".jsonl", ["--benchmark", "X", "--lab-expert", "--out", "OUT"]],
    ["evaluate", "runEvaluate", ".jsonl", ["--benchmark", "X", "--lab-expert", "--out", "OUT"]],
  ];

const CONTENTS: Readonly<Record<string, string | Uint8Array>> = {
  "nothing": "",
  "null": "null\n",
  "an array": "[]\n",
  "an array of null": "[null]\n",
  "a number": "7\n",
  "a text": '"x"\n',
  "an empty object": "{}\n",
  "an object of nulls": '{"id":null,"question":null,"steps":null,"task":null,"messages":[null]}\n',
  "commands to a terminal": '\x1b[2J\x1b]0;title\x07 {"id": "\u202e"\n',
  "half a line": '{"id": 1, "que',
  "bytes": Uint8Array.from({ length: 300 }, (_, i) => (i * 73) % 256),
  "UTF-16": new Uint8Array(new Uint16Array([0xfeff, 0x7b, 0x7d]).buffer),
};

/** One message, that names the file where it is about one, and no stack. */
function checkMessage(err: string, what: string): void {
  assert.notEqual(err.trim(), "", `${what}: nothing is said`);
  assert.doesNotMatch(err, /\n\s+at |TypeError|undefined is not|Cannot read propert/, what);
}

function clean(folder: string): void {
  for (const name of ["out", "out.building"]) {
    rmSync(join(folder, name), { recursive: true, force: true });
  }
}

const model = new URL("../../data/base/0.3M", import.meta.url).pathname;

Deno.test({
  name: "pipes, devices and folders in place of a file are refused by name, and nothing hangs",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const folder = mkdtempSync(join(tmpdir(), "potstill-inputs-"));
    try {
      for (const [file, runner, ending, args] of COMMANDS) {
        for (const kind of ["pipe", "device", "folder"]) {
          const path = join(folder, `${kind}${ending}`);
          if (kind === "pipe") spawnSync("mkfifo", [path]);
          else if (kind === "device") spawnSync("ln", ["-s", "/dev/zero", path]);
          else mkdirSync(path);
          const what = `${file} ${path}`;
          const { code, err } = await run(
            file,
            runner,
            args.map((arg) => ({ X: path, OUT: join(folder, "out"), MODEL: model })[arg] ?? arg),
          );
          assert.equal(code, 1, what);
          checkMessage(err, what);
          assert.ok(err.includes(path), `${what}: ${err}`);
          if (kind !== "folder") assert.match(err, new RegExp(`it is a ${kind}`), what);
          rmSync(path, { recursive: true });
          clean(folder);
        }
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
});

Deno.test("files that hold something else are refused in one message", async () => {
  const folder = mkdtempSync(join(tmpdir(), "potstill-inputs-"));
  try {
    // What exec reads are requests; its own tests have wrong ones.
    for (const [file, runner, ending, args] of COMMANDS.filter(([file]) => file !== "exec")) {
      for (const [content, bytes] of Object.entries(CONTENTS)) {
        const path = join(folder, `input${ending}`);
        writeFileSync(path, bytes);
        const what = `${file} of ${content} in ${ending}`;
        const { code, err } = await run(
          file,
          runner,
          args.map((arg) => ({ X: path, OUT: join(folder, "out"), MODEL: model })[arg] ?? arg),
        );
        clean(folder);
        // deno-lint-ignore no-control-regex
        assert.doesNotMatch(err, /[\0-\x08\x0e-\x1f\x7f-\x9f\u202e]/, what);
        if (code !== 0) {
          checkMessage(err, what);
          // Of several files, what none of them has is told of all.
          if (!/there is no (?:passage|record)/.test(err)) {
            assert.ok(err.includes("input"), `${what}: ${err}`);
          }
        } else assert.doesNotMatch(err, /\n\s+at /, what);
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

Deno.test("a run's manifest that is something else is told by its file and field", async () => {
  const folder = mkdtempSync(join(tmpdir(), "potstill-inputs-"));
  const trajectory = JSON.stringify({
    id: "b/1#0",
    task: { id: "1", benchmark: "b", split: "train", kind: "qa", question: "Q?", answer: "A" },
    paradigm: "agent",
    model: "m",
    prompt: [],
    steps: [],
    answer: null,
    correct: null,
    seed: 0,
  });
  try {
    mkdirSync(join(folder, "trajectories"));
    mkdirSync(join(folder, "shard-1-of-1"));
    writeFileSync(join(folder, "trajectories", "agent.jsonl"), `${trajectory}\n`);
    for (
      const [manifest, told] of [
        ["null", /manifest\.json: it must hold an object, not null/],
        ["[]", /it must hold an object, not \[\]/],
        ["7", /it must hold an object, not 7/],
        ["{}", /field id must be a text, it is missing/],
        ['{"id":"x","command":"c","startedAt":5}', /field startedAt must be a text, it is 5/],
        [
          '{"id":"x","command":"c","startedAt":"t","resolved":null,"prompts":{}}',
          /field resolved must be an object, it is null/,
        ],
        ["{", /manifest\.json: /],
      ] as const
    ) {
      writeFileSync(join(folder, "manifest.json"), manifest);
      writeFileSync(join(folder, "shard-1-of-1", "manifest.json"), manifest);
      for (
        const [file, runner, args] of [
          ["view", "runView", [folder, "--out", join(folder, "x.html")]],
          ["merge", "runMerge", [folder, "--out", join(folder, "merged")]],
          [
            "generate",
            "runGenerate",
            ["--benchmark", "lab-math", "--lab-expert", "--out", folder, "--resume"],
          ],
        ] as const
      ) {
        const { code, err } = await run(file, runner, [...args]);
        assert.equal(code, 1, file);
        assert.match(err, told, file);
        checkMessage(err, file);
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
