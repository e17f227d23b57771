import type { Architecture } from "../architecture.ts";

/** Tensors outside of the blocks, by their names in a checkpoint and in GGUF. */
const FIXED = [
  ["model.embed_tokens.weight", "token_embd.weight"],
  ["model.norm.weight", "output_norm.weight"],
  ["lm_head.weight", "output.weight"],
] as const;

/** The name in a GGUF file of a checkpoint's tensor. */
export function ggufName({ gguf }: Architecture, name: string): string {
  const fixed = FIXED.find(([own]) => own === name);
  if (fixed !== undefined) return fixed[1];
  const [, layer, part, kind] = /^model\.layers\.(\d+)\.(.+)\.(weight|bias)$/.exec(name)!;
  return `blk.${layer}.${gguf.parts[part]}.${kind}`;
}

/** The name in a checkpoint of a GGUF file's tensor, or null when the architecture has none such. */
export function checkpointName({ gguf }: Architecture, name: string): string | null {
  const fixed = FIXED.find(([, other]) => other === name);
  if (fixed !== undefined) return fixed[0];
  const match = /^blk\.(\d+)\.(\w+)\.(weight|bias)$/.exec(name);
  const part = Object.entries(gguf.parts).find(([, other]) => other === match?.[2])?.[0];
  return match === null || part === undefined
    ? null
    : `model.layers.${match[1]}.${part}.${match[3]}`;
}

/**
 * Rows of a matrix or vector of queries or keys in another order: half a head apart, as Hugging Face
 * pairs them, to side by side, or back.
 *
 * @param size width of a head
 * @param width numbers of a row
 */
export function reorderPairs(
  data: Float32Array,
  size: number,
  width: number,
  to: "neighbours" | "halves",
): Float32Array<ArrayBuffer> {
  const rows = data.length / width;
  const out = new Float32Array(data.length);
  for (let row = 0; row < rows; row++) {
    const place = row % size;
    const pair = place % (size / 2);
    const other = row - place + 2 * pair + (place < size / 2 ? 0 : 1);
    const [from, target] = to === "neighbours" ? [row, other] : [other, row];
    out.set(data.subarray(from * width, (from + 1) * width), target * width);
  }
  return out;
}
