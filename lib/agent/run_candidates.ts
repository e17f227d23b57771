import type { CandidateRun, Execution, InterpreterSession } from "../interpreter/interpreter.ts";

/**
 * From which state each candidate of a turn is run. `isolated`: all from the state before the turn,
 * and the chosen one's state is kept. `leaking`: one after another in the agent's own state, and the
 * chosen one once more at the end, as in the reference's code; what the others did stays.
 */
export type CandidateState = "isolated" | "leaking";

/** Codes to run as the candidates of one turn. */
export interface CandidateCodes {
  /** Code per candidate; null where it has none. */
  readonly codes: readonly (string | null)[];
  /** From which state each is run. */
  readonly state: CandidateState;
  /** Wall time allowed to each, in milliseconds. */
  readonly timeoutMs: number;
  /** Stops the run. */
  readonly signal?: AbortSignal;
}

/** Results of the candidates of one turn. */
export interface CandidateExecutions {
  /** Execution per candidate; null where it has no code. */
  readonly executions: readonly (Execution | null)[];
  /** Makes candidate `index` the chosen one; resolves to what running it gave in the end. */
  commit(index: number): Promise<Execution | null>;
}

/** Runs the candidates of one turn in an agent's session. */
export function runCandidates(
  session: InterpreterSession,
  candidates: CandidateCodes,
): Promise<CandidateExecutions> {
  const { codes, state } = candidates;
  const isAlone = codes.filter((code) => code !== null).length === 1;
  // With one code there is nothing that could leak.
  return state === "leaking" && !isAlone
    ? runLeaking(session, candidates)
    : runIsolated(session, candidates);
}

/** Each distinct code once: equal codes from one state give the same. */
async function runIsolated(
  session: InterpreterSession,
  { codes, timeoutMs, signal }: CandidateCodes,
): Promise<CandidateExecutions> {
  const distinct = [...new Set(codes.filter((code) => code !== null))];
  let run: CandidateRun = { executions: [], commit: () => Promise.resolve() };
  if (distinct.length === 1) {
    run = { ...run, executions: [await session.run(distinct[0], { timeoutMs, signal })] };
  } else if (distinct.length > 1) {
    run = await session.runCandidates(distinct, { timeoutMs, signal });
  }
  const place = (index: number) => distinct.indexOf(codes[index] ?? "");
  const executions = codes.map((_, i) => run.executions[place(i)] ?? null);
  return {
    executions,
    commit: async (index) => {
      if (place(index) !== -1) await run.commit(place(index));
      return executions[index];
    },
  };
}

async function runLeaking(
  session: InterpreterSession,
  { codes, timeoutMs, signal }: CandidateCodes,
): Promise<CandidateExecutions> {
  const run = (code: string | null) =>
    code === null ? Promise.resolve(null) : session.run(code, { timeoutMs, signal });
  const executions: (Execution | null)[] = [];
  for (const code of codes) executions.push(await run(code));
  return { executions, commit: (index) => run(codes[index]) };
}
