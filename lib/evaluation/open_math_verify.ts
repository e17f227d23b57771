import { MathVerify } from "../grading/math_verify/math_verify.ts";
import { MATH_VERIFY_PACKAGE } from "../grading/math_verify/math_verify_code.ts";
import { createInterpreter } from "../interpreter/pyodide/create_interpreter.ts";
import type { InterpreterOptions } from "../interpreter/pyodide/interpreter_options.ts";

/**
 * Starts Math-Verify in a sandbox of its own, which the caller closes. The first start takes a
 * minute, in which the packages' memory image is made; it is kept in the user's cache.
 *
 * @throws if its wheels are not there, naming the command that fetches them
 */
export async function openMathVerify(
  options: Pick<InterpreterOptions, "processes" | "packagesFolder" | "cacheFolder"> = {},
): Promise<MathVerify> {
  const interpreter = await createInterpreter({
    ...options,
    packages: [MATH_VERIFY_PACKAGE],
    imports: ["*"],
    memoryMb: 1_024,
    stateMb: 512,
  });
  return new MathVerify(interpreter);
}
