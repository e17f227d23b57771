import assert from "node:assert/strict";
import { commandHelp, commandMarkdown } from "@potstill/cli/help.ts";
import { defineCommand, parseOptions, UsageError } from "@potstill/cli/options.ts";
import { closest } from "@potstill/records/closest.ts";

const command = defineCommand({
  name: "train",
  summary: "Train a student",
  positionals: [
    { name: "DATA", description: "Training data" },
    { name: "MORE", description: "More of it", optional: true },
  ],
  options: {
    profile: { type: "string", choices: ["quick", "full"], default: "quick", description: "Size" },
    seed: { type: "integer", default: 1, description: "Seed" },
    learningRate: { type: "number", min: 0, max: 1, description: "Step size" },
    out: { type: "string", short: "o", placeholder: "FOLDER", description: "Where to write" },
    set: { type: "string", multiple: true, description: "Override" },
    json: { type: "boolean", description: "One JSON line at the end" },
    cache: { type: "boolean", default: true, description: "Do not read the cache" },
  },
});

function usageError(args: string[], message: RegExp): void {
  assert.throws(() => parseOptions(command, args), (error) => {
    assert.ok(error instanceof UsageError, String(error));
    assert.match(error.message, message);
    return true;
  });
}

Deno.test("options take their defaults and their types", () => {
  const { values, positionals, given } = parseOptions(command, ["a.jsonl"]);
  assert.deepEqual(values, {
    profile: "quick",
    seed: 1,
    learningRate: undefined,
    out: undefined,
    set: [],
    json: false,
    cache: true,
  });
  assert.deepEqual(positionals, ["a.jsonl"]);
  assert.equal(given.size, 0);
  const profile: "quick" | "full" = values.profile;
  const rate: number | undefined = values.learningRate;
  assert.deepEqual([profile, rate], ["quick", undefined]);
});

Deno.test("options are read in every form of writing", () => {
  const args = "--profile=full --seed -7 --learning-rate 1e-3 -o out --set a=1 --set b=-2";
  const { values, positionals, given } = parseOptions(command, [
    ...args.split(" "),
    "--json",
    "--no-cache",
    "a",
    "--",
    "--b",
  ]);
  assert.deepEqual(values, {
    profile: "full",
    seed: -7,
    learningRate: 0.001,
    out: "out",
    set: ["a=1", "b=-2"],
    json: true,
    cache: false,
  });
  assert.deepEqual(positionals, ["a", "--b"]);
  assert.ok(given.has("seed") && given.has("cache"));
});

Deno.test("the last of a repeated option counts", () => {
  assert.equal(parseOptions(command, ["a", "--seed", "2", "--seed", "3"]).values.seed, 3);
});

Deno.test("wrong arguments are named with their value", () => {
  usageError(
    ["a", "--profil", "full"],
    /Unknown option --profil for "train"; did you mean --profile/,
  );
  usageError(
    ["a", "--zzzzzz"],
    /Unknown option --zzzzzz for "train"; "deno task potstill train --help"/,
  );
  usageError(["a", "-x"], /Unknown option -x/);
  usageError(["a", "--profile", "big"], /--profile must be one of quick, full: "big"/);
  usageError(["a", "--seed", "1.5"], /--seed needs a value \(a whole number\): "1.5"/);
  usageError(["a", "--seed="], /--seed needs a value \(a whole number\): ""/);
  usageError(["a", "--learning-rate", "2"], /a number from 0 to 1\): "2"/);
  usageError(["a", "--learning-rate", "x"], /a number from 0 to 1\): "x"/);
  usageError(["a", "--seed"], /--seed needs a value/);
  usageError(["a", "--out", "--json"], /--out needs a value/);
  usageError(["a", "--json=yes"], /--json takes no value: "yes"/);
  usageError(["a", "--no-cache=1"], /--no-cache takes no value: "1"/);
  usageError(["a", "--no-seed"], /Unknown option --no-seed/);
  usageError([], /Missing argument DATA for "train"/);
  usageError(["a", "b", "c"], /Unexpected argument for "train": "c"/);
});

const renamed = defineCommand({
  name: "answer",
  summary: "Answer questions",
  options: {
    attempts: { type: "integer", min: 1, was: ["samples", "n"], description: "Attempts" },
    ftp: { type: "boolean", default: true, was: ["useFtp"], description: "No prefix" },
    candidates: { type: "integer", min: 1, list: true, description: "Candidates" },
    search: { type: "string", was: ["index"], short: "s", description: "What is searched" },
    store: { type: "string", multiple: true, was: ["cache"], description: "Where steps are kept" },
  },
});

Deno.test("names of the last version are read, told, and not shown", () => {
  const args = ["--samples", "3", "--no-use-ftp", "--index=wiki", "--cache", "a", "--store", "b"];
  const { values, given, renamed: told } = parseOptions(renamed, args);
  assert.deepEqual(values, {
    attempts: 3,
    ftp: false,
    candidates: undefined,
    search: "wiki",
    store: ["a", "b"],
  });
  assert.deepEqual([...given].sort(), ["attempts", "ftp", "search", "store"]);
  assert.deepEqual([...told], [
    ["--samples", "--attempts"],
    ["--no-use-ftp", "--no-ftp"],
    ["--index", "--search"],
    ["--cache", "--store"],
  ]);
  assert.equal(parseOptions(renamed, ["--attempts", "2", "-s", "x"]).renamed.size, 0);
  assert.doesNotMatch(commandHelp(renamed), /samples|use-ftp|--index|--cache/);
  assert.throws(() => parseOptions(renamed, ["--n", "0"]), /--n needs a value \(a whole number/);
  assert.throws(() => parseOptions(renamed, ["--attemps", "1"]), /did you mean --attempts/);
});

Deno.test("several values stand with commas between them", () => {
  const read = (text: string) => parseOptions(renamed, ["--candidates", text]).values.candidates;
  assert.deepEqual(read("1,4,8"), [1, 4, 8]);
  assert.deepEqual(read("4"), [4]);
  for (const bad of ["", "1,", "1,,2", "1,x", "0,1", "1.5"]) {
    assert.throws(() => read(bad), new RegExp(`or several with commas\\): "${bad}"`));
  }
  assert.match(commandHelp(renamed), /--candidates N\[,N\.\.\.\] +Candidates/);
});

Deno.test("help shows the defaults of the profiles where they differ", () => {
  const text = commandHelp(defineCommand({
    name: "train",
    summary: "Train",
    options: {
      tasks: { type: "integer", default: 2500, description: "Training tasks." },
      epochs: { type: "integer", default: 2, description: "Epochs" },
      rate: { type: "number", defaultNote: "0.7 when sampling, else 0", description: "Rate" },
    },
    profiles: { quick: { tasks: 500, epochs: 2 }, full: { tasks: 10_000 } },
  }));
  assert.match(text, /Training tasks \(default 2500, quick 500, full 10000\)/);
  assert.match(text, /Epochs \(default 2\)/);
  assert.match(text, /Rate \(default 0\.7 when sampling, else 0\)/);
});

Deno.test("help as Markdown has one row for each option", () => {
  const { help } = parseOptions(renamed, ["--help=markdown"]);
  assert.equal(help, "markdown");
  const rows = commandMarkdown(command).split("\n").filter((line) => line.startsWith("| `"));
  assert.equal(rows.length, 9);
  assert.equal(rows[2], "| `--profile NAME` | Size (one of quick, full) | quick |");
  assert.throws(() => parseOptions(renamed, ["--help=html"]), /--help=markdown: "html"/);
});

Deno.test("--help wins over missing and wrong arguments", () => {
  assert.equal(parseOptions(command, ["--help"]).help, "text");
  assert.equal(parseOptions(command, ["-h", "--zzz"]).help, "text");
});

Deno.test("the help text shows every option with its default and choices", () => {
  const text = commandHelp(command);
  assert.match(text, /Usage: deno task potstill train DATA \[MORE\] \[options\]/);
  assert.match(text, /--profile NAME +Size \(one of quick, full; default quick\)/);
  assert.match(text, /--learning-rate N +Step size\n/);
  assert.match(text, /-o, --out FOLDER +Where to write/);
  assert.match(text, /--no-cache +Do not read the cache/);
  assert.ok(text.split("\n").every((line) => line.length <= 100));
});

Deno.test("closest finds a typing error and nothing far away", () => {
  assert.equal(closest("distil", ["distill", "exec"]), "distill");
  assert.equal(closest("banana", ["distill", "exec"]), undefined);
  assert.equal(closest("ot", ["out", "search"]), "out");
  assert.equal(closest("outs", ["search", "out", "our"]), "out");
  assert.equal(closest("", ["abc"]), undefined);
  assert.equal(closest("top", []), undefined);
});
