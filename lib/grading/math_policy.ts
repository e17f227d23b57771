import { DEFAULT_MATH_POLICY, MATH_POLICIES, type MathPolicy } from "./math/policy.ts";
import { mathPolicyOf, type PolicyFields } from "./task_policy.ts";

/** Name of the policy whose verdicts are Math-Verify's; its answers are graded many at a time. */
export const MATH_VERIFY = "math-verify";

/** Every policy that mathematics can be graded by. */
export type AnyMathPolicy = MathPolicy | typeof MATH_VERIFY;

/** The policies of {@link AnyMathPolicy}. */
export const ALL_MATH_POLICIES: readonly AnyMathPolicy[] = [...MATH_POLICIES, MATH_VERIFY];

/** The policy of the grader that the paper's figures were made with. */
const REFERENCE_POLICY: MathPolicy = "qwen2.5-math";

/**
 * The policy whose verdict is kept beside that of `policy`: the reference grader's, so that a figure
 * can be read beside published ones, or the default beside that. Null for tasks that are `exact` by
 * themselves, as the lab's: their figures were published nowhere.
 */
export function otherPolicy(task: PolicyFields, policy: AnyMathPolicy): MathPolicy | null {
  if (mathPolicyOf(task) === "exact") return null;
  return policy === REFERENCE_POLICY ? DEFAULT_MATH_POLICY : REFERENCE_POLICY;
}
