import type { MaskedMessage } from "./masked_message.ts";
import type { TemplateVariables } from "../../tokenizer/chat_template.ts";
import type { Tokenizer } from "../../tokenizer/tokenizer.ts";
import type { TokenizedExample } from "../tokenized_example.ts";
import type { MaskTemplate, RenderedTraining } from "./mask_template.ts";
import { maskByContents, maskByMarkers } from "./masks.ts";
import { type PlacedTokens, placesOf, placeTokens } from "./token_places.ts";
import { INFERENCE_VARIANTS, placeTurns, spokenFields } from "./turn_places.ts";

/** Kind of defect in a training example's mask. */
export type MaskDefect =
  | "empty-mask"
  | "trained-observation"
  | "untrained-thought"
  | "truncated-final-answer"
  | "untrained-end-of-turn"
  | "training-differs-from-inference"
  | "template-changes-content"
  | "special-token-in-content"
  | "tokens-differ-from-text";

/** A defect of one example. */
export interface MaskFinding {
  /** Kind of defect. */
  readonly defect: MaskDefect;
  /** Index of the message, or null when it concerns the whole. */
  readonly message: number | null;
  /** Description in one sentence, for people. */
  readonly detail: string;
}

/** A conversation with the turns to train on. */
export interface MaskedConversation {
  /** The messages, in order. */
  readonly messages: readonly MaskedMessage[];
  /** Indices of the assistant messages that are trained on. */
  readonly learned: readonly number[];
  /** Variables for the template besides the messages, such as `tools`. */
  readonly variables?: TemplateVariables;
  /** Tokens and mask that a trainer made, to be verified in place of our own. */
  readonly given?: TokenizedExample;
}

/** Options of {@link verifyMask}. */
export interface VerifyMaskOptions {
  /** Length in tokens to which a trainer cuts an example. @default no limit */
  readonly maxTokens?: number;
  /** The special token that ends a turn, and is trained on with it. @default the tokenizer's */
  readonly endOfTurn?: string;
  /**
   * Method of making the mask: by the ranges of the contents, or by a search for marker texts.
   * @default "contents"
   */
  readonly strategy?: "contents" | "markers";
}

/** Findings, and the example for display. */
export interface MaskReport {
  /** The defects found; empty for a sound mask. */
  readonly findings: readonly MaskFinding[];
  /** Null when the text cannot be rendered or tokenized. */
  readonly example: TokenizedExample | null;
  /** Variables with which a server renders what was trained on, such as `enable_thinking: false`. */
  readonly inferenceVariables: TemplateVariables | null;
}

/**
 * Verifies which tokens of a conversation are trained, with a base model's own tokenizer and a
 * chat template: only the turns to train on, all of them with their end, nothing cut off, and
 * after exactly the text that a server puts before the model.
 *
 * @example
 * ```ts
 * import { loadTokenizer, MaskTemplate, verifyMask } from "@potstill/student";
 * export async function check(folder: string): Promise<boolean> {
 *   const tokenizer = await loadTokenizer(folder);
 *   const template = new MaskTemplate(tokenizer.chatTemplate().source);
 *   const messages = [
 *     { role: "user", content: "1 + 1?" },
 *     { role: "assistant", content: "2" },
 *   ] as const;
 *   return verifyMask(tokenizer, template, { messages, learned: [1] }).findings.length === 0;
 * }
 * ```
 */
export function verifyMask(
  tokenizer: Tokenizer,
  template: MaskTemplate,
  conversation: MaskedConversation,
  options: VerifyMaskOptions = {},
): MaskReport {
  const findings: MaskFinding[] = [];
  const add = (defect: MaskDefect, message: number | null, detail: string) => {
    findings.push({ defect, message, detail });
  };
  const { endOfTurn = tokenizer.endOfTurn, maxTokens = Infinity } = options;
  // Tokenizers that normalise do so before anything else.
  const messages = conversation.messages.map((message): MaskedMessage => ({
    ...message,
    content: message.content.normalize("NFC"),
  }));
  const { learned, variables = {} } = conversation;
  const assistants = messages.filter(({ role }) => role === "assistant").length;
  checkSpecialTokens(tokenizer, messages, add);
  let rendered: RenderedTraining;
  try {
    const wanted = { messages, learned, endOfTurn, variables };
    const placed = placeTurns(template, template.trainingText(messages, variables), wanted);
    rendered = placed.rendered;
    for (const { message, field } of placed.dropped) {
      add("template-changes-content", message, `the template drops ${field} of message ${message}`);
    }
  } catch (error) {
    add("template-changes-content", null, (error as Error).message);
    return { findings, example: null, inferenceVariables: null };
  }
  rendered.places.forEach((place, i) => {
    // White space at the ends of what is read may go; of what is learned it may not.
    const isSame = place !== null &&
      (!learned.includes(i) || spokenFields(messages[i]).length > 0 ||
        rendered.text.slice(place.start, place.end) === messages[i].content);
    if (isSame) return;
    add("template-changes-content", i, `the template changes, drops or repeats message ${i}`);
  });
  const tokens = conversation.given === undefined
    ? placeTokens(tokenizer, rendered.text)
    : placesOfGiven(tokenizer, conversation.given, rendered.text);
  if (tokens === null) {
    add(
      "tokens-differ-from-text",
      null,
      conversation.given === undefined
        ? "the tokens do not spell the rendered text"
        : "the given tokens are not those of the rendered conversation",
    );
    return { findings, example: conversation.given ?? null, inferenceVariables: null };
  }
  const trained = conversation.given?.trained ??
    (options.strategy === "markers"
      ? maskByMarkers(tokenizer, tokens.ids, learned.length < assistants)
      : maskByContents(tokens, rendered, learned, endOfTurn));
  const kept = Math.min(tokens.ids.length, maxTokens, conversation.given?.ids.length ?? Infinity);
  const example: TokenizedExample = {
    ids: tokens.ids.subarray(0, kept),
    trained: trained.subarray(0, kept),
  };
  if (!example.trained.includes(1)) add("empty-mask", null, "no token is trained");
  checkTrained(rendered, tokens, example, { messages, learned, endOfTurn }, add);
  const inferenceVariables = checkInference(
    { tokenizer, template, rendered, messages, learned, variables },
    add,
  );
  return { findings, example, inferenceVariables };
}

type Add = (defect: MaskDefect, message: number | null, detail: string) => void;

function checkSpecialTokens(
  tokenizer: Tokenizer,
  messages: readonly MaskedMessage[],
  add: Add,
): void {
  messages.forEach(({ content }, i) => {
    for (const token of tokenizer.specialTokens.keys()) {
      if (!content.includes(token)) continue;
      add("special-token-in-content", i, `message ${i} spells the special token ${token}`);
    }
  });
}

/** Given tokens may be cut short, but must be the beginning of the text. */
function placesOfGiven(
  tokenizer: Tokenizer,
  given: TokenizedExample,
  text: string,
): PlacedTokens | null {
  const whole = placesOf(tokenizer, given.ids, text);
  if (whole !== null) return whole;
  const all = placeTokens(tokenizer, text);
  const isBeginning = all !== null && given.ids.length < all.ids.length &&
    given.ids.every((id, i) => all.ids[i] === id);
  return isBeginning ? all : null;
}

interface Wanted {
  readonly messages: readonly MaskedMessage[];
  readonly learned: readonly number[];
  readonly endOfTurn: string;
}

function checkTrained(
  rendered: RenderedTraining,
  { starts }: PlacedTokens,
  { ids, trained }: TokenizedExample,
  { messages, learned, endOfTurn }: Wanted,
  add: Add,
): void {
  const shown = (from: number, to: number) => JSON.stringify(rendered.text.slice(from, to));
  rendered.places.forEach((place, message) => {
    if (place === null) return;
    const isLearned = learned.includes(message);
    const { role } = messages[message];
    let untrained = -1;
    for (let i = 0; i < starts.length - 1; i++) {
      const overlaps = starts[i] < place.end && starts[i + 1] > place.start;
      if (!overlaps) continue;
      const isTrained = trained[i] === 1;
      if (isTrained && !isLearned) {
        return add(
          "trained-observation",
          message,
          `the ${role}'s message ${message} would be learned, from ${
            shown(starts[i], starts[i] + 40)
          }`,
        );
      }
      if (!isTrained && isLearned && untrained === -1) untrained = i;
    }
    if (!isLearned) return;
    if (untrained !== -1) {
      const isCut = untrained >= ids.length;
      const from = shown(starts[untrained], starts[untrained] + 40);
      return isCut
        ? add(
          "truncated-final-answer",
          message,
          `message ${message} is cut off at ${ids.length} of ${
            starts.length - 1
          } tokens, before ${from}`,
        )
        : add("untrained-thought", message, `message ${message} is not trained on at ${from}`);
    }
    const end = starts.indexOf(place.end);
    const hasEnd = rendered.text.startsWith(endOfTurn, place.end);
    if (!hasEnd || end === -1 || trained[end] !== 1) {
      add(
        hasEnd && end !== -1 && end >= ids.length
          ? "truncated-final-answer"
          : "untrained-end-of-turn",
        message,
        hasEnd
          ? `the end of message ${message} is not trained on: the model would not learn to stop`
          : `the template writes ${
            shown(place.end, place.end + 20)
          } after message ${message}, not ${endOfTurn}`,
      );
    }
  });
}

interface Rendering {
  readonly tokenizer: Tokenizer;
  readonly template: MaskTemplate;
  readonly rendered: RenderedTraining;
  readonly messages: readonly MaskedMessage[];
  readonly learned: readonly number[];
  readonly variables: TemplateVariables;
}

function checkInference(rendering: Rendering, add: Add): TemplateVariables | null {
  let first: { message: number; detail: string } | null = null;
  for (const variables of INFERENCE_VARIANTS) {
    const problem = firstDifference(rendering, variables);
    if (problem === null) return variables;
    first ??= problem;
  }
  add("training-differs-from-inference", first!.message, first!.detail);
  return null;
}

function firstDifference(
  { tokenizer, template, rendered, messages, learned, variables }: Rendering,
  variant: TemplateVariables,
): { message: number; detail: string } | null {
  for (const message of learned) {
    const place = rendered.places[message];
    if (place === null) continue;
    const before = rendered.text.slice(0, place.start);
    let prompt: string;
    try {
      prompt = template.inferenceText(messages.slice(0, message), { ...variables, ...variant });
    } catch (error) {
      return { message, detail: (error as Error).message };
    }
    if (prompt !== before) {
      const at = commonLength(prompt, before);
      return {
        message,
        detail:
          `before message ${message} a server writes ${excerpt(prompt, at)}, and the training ` +
          `text has ${excerpt(before, at)}`,
      };
    }
    const ids = tokenizer.encode(prompt);
    const both = tokenizer.encode(rendered.text.slice(0, place.end));
    if (!ids.every((id, i) => both[i] === id)) {
      return {
        message,
        detail: `message ${message} begins within a token of the prompt: a server's tokens differ`,
      };
    }
  }
  return null;
}

function commonLength(a: string, b: string): number {
  let i = 0;
  while (i < a.length && i < b.length && a[i] === b[i]) i++;
  return i;
}

function excerpt(text: string, at: number): string {
  const rest = text.slice(at, at + 40);
  return rest === "" ? "nothing more" : JSON.stringify(rest);
}
