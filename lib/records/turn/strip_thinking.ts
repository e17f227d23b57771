import { scanTurn } from "./scan_turn.ts";
import { THINK_BEGIN, THINK_END } from "./thinking_marks.ts";

const MARKS = new RegExp(`${THINK_BEGIN}|${THINK_END}`, "i");

/**
 * The text without the hidden reasoning that some servers leave in it: whole `<think>` blocks, what
 * comes before an orphan `</think>`, and what follows one that is never closed. Such tags in the
 * strings of code are text.
 *
 * @param keepLineBreak whether a line break after the reasoning is part of the text, as it is when the
 * text continues a started one
 */
export function stripThinking(text: string, keepLineBreak = false): string {
  if (!MARKS.test(text)) return text;
  const { thinking } = scanTurn(text, { endsAtObservation: false });
  if (thinking.length === 0) return text;
  const parts: string[] = [];
  let done = 0;
  for (const { start, end } of thinking) {
    parts.push(text.slice(done, start));
    done = end;
  }
  const rest = parts.join("") + text.slice(done);
  const begun = rest.trimStart();
  const space = rest.slice(0, rest.length - begun.length);
  return keepLineBreak && space.includes("\n") ? "\n" + begun : begun;
}
