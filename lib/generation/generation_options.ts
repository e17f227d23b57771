import { AGENT_OPTIONS, type AgentOptions, resolveAgentOptions } from "../agent/agent_options.ts";
import { resolveSampling } from "../agent/sampling.ts";
import type { JsonValue } from "../records/json.ts";
import type { OptionInput, OptionTable, ResolvedOptions } from "../records/option_table.ts";
import {
  optionDefaults,
  pickOptions,
  presentNames,
  resolveOptions,
} from "../records/resolve_options.ts";
import { isLabBenchmark } from "../workbench/load_tasks.ts";
import { SEARCH_OPTION } from "../workbench/open_search.ts";

/**
 * Settings that decide what a generation run gives; a resumed run must have the same. Where and how fast
 * it runs is in `run_options.ts`.
 */
export const GENERATION_OPTIONS = {
  benchmark: {
    type: "string",
    placeholder: "FILE",
    description: "A benchmark file, or the name of a lab benchmark such as lab-hotpotqa",
  },
  benchmarkName: {
    type: "string",
    placeholder: "NAME",
    defaultNote: "recognised by the fields of its examples",
    description: "Name of the benchmark in the file",
  },
  split: {
    type: "string",
    choices: ["train", "test"],
    default: "train",
    description: "Split of a lab benchmark, and of a file's examples that do not say theirs",
  },
  limit: {
    type: "integer",
    min: 1,
    default: null,
    defaultNote: "all of a file, 100 of the lab",
    description: "First tasks only",
  },
  model: {
    type: "string",
    placeholder: "NAME",
    defaultNote: "lab-expert, annotations, or the student's folder",
    description: "The model's name, as the endpoint calls it",
  },
  paradigm: {
    type: "string",
    choices: ["agent", "cot", "cot-rag"],
    default: "agent",
    description: "Paradigm of the answers",
  },
  attempts: {
    type: "integer",
    min: 1,
    default: 1,
    description: "Independent attempts at each task",
  },
  ...AGENT_OPTIONS,
  maxNewTokens: {
    ...AGENT_OPTIONS.maxNewTokens,
    defaultNote: "1024, less where a student's context is small",
  },
  candidates: { ...AGENT_OPTIONS.candidates, was: [] },
  samples: {
    type: "integer",
    min: 1,
    default: 1,
    description: "Answers of a CoT majority vote (self-consistency)",
  },
  temperature: {
    ...AGENT_OPTIONS.temperature,
    defaultNote: "0; 0.4 with several candidates or samples, 0.7 with several attempts",
  },
  firstThoughtPrefix: {
    type: "boolean",
    description: "Begin the agent with the first paragraph of the model's CoT answer",
  },
  cotMaxNewTokens: {
    type: "integer",
    min: 1,
    default: 1024,
    defaultNote: "1024, less where a student's context is small",
    description: "Most new tokens of a CoT answer",
  },
  topK: {
    type: "integer",
    min: 1,
    default: 3,
    description: "Passages of a search, and before a question of CoT + RAG",
  },
  search: {
    ...SEARCH_OPTION,
    defaultNote: "lab for the lab's benchmarks, none for others",
    was: ["retriever", "index"],
  },
  systemPrompt: {
    type: "string",
    choices: ["long", "short"],
    default: "long",
    description: "System prompt of agents; short is for students, which were trained with it",
  },
  seed: { type: "integer", default: 0, description: "Seed of all random draws" },
} as const satisfies OptionTable;

/**
 * Settings that decide what a generation run gives. Flat and JSON-serialisable. Meanings and defaults:
 * `docs/options.md`, `generate`.
 */
export type GenerationOptions =
  & ResolvedOptions<Omit<typeof GENERATION_OPTIONS, "benchmarkName">>
  & Pick<OptionInput<typeof GENERATION_OPTIONS>, "benchmarkName">;

/** Required options, and those that differ from the defaults. */
export type GivenGenerationOptions =
  & OptionInput<typeof GENERATION_OPTIONS>
  & Pick<GenerationOptions, "benchmark" | "model">;

/** The paper's settings for teacher trajectories: one greedy attempt, at most 5 turns of 1,024 tokens. */
const defaultGenerationOptions: OptionInput<typeof GENERATION_OPTIONS> = optionDefaults(
  GENERATION_OPTIONS,
);

/**
 * Fills in the defaults. Several attempts at one task are sampled with temperature 0.7, several
 * candidates or samples with 0.4 as in the paper, unless a temperature is given.
 *
 * @throws {RangeError} naming the option and its value
 */
export function resolveGenerationOptions(given: GivenGenerationOptions): GenerationOptions {
  const named: GivenGenerationOptions = namedAttempts(presentNames(GENERATION_OPTIONS, given));
  const { attempts = 1, candidates = 1, samples = 1 } = named;
  const votes = candidates > 1 || samples > 1;
  const sampling = resolveSampling(named, attempts > 1 || votes, votes ? 0.4 : 0.7);
  const search = isLabBenchmark(given.benchmark) ? "lab" : "none";
  const filled = { search, ...named, ...sampling } as const;
  const options = resolveOptions(GENERATION_OPTIONS, filled, "generate") as GenerationOptions;
  const { paradigm } = options;
  if (options.firstThoughtPrefix && paradigm !== "agent") {
    throw new RangeError(
      `Cannot generate: a first-thought prefix is for agents, not for ${paradigm}`,
    );
  }
  if (samples > 1 && paradigm === "agent") {
    throw new RangeError(
      `Cannot generate: samples are answers of a CoT majority vote, an agent has candidates; samples ` +
        `is ${samples}`,
    );
  }
  if (candidates > 1 && paradigm !== "agent") {
    throw new RangeError(
      `Cannot generate: candidates are an agent's, ${paradigm} has samples (answers that vote); ` +
        `candidates is ${candidates}`,
    );
  }
  resolveAgentOptions(agentOptions(options));
  return options;
}

/** The options of the agent. */
export function agentOptions(options: GenerationOptions): AgentOptions {
  return pickOptions(AGENT_OPTIONS, options);
}

/**
 * In the last version, samples were attempts. An agent's can only be meant so; for CoT they would now be
 * those of a vote, so that a number alone is refused.
 */
function namedAttempts(given: Record<string, unknown>): GivenGenerationOptions {
  const { samples, ...rest } = given;
  if (samples !== undefined && given.attempts === undefined) {
    if ((given.paradigm ?? "agent") === "agent") {
      return { ...rest, attempts: samples } as GivenGenerationOptions;
    }
    throw new RangeError(
      `Cannot generate: samples are now the answers of a majority vote; pass attempts ${samples} for ` +
        `so many attempts at each task, or attempts as well for a vote`,
    );
  }
  return given as unknown as GivenGenerationOptions;
}

/** The settings in a run's manifest under their present names, with what the last version left out. */
export function presentSettings(resolved: Readonly<Record<string, JsonValue>>): typeof resolved {
  const settings = presentNames(GENERATION_OPTIONS, resolved) as Record<string, JsonValue>;
  const { voteOn, candidateState, constrainTurns } = defaultGenerationOptions;
  const lacking = { voteOn, candidateState, constrainTurns } as Record<string, JsonValue>;
  if (Object.hasOwn(resolved, "attempts") || !Object.hasOwn(resolved, "samples")) {
    return { ...lacking, ...settings };
  }
  const { samples: attempts, candidates = 1 } = settings;
  const votes = settings.paradigm === "agent"
    ? { candidates, samples: 1 }
    : { candidates: 1, samples: candidates };
  return { ...lacking, ...settings, attempts, ...votes };
}
