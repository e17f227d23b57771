import { cutAtStop } from "../records/turn/cut_at_stop.ts";
import { agentStopSequences, normalizeCode, parseAction } from "./parse_action.ts";

/**
 * An agent's turn as a model writes it: the thought, then the code between fences. What `parseAction`
 * reads of it is the same code ({@link normalizeCode}): where the code holds what would end it, the
 * fence is longer, or of tildes; marks in the thought that would hide the code are taken apart.
 *
 * @throws {RangeError} when the code is blank, or when no way to write it is read back as it was
 *
 * @example
 * ```ts
 * import { parseAction, writeTurn } from "@potstill/agent";
 * const code = 'page = """\n' + "`".repeat(3) + '\n"""\nprint(len(page))';
 * if (parseAction(writeTurn("Count.", code)).code !== code) throw new Error("not read back");
 * ```
 */
export function writeTurn(thought: string, code: string): string {
  return write(code, [thought, withoutMarks(thought)].map((text) => `Thought: ${text}\nCode:\n`), [
    "<end_code>",
  ]);
}

/**
 * Code with its label and between fences, as in {@link writeTurn}, for a turn whose thought is not known.
 *
 * @throws {RangeError} as {@link writeTurn} does
 */
export function writeCode(code: string): string {
  return write(code, ["Code:\n"], [""]);
}

function write(code: string, begins: readonly string[], [end]: readonly [string]): string {
  const wanted = normalizeCode(code);
  if (wanted === "") throw new RangeError("Cannot write a turn: its code is blank");
  const longest = (code.match(/`{3,}|~{3,}/g) ?? [])
    .reduce((most, run) => Math.max(most, run.length), 0);
  const fences = ["```", "`".repeat(longest + 1), "~".repeat(Math.max(3, longest + 1))];
  const turns = begins.flatMap((begin) =>
    fences.filter(({ length }) => length >= 3)
      .map((fence) => `${begin}${fence}py\n${code}\n${fence}${end}`)
  );
  const isRead = (turn: string) => parseAction(turn).code === wanted;
  // Best is a turn that a model could write as well: no text that stops it comes before its end.
  const turn = turns.find((one) => isRead(one) && isRead(cutAtStop(one, agentStopSequences))) ??
    turns.find(isRead);
  if (turn !== undefined) return turn;
  throw new RangeError(
    `Cannot write a turn: its code is not read back as it is: ${
      JSON.stringify(code.slice(0, 2000))
    }`,
  );
}

/** A thought in which nothing begins or ends code, reasoning or a turn. */
function withoutMarks(thought: string): string {
  return thought.replace(/([`~])\1{2,}/g, "$1").replace(/<(?=[/|a-z])/gi, "< ")
    .replaceAll("◁", "<").replace(/\[(?=\/?THINK\])/gi, "[ ")
    .replace(/(Observation|Calling tools|Code):/gi, "$1 -");
}
