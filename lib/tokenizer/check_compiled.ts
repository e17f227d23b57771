import { checkRegex } from "./check_regex.ts";

/** Verdicts on expressions that were checked before. */
const verdicts = new Map<string, string | null>();

/** Deepest nesting of a tokenizer's parts. */
const MAX_DEPTH = 12;

/**
 * Checks every regular expression with which a tokenizer works, as it was compiled.
 *
 * @param tokenizer of `@huggingface/tokenizers`
 * @throws {Error} naming the expression that is refused, and why
 */
export function checkCompiled(tokenizer: object): void {
  const parts = tokenizer as Record<string, unknown>;
  for (const name of ["normalizer", "pre_tokenizer", "decoder"]) checkPart(parts[name], name, 0);
}

function checkPart(part: unknown, where: string, depth: number): void {
  if (part instanceof RegExp) return checkOne(part, where);
  const isPart = part !== null && (typeof part === "object" || typeof part === "function");
  if (!isPart || depth > MAX_DEPTH || part instanceof Map || part instanceof Set) return;
  for (const [name, value] of Object.entries(part)) {
    if (name === "added_tokens") continue;
    checkPart(value, `${where}.${name}`, depth + 1);
  }
}

function checkOne(expression: RegExp, where: string): void {
  const key = String(expression);
  let verdict = verdicts.get(key);
  if (verdict === undefined) verdicts.set(key, verdict = checkRegex(expression));
  if (verdict === null) return;
  throw new Error(`the regular expression of ${where} ${verdict}: ${key.slice(0, 80)}`);
}
