// deno-lint-ignore-file no-control-regex -- lost escapes are control characters
const COMMANDS = "boxed|fbox|[dtc]?frac|[dt]?binom|sqrt|text[a-z]*|math[a-z]+|operatorname|left|" +
  "right|begin|end|cdot|times|div|infty|cup|cap|circ|pm|mp|leq?|geq?|neq?|in|pi|alpha|beta|gamma|" +
  "delta|theta|lambda|mu|phi|omega|sum|prod|int|lim|sin|cos|tan|log|ln|angle|degree|approx|quad|to";
const DOUBLED = new RegExp(`(?<!\\\\)\\\\\\\\(?=(?:${COMMANDS})(?![a-zA-Z]))`, "g");
const SINGLE = /(?<!\\)(?:\\\\)*\\(?=[a-zA-Z([])/;

/**
 * Text that follows a control character which a string literal made of a backslash and a letter.
 */
const CONTROLS: readonly (readonly [RegExp, string])[] = [
  [/\u0007(?=[a-z])/g, "\\a"],
  [/\u0008(?=[a-z])/g, "\\b"],
  [/\u000b(?=[a-z])/g, "\\v"],
  [/\f(?=(?:rac|box|orall|lat|rown)(?![a-z]))/g, "\\f"],
  [
    /\t(?=(?:ext[a-z]{0,6}|frac|binom|imes|anh|heta|ilde|riangle)(?![a-z])|an\s?[({^\\\d])/g,
    "\\t",
  ],
  [/\r(?=(?:ight|ightarrow|angle|ceil|floor|vert|brace|ho)(?![a-z]))/g, "\\r"],
  [/\n(?=(?:eq|otin|abla)(?![a-z]))/g, "\\n"],
  // Within a formula, where a text has no line break or tab.
  [/(?<=[{$(=+*/^\d-])\t(?=(?:an|au)(?![a-z]))/g, "\\t"],
  [/(?<=[{$(=+*/^\d-])\n(?=u(?![a-z]))/g, "\\n"],
];

/**
 * Undoes what string literals do to LaTeX: `"\frac"` in Python is a form feed and `rac`, `"\boxed"` a
 * backspace and `oxed`, `"\text"` a tab and `ext`; and backslashes that were escaped twice.
 */
export function repairEscapes(text: string): string {
  let repaired = text;
  if (/[\u0007\u0008\u000b\f\t\r\n]/.test(text)) {
    for (const [pattern, command] of CONTROLS) repaired = repaired.replace(pattern, command);
  }
  if (!repaired.includes("\\\\")) return repaired;
  // Where no command has a single backslash, every one was doubled, row breaks too.
  if (repaired.search(DOUBLED) !== -1 && !SINGLE.test(repaired)) {
    return repaired.replace(/\\\\/g, "\\");
  }
  // In a matrix two backslashes may be a row break.
  return repaired.includes("\\begin") ? repaired : repaired.replace(DOUBLED, "\\");
}
