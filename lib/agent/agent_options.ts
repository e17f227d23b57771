import { checkTimeout } from "../runs/timer_limit.ts";
import type { CandidateState } from "./run_candidates.ts";
import type { VoteKey } from "./vote.ts";

/** Options of an agent. Flat and JSON-serialisable: an ablation is `{ ...options, samples: 8 }`. */
export interface AgentOptions {
  /** Most model turns. @default 5 */
  readonly maxSteps?: number;
  /** Most new tokens a turn. @default 1024 */
  readonly maxNewTokens?: number;
  /** Candidates a turn; above 1 this is self-consistent action generation. @default 1 */
  readonly samples?: number;
  /** Sampling temperature; 0 is greedy. @default 0, and 0.4 with several samples */
  readonly temperature?: number;
  /** Share of probability that sampling draws from. @default 1, and 0.8 with several samples */
  readonly topP?: number;
  /** Outputs that candidates must agree on. @default "logs-and-value" */
  readonly voteOn?: VoteKey;
  /** From which state each candidate is run. @default "isolated" */
  readonly candidateState?: CandidateState;
  /** Wall time allowed to the code of one turn. @default 10000 */
  readonly stepTimeoutMs?: number;
}

/** {@link AgentOptions} with every default filled in. */
export type ResolvedAgentOptions = Required<AgentOptions>;

/**
 * Fills in the paper's settings: at most 5 steps of 1,024 tokens; with N candidates temperature 0.4
 * and top-p 0.8, greedy without.
 *
 * @source paper, section 4 (experimental setup)
 * @throws {RangeError} naming the option and its value
 */
export function resolveAgentOptions(options: AgentOptions): ResolvedAgentOptions {
  const samples = options.samples ?? 1;
  const resolved: ResolvedAgentOptions = {
    maxSteps: options.maxSteps ?? 5,
    maxNewTokens: options.maxNewTokens ?? 1024,
    samples,
    temperature: options.temperature ?? (samples > 1 ? 0.4 : 0),
    topP: options.topP ?? (samples > 1 ? 0.8 : 1),
    voteOn: options.voteOn ?? "logs-and-value",
    candidateState: options.candidateState ?? "isolated",
    stepTimeoutMs: options.stepTimeoutMs ?? 10_000,
  };
  for (const key of ["maxSteps", "maxNewTokens", "samples", "stepTimeoutMs"] as const) {
    if (!Number.isInteger(resolved[key]) || resolved[key] < 1) {
      throw new RangeError(`Cannot run an agent: ${key} must be 1 or more, it is ${resolved[key]}`);
    }
  }
  checkTimeout("run an agent", "stepTimeoutMs", resolved.stepTimeoutMs);
  if (!(resolved.temperature >= 0)) {
    throw new RangeError(
      `Cannot run an agent: temperature must be 0 or more, it is ${resolved.temperature}`,
    );
  }
  if (!(resolved.topP > 0 && resolved.topP <= 1)) {
    throw new RangeError(`Cannot run an agent: topP must be in (0, 1], it is ${resolved.topP}`);
  }
  return resolved;
}
