import { join } from "node:path";
import type { EvaluateRequest, EvaluationResult } from "../evaluation/evaluate_system.ts";
import type { JudgeEndpoint } from "../evaluation/open_judge.ts";
import type { BenchmarkScore } from "../evaluation/summarize.ts";
import { type Device, deviceOption } from "../onnx/device.ts";
import { ROW_OPTIONS, SYSTEM_OPTIONS } from "../evaluation/system_options.ts";
import type { Teacher } from "../workbench/open_teacher.ts";
import { ALL_MATH_POLICIES } from "../grading/math_policy.ts";
import { type PolicyScore, policyScores } from "../report/policy_table.ts";
import { percent } from "../display/table.ts";
import { RUN_OPTIONS } from "../generation/run_options.ts";
import { attemptOptions } from "./attempt_options.ts";
import { ENDPOINT_OPTIONS, readEndpoint } from "./endpoint_options.ts";
import { defineCommand, givenOptions, type ParsedOptions, UsageError } from "./options.ts";
import { runCommand } from "./run_command.ts";
import { EXIT_CODES, withSoftStop } from "./with_soft_stop.ts";

const COMMAND = defineCommand({
  name: "evaluate",
  summary: "Evaluate a system on a benchmark",
  options: {
    ...SYSTEM_OPTIONS,
    candidates: { ...SYSTEM_OPTIONS.candidates, list: true },
    samples: { ...SYSTEM_OPTIONS.samples, list: true },
    ...RUN_OPTIONS,
    out: { ...RUN_OPTIONS.out, defaultNote: undefined },
    student: {
      type: "string",
      placeholder: "STUDENT",
      description:
        "A student in place of an endpoint: a Hugging Face folder, a GGUF file, a name of the hub, or a size of " +
        "the lab",
    },
    labExpert: {
      type: "boolean",
      description:
        "The lab's scripted expert, in place of an endpoint; it answers the lab's questions only",
    },
    ...ENDPOINT_OPTIONS,
    ...ROW_OPTIONS,
    device: deviceOption("runs the student"),
    distilled: {
      type: "boolean",
      description: "The model behind the endpoint is a student; tables list it as distilled",
    },
    policy: {
      type: "string",
      choices: ALL_MATH_POLICIES,
      defaultNote: "exact in the lab, else the grader's default",
      description: "Policy of grading mathematics",
    },
    judgeBaseUrl: {
      type: "string",
      placeholder: "URL",
      description: "Endpoint of a model that grades answers to questions, in place of exact match",
    },
    judgeModel: { type: "string", placeholder: "NAME", description: "That model's name" },
    judgeCache: {
      type: "string",
      placeholder: "FILE",
      defaultNote: "judge.jsonl in the run's folder",
      description: "File of stored judgements",
    },
    json: { type: "boolean", description: "End with the result as one line of JSON" },
  },
  notes:
    `Writes manifest.json, trajectories/ and rows.jsonl (one graded row for each task and attempt, with
tokens, time, steps, tool calls and kinds of errors) into the run's folder; the command report makes
tables and figures of several such folders. Ctrl-C ends the run when the requests under way are
stored. The same command with --resume continues.

Several numbers of --candidates, or of --samples, are compared: each is evaluated on the same tasks, in
a folder of its own within --out, and the table has their accuracies, differences and verdicts.

Exit code: 0 when complete, 1 on an error, when the endpoint left attempts unanswered or refused all
of them, 2 for wrong arguments, 3 when the budget is reached, 130 when interrupted.

Examples:
  deno task potstill evaluate --benchmark lab-hotpotqa --candidates 4 --limit 20 \\
    --student data/runs/mine/students/agent --out runs/student-sag
  deno task potstill evaluate --benchmark lab-hotpotqa --candidates 1,4,8 --limit 20 \\
    --student data/runs/mine/students/agent --out runs/student-n
  deno task potstill evaluate --benchmark math_500.json --system cot --out runs/qwen-cot-math \\
    --base-url http://127.0.0.1:8000/v1 --model Qwen/Qwen2.5-1.5B-Instruct`,
});

type Parsed = ParsedOptions<typeof COMMAND.options>;

/**
 * The command `deno task potstill evaluate`.
 *
 * @returns the exit code
 *
 * @example
 * ```ts
 * import { runEvaluate } from "@potstill/cli/evaluate.ts";
 * if (await runEvaluate(["--help"]) !== 0) throw new Error("no help");
 * ```
 */
export function runEvaluate(args: string[]): Promise<number> {
  return runCommand(COMMAND, args, async (parsed) => {
    const request = await readRequest(parsed);
    const several = severalOf(parsed.values);
    const { evaluateSystem } = await import("../evaluation/evaluate_system.ts");
    return await withSoftStop(async (how) => {
      if (several !== null) return await compare(request, several, how, parsed.values.json);
      const result = await evaluateSystem({ ...request, ...how });
      console.log(resultText(result));
      if (parsed.values.json) console.log(JSON.stringify(resultJson(result)));
      if (result.status === "complete" && result.problem !== null) {
        console.error(`Error: Nothing was measured: ${result.problem}`);
        return 1;
      }
      return EXIT_CODES[result.status];
    });
  });
}

/** Several numbers of what votes, to be compared. */
interface SeveralVotes {
  readonly option: "candidates" | "samples";
  readonly values: readonly number[];
}

function severalOf({ candidates = [], samples = [] }: Parsed["values"]): SeveralVotes | null {
  if (candidates.length < 2 && samples.length < 2) return null;
  if (candidates.length > 0 && samples.length > 0) {
    throw new UsageError("Several numbers are of --candidates or of --samples, not of both");
  }
  return samples.length > 0
    ? { option: "samples", values: samples }
    : { option: "candidates", values: candidates };
}

/** Evaluates with each number, and prints one table; each evaluation is a folder within `out`. */
async function compare(
  request: Omit<EvaluateRequest, "progress">,
  { option, values }: SeveralVotes,
  running: Pick<EvaluateRequest, "progress" | "signal" | "abortSignal">,
  json: boolean,
): Promise<number> {
  const { ablateSystem, UnfinishedError } = await import("../experiments/sweep/ablate_system.ts");
  const { benchmark, out, candidates: _, samples: __, student, ...settings } = request;
  try {
    const { table, chart, verdict, values: compared } = await ablateSystem({
      ...settings,
      ...running,
      ...(student == null ? {} : { student }),
      option,
      values,
      out,
      benchmarks: [benchmark],
    });
    const chartPath = join(out!, `${chart.name}.svg`);
    await Deno.writeTextFile(chartPath, chart.svg);
    console.log(`${table.toText()}${table.caption}\n\n${verdict}\n\nChart: ${chartPath}`);
    console.log(`All tables and figures: deno task potstill report ${out} --out FOLDER`);
    if (json) console.log(JSON.stringify({ path: out, option, values: compared, verdict }));
    return 0;
  } catch (error) {
    if (!(error instanceof UnfinishedError)) throw error;
    console.error(`Error: ${error.message}`);
    return EXIT_CODES[error.status] || 1;
  }
}

async function readRequest(parsed: Parsed): Promise<Omit<EvaluateRequest, "progress">> {
  const { values } = parsed;
  const { benchmark, out, policy, distilled, model, candidates, samples } = values;
  if (benchmark === undefined) throw new UsageError("Missing option --benchmark FILE");
  if (out === undefined) throw new UsageError("Missing option --out FOLDER");
  const teacher = readTeacher(parsed);
  const { findStudent } = await import("../student/find_student.ts");
  const { downloadProgress } = await import("../http/hub/download_progress.ts");
  const { openProgress } = await import("../runs/progress/open_progress.ts");
  const found = values.student === undefined
    ? null
    : await findStudent(values.student, { onBytes: downloadProgress(openProgress()) });
  return {
    ...(found === null ? {} : { model: found.name }),
    ...attemptOptions(SYSTEM_OPTIONS, parsed),
    candidates: candidates?.[0],
    samples: samples?.[0],
    ...givenOptions(ROW_OPTIONS, parsed),
    benchmark,
    out,
    teacher: found === null ? teacher : { student: found.path, ...givenDevice(parsed) },
    judge: readJudge(values, out),
    mathPolicy: ALL_MATH_POLICIES.find((one) => one === policy),
    ...(distilled ? { student: model ?? null } : {}),
  };
}

/** The device that was named. */
function givenDevice({ values, given }: Parsed): { readonly device?: Device } {
  return given.has("device") ? { device: values.device } : {};
}

function readTeacher({ values, given }: Parsed): Teacher {
  const { labExpert, student, baseUrl, model } = values;
  if ([labExpert, student !== undefined, baseUrl !== undefined].filter(Boolean).length > 1) {
    throw new UsageError("Only one of --lab-expert, --student and --base-url can be given");
  }
  if (student === undefined && given.has("device")) {
    throw new UsageError(
      `Option --device is for a --student: ${
        labExpert ? "the lab's expert is a script" : "an endpoint computes on its own hardware"
      }`,
    );
  }
  if (labExpert) return "lab-expert";
  if (student !== undefined) return { student };
  if (baseUrl === undefined || model === undefined) {
    throw new UsageError(
      "Missing options --base-url URL and --model NAME, or --student FOLDER, or --lab-expert",
    );
  }
  return readEndpoint(values, baseUrl);
}

function readJudge(values: Parsed["values"], out: string): JudgeEndpoint | undefined {
  const { judgeBaseUrl, judgeModel, judgeCache, apiKeyEnv, timeoutMs, maxRetries } = values;
  if ((judgeBaseUrl === undefined) !== (judgeModel === undefined)) {
    throw new UsageError("Options --judge-base-url URL and --judge-model NAME go together");
  }
  if (judgeBaseUrl === undefined || judgeModel === undefined) return undefined;
  return {
    baseUrl: judgeBaseUrl,
    model: judgeModel,
    cachePath: judgeCache ?? join(out, "judge.jsonl"),
    apiKeyEnv,
    timeoutMs,
    maxRetries,
  };
}

function resultText(result: EvaluationResult): string {
  const { path, status, problem, warnings, rows, score, judged } = result;
  const lines = [`run       ${path}`, `status    ${status === "complete" ? status : problem}`];
  if (score !== null) {
    const { estimate, low, high, n } = score.accuracy;
    lines.push(
      `system    ${score.system}`,
      `accuracy  ${percent(estimate)}% on ${score.benchmark}, 95% interval ${percent(low)} to ${
        percent(high)
      }, ${n} tasks, ${score.unscored} unscored${asWrong(rows, score)}`,
    );
    const policies = new Set(rows.flatMap(({ policy }) => policy === undefined ? [] : [policy]));
    const others = policyScores(rows).map(besides).filter((text) => text !== "");
    if (policies.size > 0) lines.push(`policy    ${[...policies, ...others].join("; ")}`);
    if (score.f1 !== null) lines.push(`F1        ${percent(score.f1)}%`);
  }
  if (judged !== null) {
    lines.push(
      `judge     agrees with exact match on ${percent(judged.rate)}% of ${judged.n}, kappa ${
        judged.kappa.toFixed(2)
      }`,
    );
  }
  return [...lines, ...warnings].join("\n");
}

/**
 * Accuracy with unscored answers counted as wrong: leaving them out of the mean flatters a system.
 */
function asWrong(rows: EvaluationResult["rows"], { unscored }: BenchmarkScore): string {
  if (unscored === 0) return "";
  const correct = rows.filter(({ verdict }) => verdict === "correct").length;
  return ` (${percent(correct / rows.length)}% with them as wrong)`;
}

function besides({ otherPolicy, otherAccuracy, differ }: PolicyScore): string {
  if (differ === 0 || otherAccuracy === null) return "";
  return `by ${otherPolicy} ${percent(otherAccuracy)}%, ${differ} verdicts differ`;
}

function resultJson(result: EvaluationResult) {
  const { path, status, problem, warnings, rows, score, judged } = result;
  const sum = (of: (row: EvaluationResult["rows"][number]) => number) =>
    rows.reduce((total, row) => total + of(row), 0);
  return {
    path,
    status,
    problem,
    warnings,
    trainedOn: rows.filter(({ trainedOn }) => trainedOn === true).length,
    rows: rows.length,
    score,
    judged,
    promptTokens: sum((row) => row.promptTokens),
    completionTokens: sum((row) => row.completionTokens),
    durationMs: sum((row) => row.durationMs),
    toolCalls: sum((row) => row.toolCalls),
  };
}
