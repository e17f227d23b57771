/**
 * The regular expression that cuts text into pieces before byte-pair merges, written so that
 * JavaScript (flags `gu`) and Oniguruma read it alike. Each alternative serves copying by a small
 * model, which must write a name or number that it has seen once:
 *
 * - a line break is a piece of its own;
 * - a number is cut into threes of digits from its beginning, as in Llama 3: few tokens, each of
 *   which is easy to find again in the context;
 * - a run of spaces leaves its last space to what follows;
 * - a space (or `_`) belongs to the lower-case word after it;
 * - a capitalised word never takes the space before it, so that it has the same tokens after a
 *   space, a quote, a parenthesis and a line break;
 * - full stop, comma, hyphen and apostrophe stand alone, so that a name that ends in one
 *   (`Washington, D.C.`) keeps its tokens before a quote; other punctuation is taken in runs, with
 *   the space before it.
 *
 * No merge can cross two pieces even when a coarser pattern (Qwen2's, in engines that know only a
 * few patterns) hands both over together, because no learned merge joins their characters.
 */
export const PIECE_PATTERN: string = [
  "[\\r\\n]",
  "\\p{N}{1,3}",
  " +(?!\\S)",
  "[ _]?\\p{Ll}[\\p{Ll}\\p{M}]*",
  "[\\p{L}\\p{M}]+",
  "[.,'’\\-_]",
  " ?[^\\s\\p{L}\\p{M}\\p{N}.,'’\\-_]+",
  "\\s",
].join("|");

/** The pieces of `text`, in order; together they are the whole text. */
export function splitPieces(text: string): string[] {
  return text.match(new RegExp(PIECE_PATTERN, "gu")) ?? [];
}

/** True if a piece is a word that begins with a capital letter: in the lab, most often a name. */
export function isCapitalised(piece: string): boolean {
  return /^[\p{Lu}\p{Lt}]/u.test(piece);
}
