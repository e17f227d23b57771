import type { OptionInput, OptionTable, ResolvedOptions } from "../records/option_table.ts";
import { presentNames, resolveOptions } from "../records/resolve_options.ts";
import { MAX_TIMER_MS } from "../runs/timer_limit.ts";
import { resolveSampling, SAMPLING_OPTIONS } from "./sampling.ts";

/** Options of an agent. */
export const AGENT_OPTIONS = {
  maxSteps: { type: "integer", min: 1, default: 5, description: "Limit of an agent's turns" },
  maxNewTokens: {
    type: "integer",
    min: 1,
    default: 1024,
    description: "Most new tokens of an agent's turn",
  },
  candidates: {
    type: "integer",
    min: 1,
    default: 1,
    was: ["samples"],
    description: "Candidates of each turn; above 1 this is self-consistent action generation",
  },
  ...SAMPLING_OPTIONS,
  voteOn: {
    type: "string",
    choices: ["logs-and-value", "logs"],
    default: "logs-and-value",
    description: "Outputs that candidates must agree on",
  },
  candidateState: {
    type: "string",
    choices: ["isolated", "leaking"],
    default: "isolated",
    description:
      "State from which each candidate is run: the same for all (isolated), or with the effects of earlier ones (leaking)",
  },
  constrainTurns: {
    type: "boolean",
    default: false,
    description:
      "Admit only tokens of an agent's turn (a thought, one block of code): of students and Potstill's servers",
  },
  stepTimeoutMs: {
    type: "integer",
    min: 1,
    max: MAX_TIMER_MS,
    default: 10_000,
    description: "Wall time allowed to the code of one turn",
  },
} as const satisfies OptionTable;

/**
 * Options of an agent. Flat and JSON-serialisable: an ablation is `{ ...options, candidates: 8 }`.
 * Meanings and defaults: `docs/options.md`, `generate`.
 */
export type AgentOptions = OptionInput<typeof AGENT_OPTIONS>;

/** {@link AgentOptions} with every default filled in. */
export type ResolvedAgentOptions = ResolvedOptions<typeof AGENT_OPTIONS>;

/**
 * Fills in the paper's settings: at most 5 steps of 1,024 tokens; with N candidates temperature 0.4
 * and top-p 0.8, greedy without.
 *
 * @source paper, section 4 (experimental setup)
 * @throws {RangeError} naming the option and its value
 */
export function resolveAgentOptions(given: AgentOptions): ResolvedAgentOptions {
  const options: AgentOptions = presentNames(AGENT_OPTIONS, given, "run an agent");
  const sampling = resolveSampling(options, (options.candidates ?? 1) > 1);
  return resolveOptions(
    AGENT_OPTIONS,
    { ...options, ...sampling },
    "run an agent",
  ) as ResolvedAgentOptions;
}
