import type { Budget } from "./budget.ts";
import { concatTexts, plain, type Text } from "./marked_text.ts";
import { lengthOfText } from "./value.ts";

/** A text filled up to a width; `both` puts it in the middle as Python's `str.center`. */
export function padText(
  text: Text,
  width: number,
  fill: string,
  side: "left" | "right" | "both",
  budget: Budget,
): Text {
  const missing = width - lengthOfText(plain(text));
  if (missing <= 0) return text;
  budget.characters(missing + plain(text).length);
  const left = side === "left"
    ? missing
    : side === "right"
    ? 0
    : Math.floor(missing / 2) + (missing & width & 1);
  return concatTexts([fill.repeat(left), text, fill.repeat(missing - left)]);
}
