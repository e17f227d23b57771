import { basename, dirname, resolve } from "node:path";
import { cleanNotebook } from "./notebook/clean_notebook.ts";
import { formatNotebook, type Notebook, parseNotebook } from "./notebook/notebook.ts";
import { type CellEvent, isRun, type NotebookRun, runNotebook } from "./notebook/run_notebook.ts";
import { setParameters } from "./notebook/set_parameters.ts";
import { openProgress } from "../runs/progress/open_progress.ts";
import type { Progress, ProgressStage } from "../runs/progress/progress.ts";
import { formatDuration } from "../runs/progress/progress_line.ts";
import { writeFileAtomic } from "../runs/atomic_write.ts";
import { defineCommand, UsageError } from "./options.ts";
import { flagName } from "../records/option_table.ts";
import { runCommand } from "./run_command.ts";
import { readInputText } from "../runs/read_input.ts";
import { MAX_TIMER_MS } from "../runs/timer_limit.ts";

const COMMAND = defineCommand({
  name: "notebook",
  summary: "Execute a notebook in the Deno kernel, with parameters, or write it as a page.",
  positionals: [{ name: "FILE", description: "The notebook (.ipynb)." }],
  options: {
    set: {
      type: "string",
      multiple: true,
      short: "s",
      placeholder: "NAME=VALUE",
      description: 'Give another value to a name declared in the cell tagged "parameters".',
    },
    out: {
      type: "string",
      short: "o",
      placeholder: "FILE",
      description: "File of the executed notebook; may be the notebook itself. With --to " +
        "html: the page (FILE.html beside the notebook without it).",
    },
    to: {
      type: "string",
      choices: ["html"],
      description: "Write the notebook with the outputs that it has as one page that needs no " +
        "network; it is not executed.",
    },
    trust: {
      type: "boolean",
      description:
        "With --to html, keep the HTML of outputs as it is, with its scripts: only for a " +
        "notebook whose outputs you made.",
    },
    timeoutMs: {
      type: "integer",
      min: 1,
      max: MAX_TIMER_MS,
      description: "Time allowed for each cell, in milliseconds; no limit without it.",
    },
    graceMs: {
      type: "integer",
      min: 0,
      max: MAX_TIMER_MS,
      default: 5000,
      description: "Grace period of an interrupted cell, in milliseconds.",
    },
    clean: {
      type: "boolean",
      description:
        "Write it without parts that are no results: times, progress lines, outputs of cells " +
        'tagged "volatile", terminal colours, folders of this machine.',
    },
    json: { type: "boolean", description: "End with one line of JSON on standard output." },
  },
  notes:
    `Stops at the first cell that fails and shows it; the outputs so far are written all the same.
Cells tagged "skip-execution" are left out; cells tagged "raises-exception" may fail.
Ctrl-C interrupts the running cell; twice ends the kernel at once.

Exit code: 0 when every cell ran, 1 when one failed, 2 for wrong arguments, 130 when interrupted.`,
});

/**
 * The command `deno task potstill notebook`.
 *
 * @returns the exit code
 *
 * @example
 * ```ts
 * import { runNotebookCommand } from "@potstill/cli/notebook.ts";
 * if (await runNotebookCommand(["--help"]) !== 0) throw new Error("no help");
 * ```
 */
export function runNotebookCommand(args: string[]): Promise<number> {
  return runCommand(COMMAND, args, async ({ values, given, positionals }) => {
    const file = positionals[0];
    if (values.to === "html") {
      const idle = ["set", "timeoutMs", "graceMs", "clean"] as const;
      const one = idle.find((name) => given.has(name));
      if (one !== undefined) {
        throw new UsageError(
          `${flagName(one)} is for executing a notebook, and --to html does not`,
        );
      }
      return await writePage(file, values);
    }
    if (values.trust) throw new UsageError("--trust is for --to html");
    const parameters = readParameters(values.set);
    const notebook = setParameters(await readNotebook(file), parameters, file);
    if (values.out) await checkWritable(values.out);
    const progress = openProgress("auto");
    const stage = progress.stage(basename(file), countCells(notebook));
    const interrupt = listenForInterrupts(progress);
    let run: NotebookRun;
    try {
      run = await runNotebook(notebook, {
        cwd: dirname(resolve(file)),
        timeoutMs: values.timeoutMs,
        graceMs: values.graceMs,
        signal: interrupt.signal,
        killSignal: interrupt.killSignal,
        onCell: (event) => reportCell(progress, stage, event),
      });
    } finally {
      interrupt.stop();
    }
    if (values.out) {
      const executed = values.clean
        ? cleanNotebook(run.notebook, { folders: machineFolders(file) })
        : run.notebook;
      await writeFileAtomic(values.out, formatNotebook(executed));
    }
    stage.done(values.out ? `${run.status}, written to ${values.out}` : run.status);
    if (run.failure) console.error(failureText(file, run));
    if (values.json) {
      const { status, cellsRun, durationMs, failure } = run;
      const summary = { file, out: values.out ?? null, status, cellsRun, durationMs, failure };
      console.log(JSON.stringify(summary));
    }
    return run.status === "ok" ? 0 : run.status === "interrupted" ? 130 : 1;
  });
}

async function writePage(
  file: string,
  { out, trust, json }: {
    readonly out?: string;
    readonly trust: boolean;
    readonly json: boolean;
  },
): Promise<number> {
  const notebook = await readNotebook(file);
  const path = out ?? `${file.replace(/\.ipynb$/, "")}.html`;
  if (resolve(path) === resolve(file)) {
    throw new UsageError(`--out names the notebook itself: ${path}`);
  }
  await checkWritable(path);
  const { notebookHtml } = await import("./notebook/notebook_html.ts");
  const page = notebookHtml(notebook, {
    fileName: basename(file),
    folder: dirname(resolve(file)),
    isTrusted: trust,
  });
  await writeFileAtomic(path, page);
  console.error(`Written to ${path}`);
  const { length: cells } = notebook.cells;
  if (json) console.log(JSON.stringify({ file, out: path, cells, characters: page.length }));
  return 0;
}

function readParameters(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(pairs.map((pair) => {
    const at = pair.indexOf("=");
    if (at < 1) throw new UsageError(`Option --set needs a value (NAME=VALUE): "${pair}"`);
    return [pair.slice(0, at).trim(), pair.slice(at + 1)];
  }));
}

async function readNotebook(file: string): Promise<Notebook> {
  return parseNotebook(await readInputText(file), file);
}

/** Better now than after an hour of cells. */
async function checkWritable(out: string): Promise<void> {
  try {
    await Deno.mkdir(dirname(resolve(out)), { recursive: true });
    const probe = await Deno.makeTempFile({ dir: dirname(resolve(out)), prefix: ".potstill-" });
    await Deno.remove(probe);
  } catch (error) {
    throw new Error(`Cannot write ${out}: ${(error as Error).message}`);
  }
}

function countCells(notebook: Notebook): number {
  return notebook.cells.filter(isRun).length;
}

function reportCell(progress: Progress, stage: ProgressStage, event: CellEvent): void {
  const line = event.cell.source.split("\n").find((text) => text.trim() !== "") ?? "";
  const title = `cell ${event.index + 1}: ${line.slice(0, 60)}`;
  if (event.durationMs === null) return stage.update(event.number - 1, title);
  const share = `[${event.number}/${event.total}]`.padEnd(9);
  progress.log(`${share}${formatDuration(event.durationMs).padStart(8)}  ${title}`);
  stage.update(event.number, title);
}

function failureText(file: string, run: NotebookRun): string {
  const { index, error } = run.failure!;
  const source = run.notebook.cells[index].source.split("\n");
  const numbered = source.map((line, i) => `${String(i + 1).padStart(4)} | ${line}`);
  const traceback = error.traceback.length > 0
    ? error.traceback.join("\n")
    : `${error.ename}: ${error.evalue}`;
  return [`Error: Cell ${index + 1} of ${file} failed`, "", ...numbered, "", traceback, ""]
    .join("\n");
}

interface InterruptSignals {
  readonly signal: AbortSignal;
  readonly killSignal: AbortSignal;
  stop(): void;
}

/** The first interrupt asks the running cell to end; the second ends the kernel at once. */
function listenForInterrupts(progress: Progress): InterruptSignals {
  const [first, second] = [new AbortController(), new AbortController()];
  const onSignal = () => {
    if (first.signal.aborted) return second.abort();
    progress.log("Interrupting the running cell; once more ends the kernel at once");
    first.abort();
  };
  const signals: Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT"] : ["SIGINT", "SIGTERM"];
  signals.forEach((name) => Deno.addSignalListener(name, onSignal));
  const stop = () => signals.forEach((name) => Deno.removeSignalListener(name, onSignal));
  return { signal: first.signal, killSignal: second.signal, stop };
}

function machineFolders(file: string): Record<string, string> {
  const folders: Record<string, string> = {};
  const add = (folder: string | undefined, name: string) => {
    const path = folder?.replace(/\/+$/, "");
    if (path) folders[path] ??= name;
  };
  add(Deno.cwd(), ".");
  if (basename(dirname(resolve(file)))) add(dirname(resolve(file)), ".");
  add(Deno.env.get("HOME"), "~");
  add(Deno.env.get("TMPDIR") ?? "/tmp", "<tmp>");
  return folders;
}
