import { join } from "node:path";
import { loadBenchmark, type LoadedBenchmark } from "../tasks/load_benchmark.ts";
import { isHubDataSet } from "../tasks/hub_data_set.ts";
import { isProblemFolder } from "../tasks/problem_folder.ts";
import { taskCluster } from "../tasks/task_cluster.ts";
import { writeJsonl } from "../runs/jsonl.ts";
import { defineCommand } from "./options.ts";
import { errorText, runCommand } from "./run_command.ts";

const COMMAND = defineCommand({
  name: "benchmarks",
  summary: "Read benchmark files and print one JSON line for each.",
  positionals: [{ name: "PATH", description: "Files, or folders of files.", rest: true }],
  options: {
    benchmarkName: {
      type: "string",
      placeholder: "NAME",
      description: "The benchmark's name, in place of the files'.",
    },
    name: { type: "string", placeholder: "NAME", description: "The same, shorter." },
    split: {
      type: "string",
      choices: ["train", "test"],
      description: "Split of the examples that do not say theirs.",
    },
    kind: { type: "string", choices: ["qa", "math"], description: "Kind of answers." },
    out: {
      type: "string",
      short: "o",
      placeholder: "FOLDER",
      description: "Also write the tasks as FOLDER/NAME-SPLIT.jsonl.",
    },
  },
  notes:
    `Forms: HotpotQA, 2WikiMultiHopQA, MuSiQue, Bamboogle, GSM8K, GSM-Hard, SVAMP, MATH, MATH-500,
AIME and OlymMATH as they are published (JSON, JSON lines, Parquet, CSV, each also .gz; of MATH a folder
with a file for each problem), and the reference's {"metadata","examples"}.
A benchmark is told from what its examples say of themselves, else from their fields and ids, never from
the file's name. A set of your own needs --benchmark-name.
Each line has path, name, split, kind, form, examples, tasks, clusters, fields, problems, sha256,
and known: whether it is the very file that the paper's reference implementation uses.

Exit code: 0, or 1 when a file could not be read; the others are printed all the same.`,
});

/**
 * The command `deno task potstill benchmarks`.
 *
 * @returns the exit code
 *
 * @example
 * ```ts
 * import { runBenchmarks } from "@potstill/cli/benchmarks.ts";
 * if (await runBenchmarks(["--help"]) !== 0) throw new Error("no help");
 * ```
 */
export function runBenchmarks(args: string[]): Promise<number> {
  return runCommand(COMMAND, args, async ({ values, positionals }) => {
    const { split, kind, out } = values;
    const name = values.benchmarkName ?? values.name;
    const files = (await Promise.all(positionals.map(filesOf))).flat();
    let code = 0;
    for (const path of files) {
      try {
        const loaded = await loadBenchmark(path, { name, fallbackSplit: split, kind });
        console.log(JSON.stringify(describe(loaded)));
        if (out !== undefined) {
          await writeJsonl(join(out, `${loaded.name}-${loaded.split}.jsonl`), loaded.tasks);
        }
      } catch (error) {
        console.error(errorText(error));
        code = 1;
      }
    }
    return code;
  });
}

function describe(loaded: LoadedBenchmark): Record<string, unknown> {
  const clusters = new Set(loaded.tasks.map((task) => taskCluster(task) ?? task.id));
  return {
    path: loaded.path,
    ...loaded.revision === undefined ? {} : { revision: loaded.revision },
    name: loaded.name,
    split: loaded.split,
    kind: loaded.kind,
    form: loaded.form,
    examples: loaded.examples,
    tasks: loaded.tasks.length,
    clusters: clusters.size,
    fields: loaded.fields,
    problems: loaded.problems,
    sha256: loaded.sha256,
    known: loaded.isKnownFile,
    descriptor: loaded.descriptor === null
      ? null
      : `${loaded.descriptor.name} version ${loaded.descriptor.version}`,
  };
}

/** The file itself, or the data files within the folder in order of their names. */
async function filesOf(path: string): Promise<string[]> {
  if (isHubDataSet(path)) return [path];
  let isFolder: boolean;
  try {
    isFolder = (await Deno.stat(path)).isDirectory;
  } catch {
    throw new Error(`Cannot find ${path}`);
  }
  if (!isFolder || await isProblemFolder(path)) return [path];
  const names = [];
  for await (const entry of Deno.readDir(path)) {
    if (entry.isFile && /\.(?:(?:jsonl?|csv|tsv)(?:\.gz)?|parquet)$/.test(entry.name)) {
      names.push(entry.name);
    }
  }
  if (names.length === 0) throw new Error(`Cannot find benchmark files in ${path}`);
  return names.sort().map((name) => join(path, name));
}
