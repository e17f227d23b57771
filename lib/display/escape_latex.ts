import { printable } from "./printable.ts";

/** ASCII that LaTeX reads as commands, or that its fonts show as something else. */
const ASCII: Readonly<Record<string, string>> = {
  "\\": "\\textbackslash{}",
  "{": "\\{",
  "}": "\\}",
  "$": "\\$",
  "&": "\\&",
  "%": "\\%",
  "#": "\\#",
  "_": "\\_",
  "~": "\\textasciitilde{}",
  "^": "\\textasciicircum{}",
  "<": "$<$",
  ">": "$>$",
  "|": "$|$",
  '"': "''",
  "`": "\\textasciigrave{}",
  "'": "'{}",
  // Two would make a dash, and brackets or a star after a line's end are its arguments.
  "-": "-{}",
  "[": "{[}",
  "]": "{]}",
  "*": "{*}",
  "?": "?{}",
  "!": "!{}",
};

const SYMBOLS: Readonly<Record<string, string>> = {
  "–": "--",
  "—": "---",
  "−": "$-$",
  "×": "$\\times$",
  "÷": "$\\div$",
  "±": "$\\pm$",
  "·": "$\\cdot$",
  "•": "$\\bullet$",
  "°": "$^\\circ$",
  "→": "$\\rightarrow$",
  "←": "$\\leftarrow$",
  "↔": "$\\leftrightarrow$",
  "↑": "$\\uparrow$",
  "↓": "$\\downarrow$",
  "⇒": "$\\Rightarrow$",
  "⇐": "$\\Leftarrow$",
  "⇔": "$\\Leftrightarrow$",
  "≤": "$\\le$",
  "≥": "$\\ge$",
  "≠": "$\\ne$",
  "≈": "$\\approx$",
  "≡": "$\\equiv$",
  "∼": "$\\sim$",
  "∞": "$\\infty$",
  "∑": "$\\sum$",
  "∏": "$\\prod$",
  "∫": "$\\int$",
  "√": "$\\surd$",
  "∂": "$\\partial$",
  "∇": "$\\nabla$",
  "∈": "$\\in$",
  "∉": "$\\notin$",
  "∅": "$\\emptyset$",
  "∪": "$\\cup$",
  "∩": "$\\cap$",
  "⊂": "$\\subset$",
  "⊆": "$\\subseteq$",
  "∧": "$\\wedge$",
  "∨": "$\\vee$",
  "¬": "$\\neg$",
  "∀": "$\\forall$",
  "∃": "$\\exists$",
  "△": "$\\triangle$",
  "★": "$\\star$",
  "✓": "$\\surd$",
  "✗": "$\\times$",
  "…": "\\ldots{}",
  "‘": "`{}",
  "’": "'{}",
  "“": "``{}",
  "”": "''{}",
  "„": ",,",
  "«": "$\\ll$",
  "»": "$\\gg$",
  "†": "\\dag{}",
  "‡": "\\ddag{}",
  "§": "\\S{}",
  "¶": "\\P{}",
  "©": "\\copyright{}",
  "£": "\\pounds{}",
  "¿": "?`",
  "¡": "!`",
  "µ": "$\\mu$",
  "ß": "\\ss{}",
  "æ": "\\ae{}",
  "Æ": "\\AE{}",
  "œ": "\\oe{}",
  "Œ": "\\OE{}",
  "ø": "\\o{}",
  "Ø": "\\O{}",
  "å": "\\aa{}",
  "Å": "\\AA{}",
  "ł": "\\l{}",
  "Ł": "\\L{}",
  "ı": "\\i{}",
  "\u00a0": "~",
  "\u2009": "\\,",
  "\u202f": "\\,",
  "\u2010": "-{}",
  "\u2011": "-{}",
};

const GREEK: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ("α alpha β beta γ gamma δ delta ε varepsilon ζ zeta η eta θ theta ι iota κ kappa λ lambda " +
      "μ mu ν nu ξ xi π pi ρ rho σ sigma ς varsigma τ tau υ upsilon φ varphi χ chi ψ psi ω omega " +
      "Γ Gamma Δ Delta Θ Theta Λ Lambda Ξ Xi Π Pi Σ Sigma Υ Upsilon Φ Phi Ψ Psi Ω Omega")
      .matchAll(/(\S) (\w+)/g).map(([, letter, name]) => [letter, `$\\${name}$`]),
  ),
  // Where a Greek letter looks like a Latin one, LaTeX has no other.
  ...Object.fromEntries(
    "ΑAΒBΕEΖZΗHΙIΚKΜMΝNΟOΡPΤTΧXοo".matchAll(/(.)(.)/gu).map(([, letter, latin]) => [letter, latin]),
  ),
};

/** Accents over or under a letter, by their combining character. */
const ACCENTS: Readonly<Record<string, string>> = {
  "\u0300": "`",
  "\u0301": "'",
  "\u0302": "^",
  "\u0303": "~",
  "\u0304": "=",
  "\u0306": "u",
  "\u0307": ".",
  "\u0308": '"',
  "\u030a": "r",
  "\u030b": "H",
  "\u030c": "v",
  "\u0323": "d",
  "\u0327": "c",
  "\u0331": "b",
};

/** Digits above and below the line. */
const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const LOWERED = "₀₁₂₃₄₅₆₇₈₉";

const KNOWN: ReadonlyMap<string, string> = new Map([
  ...Object.entries(ASCII),
  ...Object.entries(SYMBOLS),
  ...Object.entries(GREEK),
  ...[...RAISED].map((digit, i): [string, string] => [digit, `$^${i}$`]),
  ...[...LOWERED].map((digit, i): [string, string] => [digit, `$_${i}$`]),
]);

/**
 * A text as LaTeX typesets it with pdflatex and no package: commands are escaped, accents, Greek and usual
 * symbols are written by commands. A character that pdflatex has no letter for stands as its
 * number, `{[}U+4E2D{]}`.
 *
 * @example
 * ```ts
 * import { escapeLatex } from "@potstill/display/escape_latex.ts";
 * if (escapeLatex("a_1 → 50%") !== "a\\_1 $\\rightarrow$ 50\\%") throw new Error("not escaped");
 * ```
 */
export function escapeLatex(text: string): string {
  return (printable(text).normalize("NFC").match(/\P{M}\p{M}*|\p{M}+/gu) ?? []).map(letter).join(
    "",
  );
}

function letter(cluster: string): string {
  const known = KNOWN.get(cluster);
  if (known !== undefined) return known;
  if (/^[ -~]$/.test(cluster)) return cluster;
  const [base, ...marks] = cluster.normalize("NFD");
  const accents = marks.map((mark) => ACCENTS[mark]);
  if (/^[A-Za-z]$/.test(base) && accents.every((accent) => accent !== undefined)) {
    return accents.reduce((inner, accent) => `\\${accent}{${inner}}`, dotless(base, accents));
  }
  return [...cluster].map((character) =>
    KNOWN.get(character) ?? (/^[ -~]$/.test(character) ? character : codePoint(character))
  ).join("");
}

/** Under an accent, i and j have no dot of their own. */
function dotless(base: string, accents: readonly string[]): string {
  const isAbove = accents.length > 0 && !["d", "c", "b"].includes(accents[0]);
  return isAbove && (base === "i" || base === "j") ? `\\${base}{}` : base;
}

function codePoint(character: string): string {
  // Joiners and variation selectors are no characters of their own.
  if (/^[\u200b-\u200f\u2060-\u2064\ufe00-\ufe0f\u00ad\ufeff]$/.test(character)) return "";
  const number = character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0");
  return `{[}U+${number}{]}`;
}
