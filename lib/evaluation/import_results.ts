import { benchmarkByFields } from "../tasks/recognize_benchmark.ts";
import { taskCluster } from "../tasks/task_cluster.ts";
import type { StepErrorKind } from "../records/step.ts";
import type { Paradigm } from "../records/trajectory.ts";
import type { Verdict } from "../records/verdict.ts";
import { type ErrorCounts, type EvaluationRow, NO_ERRORS } from "./evaluation_row.ts";
import { extractAnswer } from "../grading/extract_answer.ts";
import type { Grade } from "../grading/grade.ts";
import { gradeRecord } from "../grading/grade_record.ts";
import { knownBenchmark } from "./known_benchmark.ts";
import type { MathPolicy } from "../grading/math/policy.ts";
import { mathPolicyOf, qaPolicyOf } from "../grading/task_policy.ts";
import { policyVerdicts } from "./policy_verdicts.ts";
import { modelTier } from "./system_traits.ts";
import { systemIdOf } from "./system_id.ts";

/** Facts that a result file does not hold. */
export interface ImportResultsOptions {
  /** The system's name in tables. */
  readonly system: string;
  /** The distilled model, or null for a model as it is. @default null */
  readonly student?: string | null;
  /** The model that wrote the training data. @default null */
  readonly teacher?: string | null;
  /** The benchmark's name. @default what the record says (`dataset_name`), or what its id tells */
  readonly benchmark?: string;
  /** The benchmark where neither tells, such as what the file's name says. */
  readonly fallbackBenchmark?: string;
  /** The paradigm of the system. @default by the record: `agent` with a log, else `cot` */
  readonly paradigm?: Paradigm;
  /** True if the first-thought prefix was used. @default false */
  readonly firstThoughtPrefix?: boolean;
  /** Samples of each step or answer. @default 1 */
  readonly samples?: number;
  /** The model that answered. @default what the record says (`model_id`) */
  readonly model?: string;
  /** True if the student was trained on this benchmark. @default the paper's: HotpotQA and MATH */
  readonly inDomain?: boolean;
  /** The run that the rows belong to. @default "imported" */
  readonly runId?: string;
  /** Seed of the run. @default 0 */
  readonly seed?: number;
  /** The policy for mathematics. @default "rounded" */
  readonly mathPolicy?: MathPolicy;
}

/** A recorded answer, graded anew. */
export interface ImportedResult {
  /** The record as an evaluation row, with the new verdict. */
  readonly row: EvaluationRow;
  /** The verdict in the file, by the grader or judge of that time. */
  readonly recorded: Verdict;
  /** This grader's reason. */
  readonly why: string;
  /** The judge's explanation, where the file has one. */
  readonly recordedWhy: string | null;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Makes an evaluation row of one record of the reference's result files, CoT (`response`) or agent
 * (`log_data`), and grades it anew; the recorded score is kept beside.
 *
 * A record with an error and no answer is unscored: the reference counts it as wrong.
 *
 * @param number the record's place in its file, from 1; its id when it has none
 * @throws {Error} naming the field when it is neither form, or its benchmark is unknown
 *
 * @source the reference implementation's result files (arXiv 2505.17612)
 */
export function importResult(
  value: unknown,
  number: number,
  options: ImportResultsOptions,
): ImportedResult {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Error(`Cannot import result ${number}: not an object`);
  }
  const record = value as Fields;
  const log = asFields(record.log_data);
  const source = asFields(log.source);
  const told = String(record.dataset_name ?? source.dataset_name ?? "");
  const descriptor = options.benchmark !== undefined
    ? knownBenchmark(options.benchmark)
    : told !== ""
    ? knownBenchmark(told)
    : benchmarkByFields([record]) ?? knownBenchmark(options.fallbackBenchmark ?? "");
  if (descriptor === undefined) {
    throw new Error(
      options.benchmark === undefined
        ? `Cannot import result ${number}: no benchmark is known by dataset_name ${
          JSON.stringify(told)
        }; its fields are ${Object.keys(record).slice(0, 12).join(", ")}. Name it: ` +
          "--benchmark-name NAME"
        : `Cannot import result ${number}: there is no benchmark ${options.benchmark}`,
    );
  }
  const { kind, name: benchmark } = descriptor;
  const policy = options.mathPolicy ?? mathPolicyOf({ kind: "math", benchmark });
  const gold = text(record.answer ?? record.true_answer);
  const written = text(record.response) ?? text(record.generated_answer);
  const messages = Array.isArray(log.messages) ? log.messages.map(asFields) : [];
  const isAgent = messages.length > 0;
  const failed = written === null && (record.error !== undefined || gold === null);
  const grade: Grade = failed
    ? { verdict: "unscored", em: null, f1: null, extracted: null, why: "the run failed" }
    : gradeRecord({ id: "", gold: gold ?? "", prediction: written, aliases: [] }, {
      kind,
      mathPolicy: policy,
      qaPolicy: qaPolicyOf({ kind: "qa", benchmark }),
    });
  const taskId = text(record.id ?? source.id) ?? String(number);
  const cluster = taskCluster({ benchmark, id: taskId });
  const counts = countMessages(messages);
  const model = options.model ?? text(record.model_id);
  // Files that record no model are named after it.
  const tier = modelTier(model ?? options.system);
  return {
    row: {
      runId: options.runId ?? "imported",
      system: options.system,
      systemId: systemIdOf(options),
      paradigm: options.paradigm ?? (isAgent ? "agent" : "cot"),
      student: options.student ?? null,
      teacher: options.teacher ?? null,
      ...model === null ? {} : { model },
      ...tier === null ? {} : { tier },
      ...options.firstThoughtPrefix === true ? { firstThoughtPrefix: true } : {},
      benchmark,
      inDomain: options.inDomain ?? descriptor.inDomain,
      kind,
      taskId,
      ...cluster === undefined ? {} : { cluster },
      gold: gold ?? "",
      prediction: written === null ? null : extractAnswer(written, kind).answer,
      verdict: grade.verdict,
      ...failed ? {} : policyVerdicts({ kind, benchmark, answer: gold ?? "" }, written, policy),
      em: grade.em,
      f1: grade.f1,
      ...isAgent
        ? counts
        : { steps: 1, codeSteps: 0, toolCalls: 0, searchCalls: 0, errorKinds: NO_ERRORS },
      promptTokens: number0(record.input_tokens),
      completionTokens: number0(record.output_tokens),
      durationMs: 0,
      voteShare: null,
      samples: options.samples ?? 1,
      seed: options.seed ?? 0,
    },
    recorded: recordedVerdict(record.score),
    why: grade.why,
    recordedWhy: text(record.explanation),
  };
}

/** The released files write scores as 1, true, 0, false, or leave them out. */
function recordedVerdict(score: unknown): Verdict {
  if (score === true || score === 1 || score === "1" || score === "true") return "correct";
  if (score === false || score === 0 || score === "0" || score === "false") return "wrong";
  return "unscored";
}

function countMessages(messages: readonly Fields[]) {
  const errorKinds: { -readonly [K in keyof ErrorCounts]: ErrorCounts[K] } = { ...NO_ERRORS };
  let [steps, codeSteps, searchCalls, finalCalls] = [0, 0, 0, 0];
  for (const message of messages) {
    const content = contentOf(message.content);
    if (message.role === "assistant") {
      steps++;
      searchCalls += content.match(/\bweb_search\s*\(/g)?.length ?? 0;
      finalCalls += content.match(/\bfinal_answer\s*\(/g)?.length ?? 0;
    } else if (message.role === "tool-call") codeSteps++;
    else if (message.role === "tool-response") {
      const kind = errorKind(content);
      if (kind !== null) errorKinds[kind] = (errorKinds[kind] ?? 0) + 1;
    }
  }
  return { steps, codeSteps, toolCalls: searchCalls + finalCalls, searchCalls, errorKinds };
}

/** The kind of error that an observation of smolagents tells of, or null. */
function errorKind(observation: string): StepErrorKind | null {
  if (/AgentParsingError|Error in code parsing/.test(observation)) return "parse";
  if (/AgentMaxStepsError|Reached max steps/.test(observation)) return "max-steps";
  if (/AgentGenerationError|Error in generating model output/.test(observation)) {
    return "generation";
  }
  const told = observation.trimStart().replace(/^Call id:.*\n/, "").trimStart();
  if (!told.startsWith("Error:") && !observation.includes("Code execution failed")) return null;
  return /time(?:d )?\s?out|exceeded the maximum execution time/i.test(observation)
    ? "timeout"
    : "execution";
}

function contentOf(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content.map((part) => text(asFields(part).text) ?? "").join("\n");
}

function asFields(value: unknown): Fields {
  return typeof value === "object" && value !== null ? value as Fields : {};
}

function text(value: unknown): string | null {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return JSON.stringify(value);
  return null;
}

function number0(value: unknown): number {
  return typeof value === "number" && value >= 0 ? value : 0;
}
