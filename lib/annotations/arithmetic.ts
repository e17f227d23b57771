/**
 * The value of an expression of numbers, `+ - * / // **` and brackets, as Python gives it; null when it is
 * none, or divides by zero.
 *
 * @example
 * ```ts
 * import { valueOf } from "@potstill/annotations/arithmetic.ts";
 * if (valueOf("2 * (3 + 4)") !== 14) throw new Error("miscalculated");
 * ```
 */
export function valueOf(expression: string): number | null {
  const tokens = expression.match(/\d+\.?\d*|\.\d+|\*\*|\/\/|[-+*/()]|\S/g) ?? [];
  let at = 0;
  const sum = (): number => {
    let value = product();
    while (tokens[at] === "+" || tokens[at] === "-") {
      value = tokens[at++] === "+" ? value + product() : value - product();
    }
    return value;
  };
  const product = (): number => {
    let value = signed();
    while (tokens[at] === "*" || tokens[at] === "/" || tokens[at] === "//") {
      const operator = tokens[at++];
      if (operator === "*") value *= signed();
      else value = operator === "/" ? value / signed() : Math.floor(value / signed());
    }
    return value;
  };
  const signed = (): number => {
    if (tokens[at] === "-") return at++, -signed();
    if (tokens[at] === "+") return at++, signed();
    const base = atom();
    return tokens[at] === "**" ? (at++, base ** signed()) : base;
  };
  const atom = (): number => {
    const token = tokens[at++];
    if (token === "(") {
      const value = sum();
      return tokens[at++] === ")" ? value : NaN;
    }
    return token !== undefined && /^[\d.]/.test(token) ? Number(token) : NaN;
  };
  // Deep brackets are no arithmetic of a word problem.
  if (tokens.length === 0 || tokens.length > 200) return null;
  const value = sum();
  return at === tokens.length && Number.isFinite(value) ? value : null;
}

/**
 * An expression as solutions write it, in Python: currency signs and thousands' commas left out, percent
 * divided by 100, `x` and `×` as `*`. Null when it is no arithmetic.
 */
export function pythonExpression(written: string): string | null {
  const plain = written.replace(/[$£€]/g, "").replace(/(\d),(?=\d{3}(?!\d))/g, "$1")
    .replace(/[×·]|(?<=[\d)\s])x(?=[\d(\s])/gi, "*").replace(/÷/g, "/").replace(/[−–]/g, "-")
    .replace(/\^/g, "**").replace(/\[/g, "(").replace(/\]/g, ")");
  // Two numbers side by side, as in "1 1/2", are none that Python would read so.
  if (/[\d.]\s+[\d.]/.test(plain)) return null;
  const joined = plain.replace(/\s+/g, "")
    .replace(/(\d+\.?\d*|\.\d+)%/g, "($1/100)")
    .replace(/(?<![\d.])0+(?=\d)/g, "").replace(/([\d)])\(/g, "$1*(").replace(/\)(?=[\d.])/g, ")*");
  if (!/^[\d.+\-*/()]+$/.test(joined) || valueOf(joined) === null) return null;
  return joined.replace(/(?<=[\d.)])([-+]|\/{1,2}|\*{1,2})(?=[\d.(+-])/g, " $1 ").replace(
    /(?<![\d.])\.(?=\d)/g,
    "0.",
  ).replace(/(\d)\.(?!\d)/g, "$1").replace(/(\.\d*?)0+(?!\d)/g, "$1").replace(/\.(?!\d)/g, "");
}
