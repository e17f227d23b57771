import type { EncoderRecord } from "./encoder.ts";

/**
 * The first thing by which two encoders give other vectors, in words; null when they give the same. The
 * place of their files does not matter, the contents do.
 *
 * @param ours the encoder at hand
 * @param theirs the one that is recorded
 *
 * @example
 * ```ts
 * import { encoderDifference } from "@potstill/retrieval/encoder/encoder_difference.ts";
 * const record = {
 *   type: "endpoint",
 *   location: "http://127.0.0.1:8000/v1",
 *   model: "e5",
 *   dimensions: 4,
 *   queryPrefix: "query: ",
 *   passagePrefix: "passage: ",
 *   sha256: null,
 * } as const;
 * const other = encoderDifference({ ...record, queryPrefix: "" }, record);
 * if (other !== 'its queryPrefix is "query: ", not ""') throw new Error(`${other}`);
 * ```
 */
export function encoderDifference(ours: EncoderRecord, theirs: EncoderRecord): string | null {
  if (ours.type !== theirs.type) return `it is an ${theirs.type} encoder, not an ${ours.type} one`;
  if (ours.type === "endpoint" && ours.model !== theirs.model) {
    return `its model is ${JSON.stringify(theirs.model)}, not ${JSON.stringify(ours.model)}`;
  }
  const fields = (record: EncoderRecord): Readonly<Record<string, unknown>> => ({
    dimensions: record.dimensions,
    sha256: record.sha256,
    queryPrefix: record.queryPrefix,
    passagePrefix: record.passagePrefix,
    ...record.settings,
  });
  const [mine, other] = [fields(ours), fields(theirs)];
  for (const key of Object.keys(other)) {
    if (mine[key] === other[key]) continue;
    if (key === "sha256") return "its model and tokenizer have other files";
    return `its ${key} is ${JSON.stringify(other[key])}, not ${JSON.stringify(mine[key])}`;
  }
  return null;
}
