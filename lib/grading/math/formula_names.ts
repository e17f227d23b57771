import type { FunctionName } from "./expression.ts";

/** Functions of one argument by their commands, and by the names that \operatorname may hold. */
export const FUNCTIONS: Readonly<Record<string, FunctionName>> = {
  sin: "sin",
  cos: "cos",
  tan: "tan",
  tg: "tan",
  cot: "cot",
  ctg: "cot",
  cotg: "cot",
  sec: "sec",
  csc: "csc",
  cosec: "csc",
  sinh: "sinh",
  cosh: "cosh",
  tanh: "tanh",
  coth: "coth",
  arcsin: "arcsin",
  arccos: "arccos",
  arctan: "arctan",
  arctg: "arctan",
  arccot: "arccot",
  asin: "arcsin",
  acos: "arccos",
  atan: "arctan",
  ln: "ln",
  exp: "exp",
  abs: "abs",
  floor: "floor",
  ceil: "ceil",
  ceiling: "ceil",
  sgn: "sign",
  sign: "sign",
  factorial: "factorial",
};

/** Inverses that `\sin^{-1}` and its like stand for. */
export const INVERSES: Readonly<Record<string, FunctionName>> = {
  sin: "arcsin",
  cos: "arccos",
  tan: "arctan",
  cot: "arccot",
};

/** Functions of several arguments. */
export const LIST_FUNCTIONS: Readonly<Record<string, FunctionName>> = {
  max: "max",
  min: "min",
  gcd: "gcd",
  lcm: "lcm",
  binom: "binomial",
  binomial: "binomial",
  comb: "binomial",
  Mod: "mod",
};

/** Letters that, before a bracket, name a function rather than multiply. */
export const FUNCTION_LETTERS: ReadonlySet<string> = new Set(["f", "g", "h", "F", "G", "H"]);

/** Commands that are letters, with one spelling for each. */
export const LETTER_COMMANDS: ReadonlyMap<string, string> = new Map(
  ("alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi rho sigma tau upsilon " +
    "phi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega ell hbar " +
    "varepsilon=epsilon vartheta=theta varrho=rho varsigma=sigma varphi=phi").split(" ").map(
      (entry) => {
        const [name, letter = name] = entry.split("=");
        return [`\\${name}`, `\\${letter}`];
      },
    ),
);

/** Commands over one argument that make another quantity of it; algebra around them is as usual. */
export const ACCENTS: ReadonlySet<string> = new Set([
  "\\overline",
  "\\bar",
  "\\hat",
  "\\widehat",
  "\\tilde",
  "\\widetilde",
  "\\dot",
  "\\ddot",
  "\\underline",
]);

/** Commands that take the rest of the term with them. */
export const SWALLOWING: ReadonlySet<string> = new Set([
  "\\int",
  "\\iint",
  "\\iiint",
  "\\oint",
  "\\lim",
  "\\limsup",
  "\\liminf",
  "\\sup",
  "\\inf",
  "\\bigcup",
  "\\bigcap",
]);

/** Commands over one argument that are never evaluated, nor any formula that holds them. */
export const RIGID_COMMANDS: ReadonlySet<string> = new Set([
  "\\vec",
  "\\overrightarrow",
  "\\overleftarrow",
  "\\overleftrightarrow",
  "\\overbrace",
  "\\underbrace",
  "\\widearc",
  "\\overarc",
  "\\wideparen",
  "\\mathbb",
  "\\mathcal",
  "\\mathfrak",
  "\\mathscr",
  "\\mathbf",
  "\\boldsymbol",
  "\\text",
  "\\operatorname",
]);
