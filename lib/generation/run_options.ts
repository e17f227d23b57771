import type { OptionInput, OptionTable } from "../records/option_table.ts";

/** Options of folders, speed and budget. None changes the results of a run. */
export const RUN_OPTIONS = {
  out: {
    type: "string",
    placeholder: "FOLDER",
    defaultNote: "a new one in data/runs/",
    description: "Folder of the run",
  },
  resume: { type: "boolean", description: "Continue the run in --out, if there is one" },
  store: {
    type: "string",
    placeholder: "FOLDER",
    defaultNote: "data/cache/steps/",
    description: "Folder of stored steps, shared by all runs",
  },
  concurrency: {
    type: "integer",
    min: 1,
    default: 16,
    description: "Concurrent attempts and requests; fewer while the endpoint is busy",
  },
  processes: { type: "integer", min: 1, default: 2, description: "Python processes" },
  packages: {
    type: "string",
    multiple: true,
    placeholder: "NAME",
    was: ["package"],
    description:
      "Python package for the agent's code, such as sympy; the command wheels fetches it",
  },
  budgetUsd: {
    type: "number",
    min: 0,
    description: "Stop before the run, earlier parts included, costs more",
  },
  acceptRefusals: {
    type: "boolean",
    description: "Count requests that the endpoint refuses as failed attempts, in any number",
  },
} as const satisfies OptionTable;

/** Options of folders, speed and budget. */
export type RunOptions = OptionInput<typeof RUN_OPTIONS>;
