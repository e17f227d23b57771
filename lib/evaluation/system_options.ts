import type { GenerateRequest } from "../generation/generate.ts";
import { isStudentFolder, teacherName } from "../workbench/open_teacher.ts";

/** The ways in which a model is asked. */
export const SYSTEM_KINDS = ["cot", "cot-sc", "cot-rag", "agent", "agent-sag"] as const;

/**
 * How a model is asked: chain of thought (`cot`), the majority of several (`cot-sc`), with passages
 * (`cot-rag`), as an agent (`agent`), or with self-consistent action generation (`agent-sag`).
 */
export type SystemKind = (typeof SYSTEM_KINDS)[number];

/** What {@link evaluateSystem} asks, and of whom. */
export interface SystemRequest extends
  Omit<
    GenerateRequest,
    "paradigm" | "samples" | "candidates" | "shard" | "command" | "split" | "retriever"
  > {
  /** How the model is asked. */
  readonly system: SystemKind;
  /** Samples that vote: answers of `cot-sc`, actions a turn of `agent-sag`. @default 8 */
  readonly voters?: number;
  /** Independent attempts at each task, for pass@k and for means over seeds. @default 1 */
  readonly attempts?: number;
  /** Split of a lab benchmark. @default "test" */
  readonly split?: "train" | "test";
  /** What is searched. @default `lab` for the lab's benchmarks, `none` for others */
  readonly retriever?: string;
}

/** Samples that vote unless a number is given. @source arXiv 2505.17612, section 3.3 */
const PAPER_VOTERS = 8;

/**
 * The generation run that a system's attempts are.
 *
 * @throws {RangeError} when voters are given to a system that does not vote
 */
export function generationRequest(request: SystemRequest): GenerateRequest {
  const { system, voters, attempts, ...rest } = request;
  const votes = system === "cot-sc" || system === "agent-sag";
  if (voters !== undefined && !votes) {
    throw new RangeError(
      `Cannot let ${voters} samples vote in the system ${system}: take cot-sc or agent-sag`,
    );
  }
  const isAgent = system.startsWith("agent");
  const isLab = request.benchmark.startsWith("lab-");
  return {
    ...rest,
    command: "evaluate",
    paradigm: isAgent ? "agent" : system === "cot-rag" ? "cot-rag" : "cot",
    candidates: votes ? voters ?? PAPER_VOTERS : 1,
    samples: attempts ?? 1,
    split: request.split ?? "test",
    retriever: request.retriever ?? (isLab ? "lab" : "none"),
    systemPrompt: request.systemPrompt ?? (isStudentFolder(request.teacher) ? "short" : "long"),
  };
}

/** A system's name in tables where none is given, such as `agent student, sag 8`. */
export function systemName(request: SystemRequest): string {
  const model = request.model ?? teacherName(request.teacher) ?? "model";
  const voters = request.voters ?? PAPER_VOTERS;
  const kind = {
    "cot": "CoT",
    "cot-sc": `CoT, majority of ${voters}`,
    "cot-rag": "CoT + RAG",
    "agent": "agent",
    "agent-sag": `agent, sag ${voters}`,
  }[request.system];
  return `${model} ${kind}${request.firstThoughtPrefix ? ", ftp" : ""}`;
}
