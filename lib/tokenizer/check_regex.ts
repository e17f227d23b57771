import process from "node:process";

/** Most characters of a tokenizer's regular expression; published ones have up to 500. */
const MAX_LENGTH = 5000;
/** Most repetitions without an end in one alternative; published ones have two. */
const MAX_REPEATS = 4;
/** Longest time that a probe of a few thousand characters may take, in milliseconds. */
const MAX_PROBE_MS = 400;

/**
 * Reason why a tokenizer's regular expression must not be run on arbitrary text, or null: it is
 * outside the supported syntax, repeats an expression that itself repeats or chooses (which can
 * take time exponential in the text), or takes long on runs of the characters that it mentions.
 *
 * @param compiled the expression as it will be run
 *
 * @example
 * ```ts
 * import { checkRegex } from "@potstill/tokenizer/check_regex.ts";
 * if (checkRegex(/\p{L}+|\s+(?!\S)/gu) !== null) throw new Error("refused");
 * if (checkRegex(/(a+)+$/gu) === null) throw new Error("taken");
 * ```
 */
export function checkRegex(compiled: RegExp): string | null {
  const { source } = compiled;
  if (source.length > MAX_LENGTH) return `has ${source.length} characters`;
  return checkNesting(source) ?? probe(compiled);
}

interface Group {
  /** True if it holds a repetition, a choice or an option: then it must not be repeated itself. */
  isLoose: boolean;
  /** Repetitions without an end in its present alternative. */
  repeats: number;
}

function checkNesting(source: string): string | null {
  const groups: Group[] = [{ isLoose: false, repeats: 0 }];
  let closed: Group | null = null;
  for (let i = 0; i < source.length;) {
    const top = groups[groups.length - 1];
    const quantifier = /^(?:[*+?]|\{\d+(?:,\d*)?\})/.exec(source.slice(i, i + 20));
    if (quantifier !== null) {
      const [text] = quantifier;
      const isEndless = text === "*" || text === "+" || /,\}$/.test(text);
      const most = Number(/(\d+)\}$/.exec(text)?.[1] ?? 1);
      if (most > 1000) return "repeats more than 1000 times";
      if (closed?.isLoose && (isEndless || most > 4)) return "repeats what repeats or chooses";
      if (isEndless && ++top.repeats > MAX_REPEATS) {
        return `has more than ${MAX_REPEATS} repetitions without an end in a row`;
      }
      if (text !== `{${most}}`) top.isLoose = true;
      closed = null;
      i += text.length;
      // A lazy repetition matches the same texts.
      if (source[i] === "?") i++;
      continue;
    }
    closed = null;
    const char = source[i];
    if (char === "\\") {
      i += /^\\[pPuxk]\{?/.test(source.slice(i)) && source[i + 2] === "{"
        ? source.indexOf("}", i) - i + 1
        : 2;
    } else if (char === "[") i = classEnd(source, i);
    else if (char === "(") {
      groups.push({ isLoose: false, repeats: 0 });
      i += /^\((?:\?(?:[:=!]|<[=!]|<\w+>|[a-z-]+:))?/.exec(source.slice(i, i + 40))![0].length;
    } else if (char === ")") {
      closed = groups.pop() ?? null;
      const outer = groups[groups.length - 1];
      if (outer === undefined || closed === null) return "has brackets that do not match";
      outer.isLoose ||= closed.isLoose;
      outer.repeats += closed.repeats;
      i++;
    } else {
      if (char === "|") {
        top.repeats = 0;
        if (groups.length > 1) top.isLoose = true;
      }
      i++;
    }
  }
  return null;
}

function classEnd(source: string, start: number): number {
  let i = start + 1;
  for (let depth = 1; i < source.length && depth > 0; i++) {
    if (source[i] === "\\") i++;
    else if (source[i] === "]") depth--;
  }
  return i;
}

/**
 * Times the expression on ever longer runs of characters of every kind that it mentions. Time that
 * other processes take does not count: what is too slow takes this process's processor time.
 */
function probe(compiled: RegExp): string | null {
  const letters = new Set([..." \n\t\raA0中é'.,!_-<|>\u0301😀", ...compiled.source].slice(0, 300));
  const units = [...letters, " \n", "aA", "a ", "a0", "'s", "a'"];
  for (const length of [64, 256, 1024, 2048]) {
    const startedAt = performance.now();
    const usedBefore = process.cpuUsage();
    for (const unit of units) {
      const text = unit.repeat(Math.ceil(length / unit.length));
      for (const whole of [text, text + "\x01", "\x01" + text + "!"]) {
        whole.replace(compiled, "");
        if (performance.now() - startedAt <= MAX_PROBE_MS * 4) continue;
        const { user, system } = process.cpuUsage(usedBefore);
        if ((user + system) / 1000 > MAX_PROBE_MS * 4) {
          return `takes too long on a run of ${length} characters`;
        }
      }
    }
  }
  return null;
}
