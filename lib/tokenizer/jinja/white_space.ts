/** White space as Python's `str.isspace` and `\s` have it. */
// deno-lint-ignore no-control-regex -- Python counts separators as white space
const SPACE = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;

/** True if a character is white space for Python. */
export function isSpace(character: string): boolean {
  return SPACE.test(character);
}

/** The place in `text`, from `start` on, of the first character that `drop` does not hold for. */
export function skipStart(text: string, drop: (character: string) => boolean, start = 0): number {
  while (start < text.length && drop(text[start])) start++;
  return start;
}

/** The place after the last character of `text` that `drop` does not hold for. */
export function skipEnd(text: string, drop: (character: string) => boolean, start = 0): number {
  let end = text.length;
  while (end > start && drop(text[end - 1])) end--;
  return end;
}
