/** Signs that end a line or part cells. */
const SPACES = /[\t\n\v\f\r\u0085\u2028\u2029]+/g;

/**
 * Signs that no page, picture or terminal shows: control characters, changes of direction, halves of
 * surrogate pairs, what is no character.
 */
const HIDDEN =
  // deno-lint-ignore no-control-regex
  /[\u0000-\u0008\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufffe\uffff]|\p{Surrogate}/gu;

/**
 * A text of somebody else, such as a system's name, on one line of characters that can be shown: line
 * breaks and tabs become spaces, hidden signs `\ufffd`.
 */
export function printable(text: string): string {
  return withoutHidden(text.replace(SPACES, " "));
}

/** A text of several lines with `\ufffd` for hidden signs, so that it moves nothing on a terminal. */
export function withoutHidden(text: string): string {
  return text.replace(HIDDEN, "\ufffd");
}
