import type { GenerateRequest } from "../generation/generate_request.ts";
import { GENERATION_OPTIONS, resolveGenerationOptions } from "../generation/generation_options.ts";
import type { OptionInput, OptionTable } from "../records/option_table.ts";
import { checkOptions, pickOptions, presentNames } from "../records/resolve_options.ts";
import type { Paradigm } from "../records/trajectory.ts";
import { isStudentFolder, teacherName } from "../workbench/open_teacher.ts";

/** The ways in which a model is asked. */
export const SYSTEM_KINDS = ["cot", "cot-sc", "cot-rag", "agent", "agent-sag"] as const;

/**
 * Way of asking a model: chain of thought (`cot`), the majority of several (`cot-sc`), with
 * passages (`cot-rag`), as an agent (`agent`), or with self-consistent action generation
 * (`agent-sag`).
 */
export type SystemKind = (typeof SYSTEM_KINDS)[number];

const PARADIGMS: Readonly<Record<SystemKind, Paradigm>> = {
  "cot": "cot",
  "cot-sc": "cot",
  "cot-rag": "cot-rag",
  "agent": "agent",
  "agent-sag": "agent",
};

/** Candidates and samples unless a number is given. @source arXiv 2505.17612, section 3.3 */
const PAPER_N = 8;

const { paradigm: _, ...generationOptions } = GENERATION_OPTIONS;

/** Settings that decide what an evaluation gives. */
export const SYSTEM_OPTIONS = {
  ...generationOptions,
  split: { ...GENERATION_OPTIONS.split, default: "test" },
  system: {
    type: "string",
    choices: SYSTEM_KINDS,
    defaultNote: "agent; agent-sag with candidates, cot-sc with samples",
    description: "Way of asking the model",
  },
  candidates: {
    ...GENERATION_OPTIONS.candidates,
    default: undefined,
    defaultNote: `${PAPER_N} for agent-sag`,
    description: "Candidates of each turn of agent-sag (self-consistent action generation)",
  },
  samples: {
    ...GENERATION_OPTIONS.samples,
    default: undefined,
    defaultNote: `${PAPER_N} for cot-sc`,
    description: "Answers of a CoT majority vote, cot-sc (self-consistency)",
  },
  attempts: {
    ...GENERATION_OPTIONS.attempts,
    description: "Independent attempts at each task, for pass@k and means over seeds",
  },
  systemPrompt: {
    ...GENERATION_OPTIONS.systemPrompt,
    default: undefined,
    defaultNote: "short for a student's folder, long for others",
  },
} as const satisfies OptionTable;

/** Names and classes of a system in tables, none of which changes its answers. */
export const ROW_OPTIONS = {
  name: {
    type: "string",
    defaultNote: "made from the model's name and the system",
    description: "The system's name in tables",
  },
  tier: {
    type: "string",
    placeholder: "SIZE",
    defaultNote: "read from the model's name, or counted in a student's folder",
    description: "The model's size in tables, such as 1.5B",
  },
  taughtBy: {
    type: "string",
    default: null,
    placeholder: "NAME",
    defaultNote: "what the student's folder says",
    description: "The model that wrote a student's training data",
  },
  trainedWithPrefix: {
    type: "boolean",
    defaultNote: "what the student's folder says",
    description: "The student was trained on trajectories with first-thought prefix",
  },
  inDomain: {
    type: "boolean",
    defaultNote: "what the student's folder says, else as in the paper or the lab",
    description: "Students were trained on this benchmark",
  },
} as const satisfies OptionTable;

/** Options of {@link evaluateSystem}: the system and its tasks. */
export interface SystemRequest
  extends
    Omit<GenerateRequest, "paradigm" | "shard" | "command" | keyof typeof SYSTEM_OPTIONS>,
    Omit<OptionInput<typeof SYSTEM_OPTIONS>, "benchmark"> {
  /** A lab benchmark's name, or the path of a benchmark file. */
  readonly benchmark: string;
}

/** Way of asking a model, with the number of votes. */
interface Voting {
  readonly system: SystemKind;
  readonly candidates: number;
  readonly samples: number;
}

/**
 * The generation run that a system's attempts are.
 *
 * @throws {RangeError} when a system that does not vote is given candidates or samples
 */
export function generationRequest(given: SystemRequest): GenerateRequest {
  const named = presentNames(SYSTEM_OPTIONS, presentVotes(given), "evaluate");
  checkOptions(SYSTEM_OPTIONS, named, "evaluate");
  const { system: _, ...request } = named as unknown as SystemRequest;
  const { system, candidates, samples } = votingOf(named as unknown as SystemRequest);
  return {
    ...request,
    command: "evaluate",
    paradigm: PARADIGMS[system],
    candidates,
    samples,
    attempts: request.attempts ?? 1,
    split: request.split ?? SYSTEM_OPTIONS.split.default,
    systemPrompt: request.systemPrompt ?? (isStudentFolder(request.teacher) ? "short" : "long"),
  };
}

/**
 * Checks the settings of a request, so that a mistake is told before anything is run.
 *
 * @throws {RangeError} naming the option and its value
 */
export function checkSystemRequest(request: SystemRequest): void {
  const asked = generationRequest(request);
  resolveGenerationOptions({
    ...pickOptions(GENERATION_OPTIONS, asked),
    benchmark: asked.benchmark,
    model: asked.model ?? "model",
  });
}

/** A system's name in tables where none is given, such as `agent student, sag 8`. */
export function defaultSystemName(request: SystemRequest): string {
  const model = request.model ?? teacherName(request.teacher) ?? "model";
  const { system, candidates, samples } = votingOf(presentVotes(request));
  const kind = {
    "cot": "CoT",
    "cot-sc": `CoT, majority of ${samples}`,
    "cot-rag": "CoT + RAG",
    "agent": "agent",
    "agent-sag": `agent, sag ${candidates}`,
  }[system];
  return `${model} ${kind}${request.firstThoughtPrefix ? ", ftp" : ""}`;
}

/** The request without names of the last version, in which `voters` were either, and samples both. */
function presentVotes(request: SystemRequest & { readonly voters?: number }): SystemRequest {
  const { voters, ...rest } = request;
  const isOld = rest.system === "agent-sag" && rest.candidates === undefined;
  const number = voters ?? (isOld ? rest.samples : undefined);
  if (number === undefined) return rest;
  return rest.system === "cot-sc"
    ? { ...rest, samples: number }
    : { ...rest, samples: undefined, candidates: number };
}

function votingOf(request: SystemRequest): Voting {
  const { system = impliedSystem(request), candidates, samples } = request;
  const refuse = (name: string, value: number | undefined, owner: SystemKind) => {
    if (value === undefined || system === owner) return;
    throw new RangeError(
      `Cannot evaluate: ${name} go with the system ${owner}, not with ${system}; ${name} is ${value}`,
    );
  };
  refuse("candidates", candidates, "agent-sag");
  refuse("samples", samples, "cot-sc");
  return {
    system,
    candidates: candidates ?? (system === "agent-sag" ? PAPER_N : 1),
    samples: samples ?? (system === "cot-sc" ? PAPER_N : 1),
  };
}

function impliedSystem({ candidates, samples }: SystemRequest): SystemKind {
  if (candidates !== undefined) return "agent-sag";
  return samples === undefined ? "agent" : "cot-sc";
}
