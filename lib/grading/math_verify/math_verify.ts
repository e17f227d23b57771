import type { Execution, Interpreter, InterpreterSession } from "../../interpreter/interpreter.ts";
import type { Grade } from "../grade.ts";
import { delimited } from "./bare_formula.ts";
import { judgeCall, MATH_VERIFY_SETUP } from "./math_verify_code.ts";

/** An answer and what it is compared with. */
export interface AnswerPair {
  /** The gold answer. */
  readonly gold: string;
  /** The answer, or the text that holds it. */
  readonly prediction: string;
}

/** Options of {@link MathVerify}. */
export interface MathVerifyOptions {
  /** Wall time for one pair, in milliseconds; beyond it the answer is unscored. @default {30_000} */
  readonly deadlineMs?: number;
  /** Ends the work; its promise is then rejected with the reason. */
  readonly signal?: AbortSignal;
}

/** Longer texts are unscored: Math-Verify's patterns take time that grows faster than the text. */
const MAX_CHARS = 100_000;
/** Pairs whose states are held at once. */
const BATCH = 32;
const WARM_UP_MS = 120_000;

/**
 * Math-Verify, the grader of Hugging Face's evaluations, as it is: a Python package that runs in the
 * sandbox. A verdict is that of `verify(parse(gold), parse(prediction))` with its default options. It
 * reads the answer out of the text itself; only a formula without delimiters is put between dollar
 * signs first. Each pair is judged from the same state of Python.
 *
 * @source https://github.com/huggingface/Math-Verify, version 0.9.0
 */
export class MathVerify {
  readonly #interpreter: Interpreter;
  readonly #sessions: Promise<InterpreterSession>;

  /** Starts it. @param interpreter has the package `math-verify`, and may import it */
  constructor(interpreter: Interpreter) {
    this.#interpreter = interpreter;
    this.#sessions = openSession(interpreter);
    this.#sessions.catch(() => {});
  }

  /**
   * The grades of pairs, in their order. What cannot be judged in time is unscored, and says why.
   *
   * @throws if Math-Verify cannot be started
   */
  async grade(pairs: readonly AnswerPair[], options: MathVerifyOptions = {}): Promise<Grade[]> {
    const session = await this.#sessions;
    const grades = pairs.map(gradeAtOnce);
    const left = [...grades.keys()].filter((i) => grades[i] === null);
    for (let at = 0; at < left.length; at += BATCH) {
      const batch = left.slice(at, at + BATCH);
      const { executions } = await session.runCandidates(
        batch.map((i) => judgeCall(delimited(pairs[i].gold), delimited(pairs[i].prediction))),
        { timeoutMs: options.deadlineMs ?? 30_000, signal: options.signal },
      );
      batch.forEach((i, k) => grades[i] = readGrade(pairs[i], executions[k]));
    }
    return grades as Grade[];
  }

  /** Ends the sandbox. */
  async close(): Promise<void> {
    await this.#interpreter.close();
  }
}

async function openSession(interpreter: Interpreter): Promise<InterpreterSession> {
  const session = await interpreter.open([]);
  const { error } = await session.run(MATH_VERIFY_SETUP, { timeoutMs: WARM_UP_MS });
  if (error !== null) throw new Error(`Cannot start Math-Verify: ${error.message}`);
  return session;
}

function gradeAtOnce({ gold, prediction }: AnswerPair): Grade | null {
  const base = { em: null, f1: null, extracted: prediction };
  if (gold.trim() === "") return { ...base, verdict: "unscored", why: "no gold answer" };
  if (prediction.trim() === "") return { ...base, verdict: "wrong", why: "empty answer" };
  const length = Math.max(gold.length, prediction.length);
  if (length <= MAX_CHARS) return null;
  return {
    ...base,
    verdict: "unscored",
    why: `a text of ${length} characters, more than the ${MAX_CHARS} that Math-Verify is given`,
  };
}

function readGrade({ prediction }: AnswerPair, { error, output }: Execution): Grade {
  const base = { em: null, f1: null, extracted: prediction };
  const told = /^\((\d+), (\d+), (True|False)\)$/.exec(output ?? "");
  if (error !== null || told === null) {
    const why = error?.kind === "timeout"
      ? "Math-Verify did not decide in time"
      : `Math-Verify failed: ${(error?.message ?? output ?? "no output").trim().slice(-200)}`;
    return { ...base, verdict: "unscored", why };
  }
  const [, golds, answers, equal] = told;
  if (golds === "0") {
    return { ...base, verdict: "unscored", why: "Math-Verify cannot read the gold answer" };
  }
  const verdict = equal === "True" ? "correct" : "wrong";
  const why = answers === "0"
    ? "Math-Verify finds no answer"
    : equal === "True"
    ? "equal by Math-Verify"
    : "different by Math-Verify";
  return { ...base, verdict, why };
}
