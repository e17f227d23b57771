/**
 * Language of a code block by its fence: `none` without a name, `unknown` for an unrecognised one.
 */
export type BlockLanguage = "python" | "none" | "other" | "unknown";

/** Parsed info string: the text after a fence on its line. */
export interface FenceInfo {
  /** The language that it names. */
  readonly language: BlockLanguage;
  /** Characters up to the end of the language's name. */
  readonly length: number;
}

/** Longer lines behind a fence are no names. */
const LONGEST_INFO = 200;
const PYTHON =
  /^(?:c?python|ipython|ipy|py|jupyter|sage|tool[_-]?code|code|code[_-]?interpreter|python[_-]?interpreter|exec|execute)[-_]?\d*(?:\.\d+)*$/i;
const DIRECTIVE = /^(?:code|code-cell|code-block|sourcecode|jupyter-execute|ipython)$/i;
const OTHER = new Set(
  ("json jsonl json5 text txt plain plaintext output out stdout stderr console terminal log logs result " +
    "results observation observations error traceback table csv tsv md markdown mdx html xml svg css scss js " +
    "jsx javascript ts tsx typescript java kotlin scala c h cpp c++ cc csharp c# cs fsharp go golang rust rs " +
    "swift ruby rb php perl lua haskell hs ocaml clojure elixir erlang r rscript julia matlab octave fortran " +
    "sql sqlite mysql bash sh shell zsh fish powershell ps1 bat cmd yaml yml toml ini cfg conf env properties " +
    "latex tex math asy asymptote mermaid dot graphviz diff patch http graphql dockerfile makefile cmake " +
    "regex ascii input pycon python-repl doctest pseudo pseudocode none xml-doc tool_call tool_response")
    .split(" "),
);
const ATTRIBUTE = /^(?:\{[^{}]*\}|[\w:.#-]+(?:=(?:"[^"]*"|'[^']*'|[^\s"'`=]+))?|[:;,{][^`]*)$/;

/** Reads the name of a language behind a fence: `py`, `{python}`, `{.python .x}`, `python:a.py`. */
export function fenceInfo(line: string): FenceInfo {
  const info = line.slice(0, LONGEST_INFO);
  const space = /^[ \t]*/.exec(info)![0].length;
  const rest = info.slice(space);
  if (rest.trim() === "") return { language: "none", length: info.length };
  const braced = /^\{([^{}`]*)\}(?:[ \t]+([A-Za-z][\w.-]*))?/.exec(rest);
  if (braced !== null) {
    const words = braced[1].split(/[\s,]+/).map((word) => word.replace(/^\./, ""));
    const named = braced[2] ?? "";
    const isPython = named === ""
      ? words.some((word) => PYTHON.test(word) || DIRECTIVE.test(word))
      : PYTHON.test(named);
    return { language: isPython ? "python" : "other", length: space + braced[0].length };
  }
  const name = /^\.?([A-Za-z][\w+#.-]*)(?=$|[\s:{,;])/.exec(rest);
  if (name === null) return { language: "none", length: space };
  const length = space + name[0].length;
  if (PYTHON.test(name[1])) return { language: "python", length };
  return { language: OTHER.has(name[1].toLowerCase()) ? "other" : "unknown", length };
}

/**
 * True if the text after a language's name is titles and attributes (`title="x"`, `{1,3}`), not
 * code.
 */
export function isAttributes(rest: string): boolean {
  if (rest.length > LONGEST_INFO) return false;
  const trimmed = rest.trim();
  if (trimmed === "" || /^[:;,{]/.test(trimmed)) return true;
  if (
    /^(?:import|from|def|class|for|while|if|with|try|return|print|assert|raise)\b/.test(trimmed)
  ) {
    return false;
  }
  const words = trimmed.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? [];
  return words.every((word) => ATTRIBUTE.test(word));
}
