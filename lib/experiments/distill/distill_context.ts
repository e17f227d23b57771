import type { Workbench } from "../../workbench/workbench.ts";
import type { Progress } from "../../runs/progress/progress.ts";
import type { PromptSet } from "../../agent/prompts/prompt_set.ts";
import type { RunFolder } from "../../runs/run_folder.ts";
import type { DistillOptions } from "./distill_options.ts";
import { join } from "node:path";

/** Context of every stage of a distillation. */
export interface DistillContext {
  /** The checked settings, profile included. */
  readonly options: DistillOptions;
  /** The run, in which stages store their results. */
  readonly run: RunFolder;
  /** The texts that the training data's system prompt comes from. */
  readonly prompts: PromptSet;
  /** Told of each stage as it goes. */
  readonly progress: Progress;
  /** Aborts the stage under way. */
  readonly signal: AbortSignal;
}

/** Context of the stages that run agents. */
export interface ActingContext extends DistillContext {
  /** Runs agents and CoT against the lab's search and Python. */
  readonly lab: Workbench;
}

/** Path of a student's checkpoint folder. */
export function studentFolder({ run }: Pick<DistillContext, "run">, name: string): string {
  return join(run.path, "students", name);
}
