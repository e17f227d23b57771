import type { Random } from "../../records/random.ts";
import type { Action } from "./skill.ts";

/** Python with a mistake that makes it raise, or not compile. */
export function withBug(code: string, random: Random): string {
  const bugs = BUGS.map((bug) => bug(code)).filter((text) => text !== code);
  return bugs.length === 0 ? `${code}\nprint(undefined_result)` : random.pick(bugs);
}

const BUGS: readonly ((code: string) => string)[] = [
  (code) => code.replace("web_search(", "web_serch("),
  (code) => code.replace("final_answer(", "final_anser("),
  (code) => code.replace(/\bprint\(/, "prnt("),
  (code) => code.replace(/\)(?=[^)]*$)/, ""),
  (code) => code.replace(/"([A-Za-z]+)"/, "$1"),
];

/** A turn without a code block that could be run. */
export function malformedTurn(action: Action, random: Random): string {
  return random.pick([
    `Thought: ${action.thought} I will do this next.`,
    `Thought: ${action.thought}\nCode:\n\`\`\`py\n\`\`\``,
  ]);
}

const REPAIRS = [
  "The code had a mistake; I correct it.",
  "That failed because of a slip in my code. I write it again.",
  "The last code was wrong; here it is corrected.",
] as const;

/** The action with a thought that says what went wrong before. */
export function repaired(action: Action, random: Random): Action {
  return { ...action, thought: `${random.pick(REPAIRS)} ${action.thought}` };
}
