import { openWorkbench } from "../../workbench/open_workbench.ts";
import type { Workbench } from "../../workbench/workbench.ts";
import type { DistillContext } from "./distill_context.ts";
import type { DistillPlan } from "./plan.ts";

/** Opens search, Python and prompts for a distillation, and says what is searched. */
export async function openBench(
  { options, progress, signal }: DistillContext,
  { search }: DistillPlan,
): Promise<Workbench> {
  const stage = search === "none" ? null : progress.stage("search index", null);
  const bench = await openWorkbench({
    search,
    topK: options.topK,
    signal,
    onProgress: (written, total) => stage?.update(written, `passages of ${total}`),
  });
  if (stage === null) progress.log("Search: none; --search INDEX gives agents web_search");
  else if (bench.passages === null) stage.done(search);
  else {
    stage.update(bench.passages, search === "lab" ? "passages" : `passages of ${search}`);
    stage.done();
  }
  return bench;
}
