const KEYWORDS = new Set(
  ("False None True and as assert async await break case class continue def del elif else except " +
    "finally for from global if import in is lambda match nonlocal not or pass raise return try while " +
    "with yield").split(" "),
);
const BUILTINS = new Set(
  ("abs all any bool dict enumerate filter float format int isinstance len list map max min next open " +
    "pow print range repr reversed round set sorted str sum super tuple type zip final_answer web_search")
    .split(" "),
);
const TOKEN =
  /(#[^\n]*)|((?:[rbfuRBFU]{0,2})(?:"""[\s\S]*?(?:"""|$)|'''[\s\S]*?(?:'''|$)|"(?:[^"\\\n]|\\[\s\S])*"?|'(?:[^'\\\n]|\\[\s\S])*'?))|(\b\d[\d_]*(?:\.\d*)?(?:[eE][+-]?\d+)?j?\b|0[xob][\da-fA-F_]+)|([A-Za-z_]\w*)/g;

/**
 * Python code as parts for display: comments, texts, numbers, keywords, built-in functions, and names
 * that are defined or called.
 *
 * @param {string} code
 * @returns {{ kind: "" | "comment" | "text" | "number" | "keyword" | "builtin" | "call", text: string }[]}
 */
export function highlightPython(code) {
  const parts = [];
  let done = 0;
  const add = (kind, text) => {
    if (text === "") return;
    const last = parts[parts.length - 1];
    if (last !== undefined && last.kind === kind) last.text += text;
    else parts.push({ kind, text });
  };
  for (const match of code.matchAll(TOKEN)) {
    add("", code.slice(done, match.index));
    done = match.index + match[0].length;
    const [text, comment, string, number, name] = match;
    if (comment !== undefined) add("comment", text);
    else if (string !== undefined) add("text", text);
    else if (number !== undefined) add("number", text);
    else if (KEYWORDS.has(name)) add("keyword", text);
    else if (BUILTINS.has(name)) add("builtin", text);
    else add(/^\s*\(/.test(code.slice(done, done + 8)) ? "call" : "", text);
  }
  add("", code.slice(done));
  return parts;
}
