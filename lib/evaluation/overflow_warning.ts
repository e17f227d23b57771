import type { EvaluationRow } from "./evaluation_row.ts";

/** A warning about attempts that outgrew the model's context; null when none did. */
export function overflowWarning(rows: readonly EvaluationRow[]): string | null {
  const outgrown = rows.filter(({ errorKinds }) => (errorKinds["context-overflow"] ?? 0) > 0);
  if (outgrown.length === 0) return null;
  const wrong = outgrown.filter(({ verdict }) => verdict === "wrong").length;
  return `WARNING: ${outgrown.length} of ${rows.length} attempts outgrew the model's context; ` +
    `${wrong} of them have no right answer and count as wrong. Fewer new tokens or steps ` +
    "(--max-new-tokens, --max-steps) leave more room";
}
