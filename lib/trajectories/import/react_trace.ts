/** A step of a ReAct agent. */
export interface ReactStep {
  /** Text before the action, in one line; empty without one. */
  readonly thought: string;
  /** Name of the action in lower case, such as `search`; null where the text broke off before it. */
  readonly action: string | null;
  /** What stands between its brackets, as it was written. */
  readonly argument: string;
  /** What came back; null where the text ends before. */
  readonly observation: string | null;
  /** True if the action was broken off. */
  readonly isBrokenOff: boolean;
}

/** A ReAct trace as steps. */
export interface ReactTrace {
  /** The question, where the text holds it; else null. */
  readonly question: string | null;
  /** The steps, in order. */
  readonly steps: readonly ReactStep[];
  /** Whether the episode ended with a reward; null where the text does not say. */
  readonly reward: boolean | null;
}

const LABEL =
  /^[ \t]{0,8}\*{0,2}(Question|Thought|Action Input|Action|Observation|Final Answer)(?:[ \t]{1,4}\d{1,3})?[ \t]{0,4}:\*{0,2}[ \t]*/i;
const CALL = /^([A-Za-z_]\w{0,40})[ \t]*\[/;
const REWARD = /\bEpisode finished, reward = (\w+)/;

/** True if a text is a ReAct trace: an action such as `Action: search[x]`, or a tool's name and input. */
export function isReactTrace(text: string): boolean {
  return /(?:^|\n)[ \t]{0,8}\*{0,2}Action(?:[ \t]{1,4}\d{1,3})?[ \t]{0,4}:\*{0,2}[ \t]*[A-Za-z_]\w{0,40}[ \t]*(?:\[|\n[ \t]{0,8}\*{0,2}Action Input)/i
    .test(text) ||
    /(?:^|\n)[ \t]{0,8}\*{0,2}Final Answer[ \t]{0,4}:/i.test(text) && /(?:^|\n)Thought/.test(text);
}

/**
 * Reads a text of thoughts, actions and observations, numbered or not: `Action 1: Search[x]`, or
 * `Action: Search` with `Action Input: x`, and `Final Answer: x`. What follows a label up to the next is
 * its own, over several lines.
 *
 * @source ReAct (arXiv 2210.03629); FireAct (arXiv 2310.05915); LangChain's agents
 *
 * @example
 * ```ts
 * import { readReactTrace } from "@potstill/trajectories/import/react_trace.ts";
 * const { steps } = readReactTrace("Thought 1: Look.\nAction 1: Search[x [y]]\nObservation 1: z");
 * if (steps[0].argument !== "x [y]" || steps[0].observation !== "z") throw new Error("misread");
 * ```
 */
export function readReactTrace(text: string): ReactTrace {
  let question: string | null = null;
  let reward: boolean | null = null;
  const steps: ReactStep[] = [];
  let thought: string[] = [];
  const add = (
    fields: Omit<ReactStep, "thought" | "observation" | "isBrokenOff">,
    isBrokenOff = false,
  ) => {
    steps.push({ thought: oneLine(thought.join(" ")), observation: null, isBrokenOff, ...fields });
    thought = [];
  };
  for (const { label, content } of sections(text)) {
    const last = steps.at(-1);
    if (label === "question") question ??= content;
    else if (label === "thought") thought.push(content);
    else if (label === "final answer") add({ action: "finish", argument: content });
    else if (label === "action") add(...actionOf(content));
    else if (label === "action input" && last?.observation === null) {
      steps[steps.length - 1] = { ...last, argument: unquoted(content), isBrokenOff: false };
    } else if (label === "observation") {
      const ended = REWARD.exec(content);
      if (ended !== null) reward = /^(?:true|1|1\.0)$/i.test(ended[1]);
      else if (last !== undefined) steps[steps.length - 1] = { ...last, observation: content };
    }
  }
  if (thought.length > 0) add({ action: null, argument: "" }, true);
  return { question, steps, reward };
}

interface Section {
  readonly label: string;
  readonly content: string;
}

function sections(text: string): Section[] {
  const found: { label: string; lines: string[] }[] = [];
  for (const line of text.replace(/\r\n?/g, "\n").split("\n")) {
    const match = LABEL.exec(line);
    if (match !== null) {
      found.push({ label: match[1].toLowerCase(), lines: [line.slice(match[0].length)] });
    } else found.at(-1)?.lines.push(line);
  }
  return found.map(({ label, lines }) => ({ label, content: lines.join("\n").trim() }));
}

/** Name and argument of `search[x]`; a name alone has its input on a line of its own. */
function actionOf(
  content: string,
): [Pick<ReactStep, "action" | "argument">, boolean] {
  const call = CALL.exec(content);
  if (call === null) {
    const name = /^[A-Za-z_]\w{0,40}/.exec(content)?.[0] ?? null;
    return [{ action: name?.toLowerCase() ?? null, argument: "" }, true];
  }
  const end = content.lastIndexOf("]");
  const isWhole = end >= call[0].length - 1 && /^[\s.;]*$/.test(content.slice(end + 1));
  const argument = isWhole ? content.slice(call[0].length, end) : content.slice(call[0].length);
  return [{ action: call[1].toLowerCase(), argument: unquoted(argument) }, !isWhole];
}

/** An argument without the quotes that stand around all of it. */
function unquoted(text: string): string {
  const trimmed = text.trim();
  const inner = /^"([^"]*)"$|^'([^']*)'$/s.exec(trimmed);
  return inner?.[1] ?? inner?.[2] ?? trimmed;
}

/** A thought in one line, without labels that stand within it. */
function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").replace(/(^|[.!?] )Thought:\s*/g, "$1").trim();
}
