/**
 * The index just after the group that opens at `start`: `{...}`, `(...)`, `[...]`, `\{...\}` or
 * `\begin{x}...\end{x}`; -1 when it is never closed. Round and square brackets close each other, as
 * in half-open intervals.
 */
export function groupEnd(text: string, start: number): number {
  let depth = 0;
  let at = start;
  while (at < text.length) {
    const [step, change] = tokenAt(text, at);
    at += step;
    depth += change;
    if (depth === 0) return at;
  }
  return -1;
}

/** Splits at the separators that stand outside every group; parts are trimmed. */
export function splitOutside(text: string, separator: RegExp): string[] {
  const sticky = new RegExp(separator.source, "y");
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  let at = 0;
  while (at < text.length) {
    if (depth === 0) {
      sticky.lastIndex = at;
      const match = sticky.exec(text);
      if (match !== null && match[0] !== "") {
        parts.push(text.slice(from, at).trim());
        at += match[0].length;
        from = at;
        continue;
      }
    }
    const [step, change] = tokenAt(text, at);
    at += step;
    depth += change;
  }
  parts.push(text.slice(from).trim());
  return parts;
}

/** Length of the token at `at`, and by how much it opens or closes groups. */
function tokenAt(text: string, at: number): readonly [number, number] {
  const character = text[at];
  if (character === "\\") {
    const command = /^\\(?:[a-zA-Z]+|[\s\S]|$)/.exec(text.slice(at, at + 40))![0];
    if (command === "\\{" || command === "\\begin" || command === "\\langle") {
      return [command.length, 1];
    }
    if (command === "\\}" || command === "\\end" || command === "\\rangle") {
      return [command.length, -1];
    }
    return [command.length, 0];
  }
  if (character === "{" || character === "(" || character === "[") return [1, 1];
  if (character === "}" || character === ")" || character === "]") return [1, -1];
  return [1, 0];
}
