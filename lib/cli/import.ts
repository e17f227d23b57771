import { isInterruption } from "../runs/is_interruption.ts";
import { defineCommand } from "./options.ts";
import { runCommand } from "./run_command.ts";
import { softStop } from "./soft_stop.ts";

const COMMAND = defineCommand({
  name: "import",
  summary: "Import trajectories logged by other tools, and chat-message files",
  positionals: [{
    name: "FILE",
    rest: true,
    description: "Files of JSON lines or JSON lists, of any forms",
  }],
  options: {
    out: {
      type: "string",
      placeholder: "FOLDER",
      defaultNote: "a new one in data/runs/",
      description: "Folder of the run",
    },
    benchmark: {
      type: "string",
      placeholder: "NAME",
      defaultNote: "as the records say",
      description: "The benchmark of all tasks",
    },
    kind: {
      type: "string",
      choices: ["qa", "math"],
      defaultNote: "the benchmark's",
      description: "Kind of answers",
    },
    split: {
      type: "string",
      choices: ["train", "test"],
      defaultNote: "train",
      description: "For records that name no split",
    },
    strict: { type: "boolean", description: "Stop at the first line that cannot be imported" },
    json: { type: "boolean", description: "End with the summary as one line of JSON" },
  },
  notes:
    `Reads log records of smolagents and of the reference implementation, agent memories, corrected
rollouts, ReAct traces (search[x] and finish[x], also a text file of them), chain-of-thought answers,
conversations (messages, ShareGPT, prompt and completion,
preferences) and Potstill's own trajectories. Each trajectory keeps its whole record. Calls of tools
and reasoning become part of the turn's text; turns with a weight of 0 are context.

Exit code: 0, 1 when a file cannot be read or no line could be imported, 130 when interrupted: then
nothing is left.

Example:
  deno task potstill import logs/*.jsonl --out data/runs/imported
  deno task potstill view data/runs/imported`,
});

/**
 * The command `deno task potstill import`.
 *
 * @returns the exit code
 *
 * @example
 * ```ts
 * import { runImport } from "@potstill/cli/import.ts";
 * if (await runImport(["--help"]) !== 0) throw new Error("no help");
 * ```
 */
export function runImport(args: string[]): Promise<number> {
  return runCommand(COMMAND, args, async ({ values, positionals }) => {
    const { importFiles } = await import("../trajectories/import/import_files.ts");
    const { out, benchmark, kind, split, strict: isStrict } = values;
    const given = { benchmark, kind, split };
    const stop = softStop(() => console.error("Stopping: nothing is imported"));
    const { signal } = stop.signals;
    let summary;
    try {
      summary = await importFiles({
        files: positionals,
        out,
        isStrict,
        signal,
        ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
      });
    } catch (error) {
      if (!isInterruption(error, signal)) throw error;
      return 130;
    } finally {
      stop.release();
    }
    const count = (counts: Readonly<Partial<Record<string, number>>>) =>
      Object.entries(counts).map(([name, n]) => `${name} ${n}`).join(", ");
    const { path, records, trajectories, paradigms, forms, problems } = summary;
    console.log(
      records === 0
        ? "Imported nothing, and wrote nothing"
        : `Imported ${records} records (${count(forms)}) as ${trajectories} trajectories ` +
          `(${count(paradigms)}) into ${path}`,
    );
    for (const { file, line, problem } of problems.slice(0, 20)) {
      console.error(`${file} line ${line}: ${problem}`);
    }
    if (problems.length > 20) console.error(`... and ${problems.length - 20} more lines`);
    if (records === 0 && problems.length === 0) {
      console.error(`Error: Cannot import ${positionals.join(", ")}: there is no record`);
    }
    if (values.json) console.log(JSON.stringify(summary));
    return records === 0 ? 1 : 0;
  });
}
