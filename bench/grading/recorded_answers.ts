/**
 * Recorded mathematical answers graded anew by every policy: agreement with the recorded verdicts, and
 * every answer on which this project's default grader and Math-Verify differ. Prints Markdown.
 *
 * deno run -A bench/grading/recorded_answers.ts FILE... [--only POLICY]
 *
 * The files are result files of the paper's reference implementation (`response`, `answer`, `score`).
 */
import { basename } from "node:path";
import {
  agreement,
  ALL_MATH_POLICIES,
  DEFAULT_MATH_POLICY,
  gradeRecords,
  importResult,
  MATH_VERIFY,
  openMathVerify,
  type Verdict,
} from "@potstill/evaluation";

const files = Deno.args.filter((arg) => !arg.startsWith("--"));
const only = Deno.args.includes("--only") ? files.pop() : undefined;
if (files.length === 0) {
  console.log("No result files were named: nothing is graded");
  Deno.exit(0);
}
const policies = ALL_MATH_POLICIES.filter((policy) => only === undefined || policy === only);
const mathVerify = policies.includes(MATH_VERIFY) ? await openMathVerify() : undefined;

const result: Record<string, Record<string, number>> = {};
for (const file of files) {
  const values = (await Deno.readTextFile(file)).trim().split("\n").map((line) => JSON.parse(line));
  const records = values.map((value, i) => {
    const { row, recorded } = importResult(value, i + 1, { system: "recorded" });
    const record = { id: row.taskId, gold: row.gold, prediction: value.response, aliases: [] };
    return { record, recorded, answer: row.prediction };
  });
  console.log(`\n## ${basename(file)}\n`);
  console.log("| policy | correct | wrong | unscored | as recorded | kappa |");
  console.log("| --- | ---: | ---: | ---: | ---: | ---: |");
  const verdicts = new Map<string, Verdict[]>();
  for (const mathPolicy of policies) {
    const started = performance.now();
    const grades = await gradeRecords(records.map(({ record }) => record), {
      kind: "math",
      mathPolicy,
      mathVerify,
    });
    const own = grades.map(({ verdict }) => verdict);
    verdicts.set(mathPolicy, own);
    const count = (verdict: Verdict) => own.filter((one) => one === verdict).length;
    const same = own.filter((verdict, i) => verdict === records[i].recorded).length;
    const { kappa } = agreement(own, records.map(({ recorded }) => recorded));
    console.log(
      `| ${mathPolicy} | ${count("correct")} | ${count("wrong")} | ${count("unscored")} | ` +
        `${same} of ${own.length} | ${kappa.toFixed(3)} |`,
    );
    result[`${basename(file)} ${mathPolicy}`] = {
      correct: count("correct"),
      unscored: count("unscored"),
      asRecorded: same,
      seconds: Math.round((performance.now() - started) / 100) / 10,
    };
  }
  const ours = verdicts.get(DEFAULT_MATH_POLICY), theirs = verdicts.get(MATH_VERIFY);
  const name = (policy: string) => verdicts.get(policy)!;
  for (const policy of policies) {
    if (policy === MATH_VERIFY) continue;
    const cells = records.flatMap(({ record, recorded, answer }, i) =>
      name(policy)[i] === recorded
        ? []
        : [`${record.id} ${answer?.slice(0, 60)}: ${name(policy)[i]}`]
    );
    console.log(`\nNot as recorded by ${policy} (${cells.length}): ${cells.join("; ")}`);
  }
  if (ours === undefined || theirs === undefined) continue;
  console.log("\n| id | gold | answer | recorded | this grader | Math-Verify |");
  console.log("| ---: | --- | --- | --- | --- | --- |");
  records.forEach(({ record, recorded, answer }, i) => {
    if (ours[i] === theirs[i]) return;
    const cell = (text: string | null) => `\`${(text ?? "").slice(0, 80).replace(/[|\n]/g, " ")}\``;
    console.log(
      `| ${record.id} | ${cell(record.gold)} | ${cell(answer)} | ${recorded} | ${ours[i]} | ${
        theirs[i]
      } |`,
    );
  });
}
await mathVerify?.close();
console.log(JSON.stringify(result));
