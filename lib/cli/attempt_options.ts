import type { OptionTable } from "../records/option_table.ts";

/** The options of every command in which a model attempts tasks. */
export const ATTEMPT_OPTIONS = {
  topP: {
    type: "number",
    min: 0,
    max: 1,
    description: "Nucleus sampling (default: 1, and 0.8 when sampling)",
  },
  maxSteps: { type: "integer", min: 1, default: 5, description: "Most turns of an agent" },
  maxNewTokens: {
    type: "integer",
    min: 1,
    description:
      "Most new tokens of a turn or CoT answer (default: 1024, less where a student's context is small)",
  },
  topK: { type: "integer", min: 1, default: 3, description: "Passages of a search" },
} as const satisfies OptionTable;
