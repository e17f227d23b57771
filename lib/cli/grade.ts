import { type AnswerRecord, checkAnswerRecord } from "../grading/grade_record.ts";
import { gradeRecords, type RecordsGradeOptions } from "../evaluation/grade_records.ts";
import { ALL_MATH_POLICIES, MATH_VERIFY } from "../grading/math_policy.ts";
import { QA_POLICIES } from "../grading/task_policy.ts";
import type { Grade } from "../grading/grade.ts";
import { openProgress } from "../runs/progress/open_progress.ts";
import { writeFileAtomic } from "../runs/atomic_write.ts";
import { defineCommand, UsageError } from "./options.ts";
import { runCommand } from "./run_command.ts";
import { readInputText } from "../runs/read_input.ts";

const COMMAND = defineCommand({
  name: "grade",
  summary: "Grade answers against gold answers, one JSON line each.",
  positionals: [{
    name: "FILE",
    description: "JSON lines; standard input without it.",
    optional: true,
  }],
  options: {
    kind: { type: "string", choices: ["qa", "math"], description: "Kind of answers." },
    policy: {
      type: "string",
      choices: [...ALL_MATH_POLICIES, ...QA_POLICIES],
      description:
        "Mathematics: rounded (default), exact, tolerant, qwen2.5-math, math-verify. Questions: " +
        "hotpotqa (default), musique",
    },
    extract: {
      type: "boolean",
      default: true,
      description:
        "Grade the whole prediction as the answer, without extracting the answer from it.",
    },
    deadlineMs: {
      type: "integer",
      min: 1,
      defaultNote: "5000, by math-verify 30000",
      description: "Time for one comparison; beyond it the answer is unscored",
    },
    packagesFolder: {
      type: "string",
      placeholder: "FOLDER",
      defaultNote: "where deno task potstill wheels puts them",
      description: "Wheels of math-verify",
    },
    out: { type: "string", short: "o", placeholder: "FILE", description: "File for the lines." },
  },
  notes: `Reads   {"id","gold","prediction","aliases"?}
Writes  {"id","verdict":"correct|wrong|unscored","em"?,"f1"?,"why"}, in the same order.
"unscored" is not "wrong": there was no gold answer, or equality could not be decided in time.
A summary goes to standard error. --policy math-verify runs Math-Verify in the sandbox, which reads
the answer out of the text itself; deno task potstill wheels math-verify fetches it.

Exit code: 0 when every line was read, 1 when one was not, 2 for wrong arguments.`,
});

/**
 * The command `deno task potstill grade`.
 *
 * @returns the exit code
 *
 * @example
 * ```ts
 * import { runGrade } from "@potstill/cli/grade.ts";
 * if (await runGrade(["--help"]) !== 0) throw new Error("no help");
 * ```
 */
export function runGrade(args: string[]): Promise<number> {
  return runCommand(COMMAND, args, async ({ values, positionals }) => {
    const { kind, policy, extract, deadlineMs, out } = values;
    if (kind === undefined) throw new UsageError('Option --kind is needed: "qa" or "math"');
    const qaPolicy = QA_POLICIES.find((name) => name === policy);
    const mathPolicy = ALL_MATH_POLICIES.find((name) => name === policy);
    if (policy !== undefined && (kind === "qa" ? qaPolicy : mathPolicy) === undefined) {
      throw new UsageError(`Option --policy ${policy} is not for --kind ${kind}`);
    }
    const name = positionals[0] ?? "standard input";
    const text = await readAnswers(positionals[0]);
    const records = text.split("\n").flatMap((line, index) =>
      line.trim() === "" ? [] : [parseLine(name, index + 1, line)]
    );
    const grades = await gradeAll(records, {
      kind,
      mathPolicy,
      qaPolicy,
      extract,
      ...(deadlineMs === undefined ? {} : { deadlineMs }),
    }, values.packagesFolder);
    const counts = { correct: 0, wrong: 0, unscored: 0 };
    const lines = grades.map((grade, i) => {
      counts[grade.verdict]++;
      return JSON.stringify({
        id: records[i].id,
        verdict: grade.verdict,
        ...grade.em === null ? {} : { em: grade.em },
        ...grade.f1 === null ? {} : { f1: grade.f1 },
        why: grade.why,
      });
    });
    if (out !== undefined) await writeFileAtomic(out, lines.map((line) => line + "\n").join(""));
    else if (lines.length > 0) console.log(lines.join("\n"));
    console.error(
      `${lines.length} answers: ${counts.correct} correct, ${counts.wrong} wrong, ${counts.unscored} unscored`,
    );
    return 0;
  });
}

/** Answers that Math-Verify is given between two lines of progress. */
const BATCH = 64;

async function gradeAll(
  records: readonly AnswerRecord[],
  options: RecordsGradeOptions,
  packagesFolder?: string,
): Promise<Grade[]> {
  if (options.mathPolicy !== MATH_VERIFY) return await gradeRecords(records, options);
  const { openMathVerify } = await import("../evaluation/open_math_verify.ts");
  const mathVerify = await openMathVerify({ packagesFolder });
  const stage = openProgress().stage("math-verify", records.length);
  const grades: Grade[] = [];
  try {
    for (let at = 0; at < records.length; at += BATCH) {
      const batch = records.slice(at, at + BATCH);
      grades.push(...await gradeRecords(batch, { ...options, mathVerify }));
      stage.update(grades.length);
    }
    return grades;
  } finally {
    stage.done();
    await mathVerify.close();
  }
}

function parseLine(name: string, number: number, line: string) {
  try {
    return checkAnswerRecord(JSON.parse(line));
  } catch (error) {
    throw new Error(`Cannot grade ${name} line ${number}: ${(error as Error).message}`);
  }
}

async function readAnswers(path: string | undefined): Promise<string> {
  if (path === undefined || path === "-") return await new Response(Deno.stdin.readable).text();
  return await readInputText(path);
}
