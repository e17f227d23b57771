import type { GradingPolicy, Task } from "../records/task.ts";
import type { QaPolicy } from "./grade_qa.ts";
import { DEFAULT_MATH_POLICY, MATH_POLICIES, type MathPolicy } from "./math/policy.ts";

/** Default policy for questions. */
const DEFAULT_QA_POLICY: QaPolicy = "hotpotqa";

/** The policies for questions. */
export const QA_POLICIES: readonly QaPolicy[] = ["hotpotqa", "musique"];

/**
 * Benchmarks whose answers are not graded by the default of their kind, by id. Their tasks need not say
 * so one by one. The lab's mathematics has exact answers; MuSiQue's F1 is its own script's.
 */
const BY_BENCHMARK: ReadonlyMap<string, GradingPolicy> = new Map([
  ["musique", "musique"],
  ["lab-musique", "musique"],
  ["lab-math", "exact"],
  ["lab-gsm-hard", "exact"],
  ["lab-aime", "exact"],
  ["lab-olymath", "exact"],
]);

/** Fields that decide the grading policy of a task's answer. */
export type PolicyFields = Pick<Task, "kind" | "benchmark" | "grading">;

/**
 * The policy by which a question is graded: the task's own, else its benchmark's, else the default.
 *
 * @throws {RangeError} when the task names a policy for mathematics
 */
export function qaPolicyOf(task: PolicyFields): QaPolicy {
  return ownPolicy(task, QA_POLICIES) ?? DEFAULT_QA_POLICY;
}

/**
 * The policy by which an answer to mathematics is graded: the task's own, else its benchmark's, else
 * the default.
 *
 * @throws {RangeError} when the task names a policy for questions
 */
export function mathPolicyOf(task: PolicyFields): MathPolicy {
  return ownPolicy(task, MATH_POLICIES) ?? DEFAULT_MATH_POLICY;
}

/** The policy of a task's kind: {@link qaPolicyOf} or {@link mathPolicyOf}. */
export function policyOf(task: PolicyFields): GradingPolicy {
  return task.kind === "qa" ? qaPolicyOf(task) : mathPolicyOf(task);
}

function ownPolicy<Policy extends GradingPolicy>(
  { grading, kind, benchmark }: PolicyFields,
  policies: readonly Policy[],
): Policy | undefined {
  const found = policies.find((policy) => policy === grading);
  if (grading !== undefined && found === undefined) {
    throw new RangeError(
      `Cannot grade a task of ${benchmark}: its kind is ${kind} and its grading ${grading}; ` +
        `for ${kind} take one of ${policies.join(", ")}`,
    );
  }
  return found ?? policies.find((policy) => policy === BY_BENCHMARK.get(benchmark));
}
