import type { StudentPreset } from "../../student/student_presets.ts";
import type { DistillOptions } from "./distill_options.ts";

/** Recipe of a base model of one size, as changes to the default profile. */
export interface BaseRecipe
  extends Pick<DistillOptions, "baseTexts" | "baseLearningRate" | "trainTasks"> {
  /** The stored base model that it grows from. @default fresh weights */
  readonly from?: StudentPreset;
}

/**
 * Recipes of `deno task potstill base` for each size; `trainTasks` gives the tokenizer's agent text.
 * That of 1M is stored with the project; it went on for more texts, as its `recipe.json` says. The
 * larger ones grow out of the next smaller one: they go on from what it knows, in a fraction of the
 * time that fresh weights take.
 */
export const baseRecipes: Readonly<Record<StudentPreset, BaseRecipe>> = {
  "0.3M": { baseTexts: 120_000, baseLearningRate: 3e-3, trainTasks: 150 },
  "1M": { baseTexts: 240_000, baseLearningRate: 3e-3, trainTasks: 150 },
  "4M": { baseTexts: 48_000, baseLearningRate: 1.5e-3, trainTasks: 150, from: "1M" },
  "10M": { baseTexts: 12_000, baseLearningRate: 1e-3, trainTasks: 150, from: "4M" },
};
