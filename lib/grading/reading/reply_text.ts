import { wordList } from "../../records/word_list.ts";

/** Marks behind which a reasoning model's reply begins; the last one in the text counts. */
const END_OF_THINKING = wordList(`
  </think> </thinking> </thought> </reasoning> </seed:think> ◁/think▷ [/THINK]
  <|end_of_thought|> <|begin_of_solution|> <|channel|>final<|message|>
`);

/** Marks that end a turn; what a base model writes behind them is another conversation. */
const END_OF_TURN = wordList(`
  <|im_end|> <|im_start|> <|eot_id|> <|endoftext|> <|end_of_text|> <|end|> <|return|>
  <|end_of_solution|> <end_of_turn> <start_of_turn> </s> [/INST]
`);

/** Beginnings of the next example, which a model writes that was shown some. */
const NEXT_EXAMPLE =
  /\n[ \t#*]{0,8}(?:Problem|Question|Q|Human|User|Instruction)(?:\s\d{1,4})?[*]{0,2}:/g;

/** Signs that an answer was given before the next example begins. */
const GIVEN = /I hope it is correct|\\boxed|^\s{0,8}####|\banswer\b/im;

/**
 * The part of a reply that addresses the reader: without the reasoning in front of it, and without
 * anything after the end of the turn or of the answered example. A reply of reasoning alone is
 * given whole.
 */
export function replyText(text: string): string {
  let start = 0;
  for (const mark of END_OF_THINKING) {
    const at = text.lastIndexOf(mark);
    if (at !== -1) start = Math.max(start, at + mark.length);
  }
  let reply = cutAtEnd(text.slice(start));
  // Nothing behind the reasoning: the answer, if there is one, is in it.
  if (reply.trim() === "" && start > 0) reply = cutAtEnd(text.slice(0, start));
  const given = reply.search(GIVEN);
  if (given !== -1) {
    NEXT_EXAMPLE.lastIndex = given + 1;
    reply = reply.slice(0, NEXT_EXAMPLE.exec(reply)?.index);
  }
  return reply.trim();
}

function cutAtEnd(text: string): string {
  let end = text.length;
  for (const mark of END_OF_TURN) {
    const at = text.indexOf(mark);
    if (at !== -1 && text.slice(0, at).trim() !== "") end = Math.min(end, at);
  }
  return text.slice(0, end);
}
