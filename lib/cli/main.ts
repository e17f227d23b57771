import { columns } from "./help.ts";
import { closest } from "../records/closest.ts";
import { errorText, USAGE_EXIT_CODE } from "./run_command.ts";

/** Runs a command with its arguments; resolves to the exit code. */
type CommandRunner = (args: string[]) => Promise<number>;

interface CommandEntry {
  readonly summary: string;
  /** File beside this one; loaded only when the command is chosen. */
  readonly file: string;
  /** The export of `file` that runs the command. */
  readonly runner: string;
}

const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  distill: {
    summary: "Distil an agent in the lab, end to end: data, training, evaluation, report",
    file: "distill.ts",
    runner: "runDistill",
  },
  sweep: {
    summary:
      "Run a distillation for every combination of options, sharing what they have in common",
    file: "sweep.ts",
    runner: "runSweep",
  },
  paper: {
    summary: "Reproduce the paper's findings in the lab, with intervals and verdicts",
    file: "paper.ts",
    runner: "runPaper",
  },
  base: {
    summary: "Train the base model that the lab's students of a size begin with",
    file: "base.ts",
    runner: "runBase",
  },
  teacher: {
    summary: "Train the lab's teacher: a larger model that errs in its own way",
    file: "teacher.ts",
    runner: "runTeacher",
  },
  generate: {
    summary:
      "Let a teacher behind an OpenAI-compatible endpoint solve tasks, and keep its trajectories",
    file: "generate.ts",
    runner: "runGenerate",
  },
  merge: {
    summary: "Merge the shards of a generation run",
    file: "merge.ts",
    runner: "runMerge",
  },
  import: {
    summary: "Import trajectories logged by other tools, and chat-message files",
    file: "import.ts",
    runner: "runImport",
  },
  format: {
    summary: "Write trajectories as training data and configuration for a trainer",
    file: "format.ts",
    runner: "runFormat",
  },
  "verify-mask": {
    summary: "Check which tokens of a data set are trained, with a tokenizer's own template",
    file: "verify_mask.ts",
    runner: "runVerifyMask",
  },
  view: {
    summary: "Write the trajectories of a run as one self-contained HTML page",
    file: "view.ts",
    runner: "runView",
  },
  export: {
    summary: "Write a student as a GGUF file, or as a Hugging Face folder with ONNX models",
    file: "export.ts",
    runner: "runExport",
  },
  index: {
    summary: "Build a search index of a corpus: full text, and vectors with an encoder",
    file: "index.ts",
    runner: "runIndex",
  },
  retrieve: {
    summary: "Search an index, or serve it over the reference's /retrieve contract",
    file: "retrieve.ts",
    runner: "runRetrieve",
  },
  improve: {
    summary: "Let a student learn from its own attempts",
    file: "improve.ts",
    runner: "runImprove",
  },
  train: {
    summary: "Train a student on a run or on files of conversations, into a Hugging Face folder",
    file: "train.ts",
    runner: "runTrain",
  },
  serve: {
    summary: "Serve a student or the lab's expert over the OpenAI chat-completions protocol",
    file: "serve.ts",
    runner: "runServe",
  },
  exec: {
    summary: "Run Python code in the sandbox in which agents act",
    file: "exec.ts",
    runner: "runExec",
  },
  wheels: {
    summary: "Fetch Python packages for the sandbox",
    file: "wheels.ts",
    runner: "runWheels",
  },
  evaluate: {
    summary: "Evaluate a model on a benchmark: CoT, agent, or several that vote",
    file: "evaluate.ts",
    runner: "runEvaluate",
  },
  report: {
    summary: "Make tables and figures of evaluations, runs and imported results",
    file: "report.ts",
    runner: "runReport",
  },
  grade: {
    summary: "Grade answers against gold answers",
    file: "grade.ts",
    runner: "runGrade",
  },
  benchmarks: {
    summary: "List, show and export the benchmarks",
    file: "benchmarks.ts",
    runner: "runBenchmarks",
  },
  notebook: {
    summary: "Execute a notebook in the Deno kernel, with parameters",
    file: "notebook.ts",
    runner: "runNotebookCommand",
  },
  lab: {
    summary: "Open JupyterLab with the Deno kernel installed",
    file: "lab.ts",
    runner: "runLab",
  },
};

/**
 * The command line: `potstill <command> [arguments]`.
 *
 * @returns the exit code: the command's own, or 2 when there is no such command
 *
 * @example
 * ```ts
 * import { main } from "@potstill/cli/main.ts";
 * if (await main(["--help"]) !== 0) throw new Error("no help");
 * ```
 */
export async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  const names = Object.keys(COMMANDS).filter(isPresent);
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    console.log(mainHelp(names));
    return name === undefined ? USAGE_EXIT_CODE : 0;
  }
  if (name === "--help=markdown") return await printOptions(names);
  if (!names.includes(name)) {
    const near = closest(name, names);
    const hint = near ? `did you mean "${near}"?` : '"deno task potstill --help" lists them';
    console.error(`Error: Unknown command "${name}"; ${hint}`);
    return USAGE_EXIT_CODE;
  }
  try {
    return await (await loadCommand(name))(rest);
  } catch (error) {
    console.error(errorText(error));
    return 1;
  }
}

async function loadCommand(name: string): Promise<CommandRunner> {
  const { file, runner } = COMMANDS[name];
  const module: Record<string, CommandRunner> = await import(new URL(file, import.meta.url).href);
  return module[runner];
}

/** The page of all options, `docs/options.md`. */
async function printOptions(names: readonly string[]): Promise<number> {
  console.log(OPTIONS_PAGE);
  for (const name of names) {
    console.log();
    await (await loadCommand(name))(["--help=markdown"]);
  }
  return 0;
}

const OPTIONS_PAGE = `# Options

Every option of every command, as \`deno task potstill COMMAND --help\` shows them. In TypeScript an
option has the same name in camelCase: \`--max-new-tokens 512\` is \`maxNewTokens: 512\`. An option
without a default is not set.

This page is made from the tables that the commands read their arguments with:
\`deno task potstill --help=markdown | deno fmt --ext md - > docs/options.md\`.`;

function isPresent(name: string): boolean {
  try {
    Deno.statSync(new URL(COMMANDS[name].file, import.meta.url));
    return true;
  } catch {
    return false;
  }
}

function mainHelp(names: readonly string[]): string {
  return [
    "Potstill distils LLM agents into small models.",
    "",
    "Usage: deno task potstill <command> [options]",
    "",
    "Commands:",
    ...columns(names.map((name) => [name, COMMANDS[name].summary])),
    "",
    '"deno task potstill <command> --help" shows the options of one command.',
  ].join("\n");
}

if (import.meta.main) Deno.exit(await main(Deno.args));
