import { openWorkbench, type WorkbenchOptions } from "./open_workbench.ts";
import type { Workbench } from "./workbench.ts";

/**
 * Opens the lab as a {@link Workbench}: its search index (built the first time, then cached), a Python
 * interpreter and the prompts.
 *
 * @example
 * ```ts
 * import { openLab } from "@potstill";
 * const lab = await openLab();
 * const hits = await lab.retriever.search("currency of Georgia", 1);
 * if (!hits[0].passage.text.includes("lari")) throw new Error("not found");
 * await lab.close();
 * ```
 */
export function openLab(options: Omit<WorkbenchOptions, "search"> = {}): Promise<Workbench> {
  return openWorkbench({ ...options, search: "lab" });
}
