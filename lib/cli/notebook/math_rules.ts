import katex from "katex";
import type { MarkdownIt } from "markdown-it";

/**
 * A formula as MathML, which browsers set without fonts or style sheets of ours. What TeX does not know
 * is shown as it was written.
 */
export function mathHtml(tex: string, displayMode: boolean): string {
  return katex.renderToString(tex, {
    output: "mathml",
    throwOnError: false,
    strict: "ignore",
    trust: false,
    maxSize: 50,
    maxExpand: 1000,
    displayMode,
  });
}

/**
 * Teaches Markdown formulas as Jupyter has them: `$x$` within a line, `$$x$$` set apart. A dollar before
 * white space, or after it, or before a digit at its end (`$5 and $6`) is a dollar.
 *
 * @param place puts a formula's HTML away and returns what stands for it
 */
export function addMath(markdown: MarkdownIt, place: (html: string) => string): void {
  markdown.block.ruler.before("fence", "math", (state, startLine, endLine, silent) => {
    const lineAt = (line: number) =>
      state.src.slice(state.bMarks[line] + state.tShift[line], state.eMarks[line]);
    if (!lineAt(startLine).startsWith("$$")) return false;
    let text = lineAt(startLine).slice(2);
    let line = startLine;
    while (!text.trimEnd().endsWith("$$")) {
      if (++line >= endLine) return false;
      text += `\n${lineAt(line)}`;
    }
    if (silent) return true;
    state.line = line + 1;
    const token = state.push("math", "math", 0);
    token.content = text.trimEnd().slice(0, -2);
    token.block = true;
    return true;
  }, { alt: ["paragraph", "blockquote", "list"] });
  markdown.inline.ruler.after("escape", "math", (state, silent) => {
    const rest = state.src.slice(state.pos, state.posMax);
    const found = /^\$\$([^$]+)\$\$/.exec(rest) ??
      /^\$(?![\s$])((?:\\[^`]|[^$\\`])*?[^\s\\$`]|[^\s$`])\$(?!\d)/.exec(rest);
    if (found === null) return false;
    if (!silent) {
      const token = state.push("math", "math", 0);
      token.content = found[1];
      token.block = rest.startsWith("$$");
    }
    state.pos += found[0].length;
    return true;
  });
  markdown.renderer.rules.math = (tokens, i) => place(mathHtml(tokens[i].content, tokens[i].block));
}
