import type { Tokenizer } from "../../tokenizer/tokenizer.ts";
import type { RenderedTraining } from "./mask_template.ts";
import type { PlacedTokens } from "./token_places.ts";

/** Words between which trainers that mask by search look for what to learn. */
export interface MaskMarkers {
  /** Text at which an untrained part begins. */
  readonly instruction: string;
  /** Text at which a trained part begins. */
  readonly response: string;
}

/** The markers of ChatML. */
const chatMlMarkers: MaskMarkers = {
  instruction: "<|im_start|>user\n",
  response: "<|im_start|>assistant\n",
};

/**
 * The mask by the places of the contents, as templates with generation tags and Axolotl make it:
 * the trained turns' contents and the end-of-turn token right after each.
 */
export function maskByContents(
  tokens: PlacedTokens,
  rendered: RenderedTraining,
  learned: readonly number[],
  endOfTurn: string,
): Uint8Array {
  const { ids, starts } = tokens;
  const trained = new Uint8Array(ids.length);
  for (const message of learned) {
    const place = rendered.places[message];
    if (place === null) continue;
    const hasEnd = rendered.text.startsWith(endOfTurn, place.end);
    const end = place.end + (hasEnd ? endOfTurn.length : 0);
    for (let i = 0; i < ids.length; i++) {
      if (starts[i] >= place.start && starts[i + 1] <= end) trained[i] = 1;
    }
  }
  return trained;
}

/**
 * The mask by a search for the template's words in the tokens, as Unsloth and older collators make it:
 * everything after a response marker up to the next instruction marker.
 */
export function maskByMarkers(
  tokenizer: Tokenizer,
  ids: Int32Array,
  isLastOnly: boolean,
  markers: MaskMarkers = chatMlMarkers,
): Uint8Array {
  const instruction = tokenizer.encode(markers.instruction);
  const response = tokenizer.encode(markers.response);
  const isAt = (pattern: Int32Array, at: number) => pattern.every((id, i) => ids[at + i] === id);
  const trained = new Uint8Array(ids.length);
  let last = -1;
  for (let i = 0; i < ids.length; i++) {
    if (!isAt(response, i)) continue;
    const start = i + response.length;
    let end = start;
    while (end < ids.length && !isAt(instruction, end)) end++;
    trained.fill(1, start, end);
    last = start;
    i = end - 1;
  }
  if (isLastOnly && last !== -1) trained.fill(0, 0, last);
  return trained;
}
