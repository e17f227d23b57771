import type { JupyterMessage } from "./jupyter_message.ts";
import type { CellOutput, DisplayOutput, StreamOutput } from "./notebook.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * Gathers the outputs of a notebook's cells from a kernel's messages. One collector serves a whole
 * run, since a cell may update what an earlier one displayed.
 *
 * @example
 * ```ts
 * import { jupyterRequest } from "@potstill/cli/notebook/jupyter_message.ts";
 * import { OutputCollector } from "@potstill/cli/notebook/output_collector.ts";
 * const collector = new OutputCollector();
 * const cell = collector.startCell();
 * collector.add(jupyterRequest("stream", "s", { name: "stdout", text: "a" }));
 * collector.add(jupyterRequest("stream", "s", { name: "stdout", text: "b" }));
 * if (cell.outputs.length !== 1) throw new Error("texts of one stream are joined");
 * ```
 */
export class OutputCollector {
  readonly #displays = new Map<string, Mutable<DisplayOutput>[]>();
  #cell: CollectedCell = { outputs: [], executionCount: null };
  #clearBeforeNext = false;

  /** Directs the messages that follow to a new cell. */
  startCell(): CollectedCell {
    this.#cell = { outputs: [], executionCount: null };
    this.#clearBeforeNext = false;
    return this.#cell;
  }

  /** Takes one message of the kernel's output channel; those that hold no output are ignored. */
  add({ header, content }: JupyterMessage): void {
    switch (header.msg_type) {
      case "execute_input":
        this.#cell.executionCount = content.execution_count as number;
        return;
      case "clear_output":
        if (content.wait) this.#clearBeforeNext = true;
        else this.#cell.outputs.length = 0;
        return;
      case "stream":
        return this.#addStream(content.name as StreamOutput["name"], content.text as string);
      case "display_data":
      case "execute_result":
        return this.#addDisplay(header.msg_type, content);
      case "update_display_data":
        for (const output of this.#displays.get(displayId(content) ?? "") ?? []) {
          output.data = content.data as DisplayOutput["data"];
          output.metadata = content.metadata as DisplayOutput["metadata"] ?? {};
        }
        return;
      case "error":
        this.#push({
          output_type: "error",
          ename: String(content.ename),
          evalue: String(content.evalue),
          traceback: content.traceback as string[] ?? [],
        });
    }
  }

  #addStream(name: StreamOutput["name"], text: string): void {
    const last = this.#cell.outputs.at(-1);
    if (last?.output_type === "stream" && last.name === name && !this.#clearBeforeNext) {
      (last as Mutable<StreamOutput>).text += text;
    } else {
      this.#push({ output_type: "stream", name, text });
    }
  }

  #addDisplay(type: DisplayOutput["output_type"], content: JupyterMessage["content"]): void {
    const output: DisplayOutput = {
      output_type: type,
      data: content.data as DisplayOutput["data"],
      metadata: content.metadata as DisplayOutput["metadata"] ?? {},
      ...(type === "execute_result" ? { execution_count: content.execution_count as number } : {}),
    };
    this.#push(output);
    const id = displayId(content);
    if (id === undefined) return;
    const list = this.#displays.get(id);
    if (list) list.push(output);
    else this.#displays.set(id, [output]);
  }

  #push(output: CellOutput): void {
    if (this.#clearBeforeNext) this.#cell.outputs.length = 0;
    this.#clearBeforeNext = false;
    this.#cell.outputs.push(output);
  }
}

/** Outputs of a cell so far. */
export interface CollectedCell {
  /** In the order of arrival; displays change in place when they are updated. */
  readonly outputs: CellOutput[];
  /** The number in `[ ]`, or null while the cell has not run. */
  executionCount: number | null;
}

function displayId(content: JupyterMessage["content"]): string | undefined {
  const id = (content.transient as { display_id?: unknown } | undefined)?.display_id;
  return typeof id === "string" ? id : undefined;
}
