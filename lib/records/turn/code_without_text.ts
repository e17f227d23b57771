import { PythonStrings } from "./python_strings.ts";

/** Python with an `S` for each string, and without comments: what is left is code. */
export function codeWithoutText(code: string): string {
  const strings = new PythonStrings(code);
  const token = /["'#]/g;
  const parts: string[] = [];
  let done = 0;
  for (let match = token.exec(code); match !== null; match = token.exec(code)) {
    const isComment = match[0] === "#";
    const line = code.indexOf("\n", match.index);
    const end = isComment ? (line === -1 ? code.length : line) : strings.end(match.index);
    if (end === -1) continue;
    parts.push(code.slice(done, match.index), isComment ? "" : "S");
    done = token.lastIndex = end;
  }
  return parts.join("") + code.slice(done);
}
