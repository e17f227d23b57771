import type { StudentPreset } from "../student/config.ts";
import type { DistillOptions } from "./distill_options.ts";

/** Settings that differ from the default profile's when a base model is made to be stored. */
export type BaseRecipe = Pick<DistillOptions, "baseTexts" | "baseLearningRate" | "trainTasks">;

/**
 * How `potstill base` makes a base model of each size; `trainTasks` gives the tokenizer's agent text.
 * That of 1M is stored with the project; it went on for more texts, as its `recipe.json` says.
 */
export const baseRecipes: Readonly<Record<StudentPreset, BaseRecipe>> = {
  "0.3M": { baseTexts: 240_000, baseLearningRate: 3e-3, trainTasks: 150 },
  "1M": { baseTexts: 240_000, baseLearningRate: 3e-3, trainTasks: 150 },
  "4M": { baseTexts: 160_000, baseLearningRate: 2e-3, trainTasks: 150 },
};
