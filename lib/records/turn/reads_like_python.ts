import { PythonStrings } from "./python_strings.ts";

/** Characters of a line that are looked at; what a line is, its beginning tells. */
const HEAD = 300;
const PLAIN_STATEMENT =
  /^(?:import [\w.]+|from [\w.]+ import\b|(?:async )?def \w+ ?\(|class \w+ ?[(:]|@\w|(?:return|raise|assert|yield|await|del|global|nonlocal)\b|(?:pass|break|continue)$|(?:try|else|finally) ?:|except\b.*:)/;
const HEADER = /^(?:async )?(?:for .+ in .+|(?:while|if|elif|with|match|case)\b.+):/;
const TARGET = String.raw`[\p{L}_][\p{L}\p{N}_.]*(?:\[[^[\]]*\])*`;
const ASSIGNMENT = new RegExp(
  String
    .raw`^[(*]?${TARGET}(?: ?, ?\*?${TARGET})*,?\)? ?(?:: ?[\p{L}_][\w.]*(?:\[[\w.[\], |]*\])? ?)?(?:[-+*/%&|^@]|//|\*\*|>>|<<)?=(?!=)`,
  "u",
);
const STRING = /^[rbuft]{0,2}["']/i;
/** Labels of turns and answers, which look like annotated names. */
const TEXT_LABEL =
  /^(?:thought|code|action|observation|question|answer|final answer|result|step|note|task|output|explanation|solution|plan)s? ?\d* ?:/i;
const CALL = /^(?:await )?[\p{L}_][\p{L}\p{N}_.]*\(/u;
const ARITHMETIC = /^[\d(][\d\s().+*/%-]*[\d)]$/;

/**
 * True if a text is Python rather than prose, a table or an output: each statement at its left
 * margin begins as statements do. It is not parsed: broken Python still reads like Python.
 */
export function readsLikePython(text: string): boolean {
  const first = text.search(/\S/);
  if (first > 0 && text[first - 1] !== "\n") return false;
  let count = 0;
  for (const line of statements(text)) {
    if (!isStatement(line)) return false;
    // A text in quotes alone does nothing.
    if (!STRING.test(line)) count++;
  }
  return count > 0;
}

/** True if the first statement of a text begins like Python. */
export function beginsLikePython(text: string): boolean {
  for (const line of statements(text)) return isStatement(line);
  return false;
}

function isStatement(line: string): boolean {
  const head = line.slice(0, HEAD).replace(/[ \t]+/g, " ").trimEnd();
  if (TEXT_LABEL.test(head)) return false;
  if (PLAIN_STATEMENT.test(head) || HEADER.test(head) || ASSIGNMENT.test(head)) return true;
  if (STRING.test(head) || ARITHMETIC.test(head)) return true;
  return CALL.test(head) && /[)\]]$/.test(line.slice(-HEAD).trimEnd());
}

/** The statements that begin at the left margin, over several lines where brackets or strings are open. */
function* statements(text: string): Generator<string> {
  const strings = new PythonStrings(text);
  const token = /[\n'"#()[\]{}\\]/g;
  let start = 0;
  let end = -1;
  let depth = 0;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    const at = match.index;
    const char = match[0];
    if (char === '"' || char === "'") {
      const after = strings.end(at);
      if (after !== -1) token.lastIndex = after;
    } else if (char === "#") {
      if (end === -1) end = at;
      const line = text.indexOf("\n", at);
      if (line === -1) break;
      token.lastIndex = line;
    } else if (char === "\\") token.lastIndex = at + 1 + (text[at + 1] === "\n" ? 1 : 0);
    else if (char !== "\n") depth = Math.max(0, depth + ("([{".includes(char) ? 1 : -1));
    else if (depth === 0) {
      if (/\S/.test(text[start] ?? " ") && end !== start) {
        yield text.slice(start, end === -1 ? at : end);
      }
      start = at + 1;
      end = -1;
    }
  }
  const last = text.slice(start, end === -1 ? undefined : end);
  if (/^\S/.test(last)) yield last;
}
