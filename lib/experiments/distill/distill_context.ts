import { join } from "node:path";
import type { PromptSet } from "../../agent/prompts/prompt_set.ts";
import type { Progress } from "../../runs/progress/progress.ts";
import type { RunFolder } from "../../runs/run_folder.ts";
import type { Workbench } from "../../workbench/workbench.ts";
import type { DistillOptions } from "./distill_options.ts";
import type { DistillPlan } from "./plan.ts";

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
  /** Ends the stage under way; attempts end when the requests under way are answered and stored. */
  readonly signal: AbortSignal;
  /** Ends the stage under way at once. @default `signal` */
  readonly abortSignal?: AbortSignal;
}

/** Context of the stages that run agents. */
export interface ActingContext extends DistillContext {
  /** Search, Python and prompts. */
  readonly bench: Workbench;
}

/** What the stages of a whole distillation need besides. */
export interface PlannedContext extends ActingContext {
  /** Tasks, students and systems. */
  readonly plan: DistillPlan;
}

/** Path of a student's checkpoint folder. */
export function studentFolder({ run }: Pick<DistillContext, "run">, name: string): string {
  return join(run.path, "students", name);
}
