import type { Interpreter, Tool } from "../interpreter/interpreter.ts";
import {
  createInterpreter,
  type InterpreterOptions,
} from "../interpreter/pyodide/create_interpreter.ts";
import { describeImports, PAPER_IMPORTS } from "../interpreter/pyodide/import_list.ts";
import type { LabIndexOptions } from "../lab/lab_index.ts";
import { loadPrompts, type PromptSet } from "../agent/prompts/prompt_set.ts";
import type { Retriever } from "../retrieval/retriever.ts";
import { webSearchTool } from "../retrieval/web_search_tool.ts";
import { openSearch } from "./open_search.ts";
import { Workbench } from "./workbench.ts";

/** Options of {@link openWorkbench}. */
export interface WorkbenchOptions
  extends LabIndexOptions, Pick<InterpreterOptions, "processes" | "packages"> {
  /**
   * Modules that code may import, as listed in the system prompt.
   * @default the paper's list in the lab, else {"standard"}
   */
  readonly imports?: InterpreterOptions["imports"];
  /**
   * Target of `web_search`: `lab`, `none` (there is no such tool then), the folder or address of
   * an index, the URL of a `/retrieve` server, or a retriever.
   * @default "lab"
   */
  readonly search?: string | Retriever;
  /** Passages that `web_search` gives. @default 3 */
  readonly topK?: number;
  /** Python functions of the user's own, beside `web_search`. @default none */
  readonly tools?: readonly Tool[];
  /** The prompts, or the folder that they are in. @default the kit's `prompts/` */
  readonly prompts?: PromptSet | string;
  /** True if code can be run; without it there are only answers by chain of thought. @default true */
  readonly python?: boolean;
}

/** Stands where nothing runs code, so that no Python has to be started. */
const noInterpreter: Interpreter = {
  open: () => Promise.reject(new TypeError("Cannot run code: the workbench has python false")),
  close: () => Promise.resolve(),
};

/**
 * Opens a workbench for tasks of any kind: search, a Python interpreter, tools and prompts. The lab is
 * the workbench whose search is `lab`.
 *
 * @throws {Error} when there is no such index, prompt or Python package
 *
 * @example
 * ```ts
 * import { createLabExpert, loadLabBenchmark, openWorkbench } from "@potstill";
 * const bench = await openWorkbench({ search: "none", processes: 1 });
 * const [task] = loadLabBenchmark("lab-math", { split: "test", count: 1, seed: 0 });
 * const { correct } = await bench.solve(createLabExpert({ seed: 0 }), task);
 * if (!correct) throw new Error("the expert solves mathematics without a search");
 * await bench.close();
 * ```
 */
export async function openWorkbench(options: WorkbenchOptions = {}): Promise<Workbench> {
  const { prompts, topK = 3, python = true, processes, packages, search: searched = "lab" } =
    options;
  const { imports = searched === "lab" ? PAPER_IMPORTS : "standard" } = options;
  const loaded = typeof prompts === "object" ? prompts : await loadPrompts(prompts);
  const listed = describeImports(imports, packages ?? []);
  // Side by side: both read files and start what takes a second or two.
  const [search, interpreter] = await Promise.allSettled([
    openSearch(searched, options),
    python ? createInterpreter({ processes, packages, imports }) : noInterpreter,
  ]);
  if (search.status === "rejected" || interpreter.status === "rejected") {
    if (search.status === "fulfilled") await search.value.close();
    if (interpreter.status === "fulfilled") await interpreter.value.close();
    throw (search.status === "rejected" ? search : interpreter as PromiseRejectedResult).reason;
  }
  const { retriever } = search.value;
  return new Workbench({
    search: search.value,
    prompts: loaded,
    imports: listed,
    interpreter: interpreter.value,
    tools: [
      ...retriever === null ? [] : [webSearchTool(retriever, topK)],
      ...options.tools ?? [],
    ],
  });
}
