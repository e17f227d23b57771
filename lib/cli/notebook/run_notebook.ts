import { DenoKernel, KernelDiedError } from "./deno_kernel.ts";
import { cellTags, type ErrorOutput, type Notebook, type NotebookCell } from "./notebook.ts";
import { OutputCollector } from "./output_collector.ts";
import { checkTimeout } from "../../runs/timer_limit.ts";

/** Options of running a notebook. */
export interface RunNotebookOptions {
  /** The kernel's working folder: by custom the notebook's own. */
  readonly cwd: string;
  /** Time allowed for each cell, in milliseconds; no limit when left out. */
  readonly timeoutMs?: number;
  /**
   * Grace period of an interrupted cell before its kernel is killed, in milliseconds.
   * @default 5000
   */
  readonly graceMs?: number;
  /** Interrupts the run: the running cell gets the time of `graceMs` to end. */
  readonly signal?: AbortSignal;
  /** Interrupts the run without any grace. */
  readonly killSignal?: AbortSignal;
  /** Called before and after each code cell. */
  readonly onCell?: (event: CellEvent) => void;
}

/** A code cell starts or has ended. */
export interface CellEvent {
  /** Number of the cell among the code cells that run, from 1. */
  readonly number: number;
  /** Number of code cells to run. */
  readonly total: number;
  /** Position of the cell among all cells, from 0. */
  readonly index: number;
  /** With its outputs once it has ended. */
  readonly cell: NotebookCell;
  /** Time that the cell took, in milliseconds; null when it starts. */
  readonly durationMs: number | null;
}

/** End of a notebook's run. */
export type NotebookStatus = "ok" | "error" | "timeout" | "interrupted" | "kernel-died";

/** Reason why a run stopped. */
export interface NotebookFailure {
  /** Position of the cell among all cells, from 0. */
  readonly index: number;
  /** The exception. */
  readonly error: ErrorOutput;
}

/** A notebook that was run. */
export interface NotebookRun {
  /** `ok` when every cell ran. */
  readonly status: NotebookStatus;
  /** With the outputs of every cell that ran; cells that did not run have none. */
  readonly notebook: Notebook;
  /** Null when the status is `ok`. */
  readonly failure: NotebookFailure | null;
  /** Number of code cells that ran, including the failing one. */
  readonly cellsRun: number;
  /** Time taken, the start of the kernel included, in milliseconds. */
  readonly durationMs: number;
}

/**
 * Runs a notebook from top to bottom in a Deno kernel of its own and keeps every output. Stops at
 * the first cell that fails, unless the cell is tagged `raises-exception`; cells tagged
 * `skip-execution` are left out.
 *
 * @throws {Error} when the kernel does not start; whatever goes wrong in a cell is in the result
 *
 * @example
 * ```ts
 * import { runNotebook } from "@potstill/cli/notebook/run_notebook.ts";
 * const cell = { cell_type: "code" as const, metadata: {}, source: "console.log(6 * 7);" };
 * const notebook = { cells: [cell], metadata: {}, nbformat: 4 as const, nbformat_minor: 5 };
 * const run = await runNotebook(notebook, { cwd: Deno.cwd() });
 * const output = run.notebook.cells[0].outputs?.[0];
 * if (output?.output_type !== "stream" || output.text !== "42\n") throw new Error(run.status);
 * ```
 */
export async function runNotebook(
  notebook: Notebook,
  options: RunNotebookOptions,
): Promise<NotebookRun> {
  const start = performance.now();
  const cells: NotebookCell[] = notebook.cells.map((cell) =>
    cell.cell_type === "code" ? { ...cell, outputs: [], execution_count: null } : cell
  );
  const queue = [...cells.keys()].filter((index) => isRun(cells[index]));
  const collector = new OutputCollector();
  let status: NotebookStatus = "ok";
  let failure: NotebookFailure | null = null;
  let cellsRun = 0;
  const kernel = await DenoKernel.start({ cwd: options.cwd });
  try {
    for (const index of queue) {
      const event = { number: cellsRun + 1, total: queue.length, index, cell: cells[index] };
      options.onCell?.({ ...event, durationMs: null });
      const cellStart = performance.now();
      const collected = collector.startCell();
      status = await runCell(kernel, cells[index].source, collector, options);
      cellsRun++;
      cells[index] = {
        ...cells[index],
        outputs: collected.outputs,
        execution_count: collected.executionCount,
      };
      const durationMs = performance.now() - cellStart;
      options.onCell?.({ ...event, cell: cells[index], durationMs });
      if (status === "error" && cellTags(cells[index]).includes("raises-exception")) status = "ok";
      if (status !== "ok") {
        const error = collected.outputs.findLast((output) => output.output_type === "error");
        failure = { index, error: error ?? noError() };
        break;
      }
    }
  } finally {
    await kernel.close();
  }
  const durationMs = performance.now() - start;
  return { status, notebook: { ...notebook, cells }, failure, cellsRun, durationMs };
}

async function runCell(
  kernel: DenoKernel,
  source: string,
  collector: OutputCollector,
  options: RunNotebookOptions,
): Promise<NotebookStatus> {
  let cause: "timeout" | "interrupted" | null = null;
  const timers: ReturnType<typeof setTimeout>[] = [];
  const stop = (why: "timeout" | "interrupted") => {
    if (cause !== null) return;
    cause = why;
    kernel.interrupt();
    timers.push(setTimeout(() => kernel.kill(), options.graceMs ?? 5000));
  };
  const interrupt = () => stop("interrupted");
  const kill = () => {
    interrupt();
    kernel.kill();
  };
  if (options.timeoutMs) {
    const limit = checkTimeout("run a notebook", "timeoutMs", options.timeoutMs);
    timers.push(setTimeout(() => stop("timeout"), limit));
  }
  options.signal?.addEventListener("abort", interrupt);
  options.killSignal?.addEventListener("abort", kill);
  try {
    if (options.signal?.aborted) interrupt();
    const reply = await kernel.execute(source, (message) => collector.add(message));
    if (cause === null) return reply.status;
    if (reply.status === "error") return cause;
  } catch (error) {
    if (!(error instanceof KernelDiedError)) throw error;
    if (cause === null) {
      addError(collector, "KernelDiedError", error.message);
      return "kernel-died";
    }
  } finally {
    timers.forEach(clearTimeout);
    options.signal?.removeEventListener("abort", interrupt);
    options.killSignal?.removeEventListener("abort", kill);
  }
  if (cause === "timeout") {
    addError(collector, "TimeoutError", `The cell took more than ${options.timeoutMs} ms`);
    return "timeout";
  }
  addError(collector, "InterruptedError", "The run was interrupted");
  return "interrupted";
}

/** True if a cell is code to be run: not empty and not tagged `skip-execution`. */
export function isRun(cell: NotebookCell): boolean {
  return cell.cell_type === "code" && cell.source.trim() !== "" &&
    !cellTags(cell).includes("skip-execution");
}

function addError(collector: OutputCollector, ename: string, evalue: string): void {
  collector.add({
    header: { msg_id: "", session: "", username: "", date: "", msg_type: "error", version: "" },
    parent: {},
    content: { ename, evalue, traceback: [`${ename}: ${evalue}`] },
  });
}

function noError(): ErrorOutput {
  return { output_type: "error", ename: "Error", evalue: "The cell failed", traceback: [] };
}
