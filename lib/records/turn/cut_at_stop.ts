import { scanTurn } from "./scan_turn.ts";

/**
 * The text before the first of the stop sequences that occurs in it, outside the strings and comments
 * of its code. A server that is sent the sequences stops within strings as well; what it left in is no
 * reason to cut a program in two.
 *
 * @example
 * ```ts
 * import { cutAtStop } from "@potstill/agent";
 * const code = "<code>\nprint('Observation: done')\n</code>";
 * if (cutAtStop(code + "\nObservation: 3", ["Observation:"]) !== code + "\n") throw new Error();
 * ```
 */
export function cutAtStop(text: string, stops: readonly string[]): string {
  const occurring = stops.filter((stop) => stop !== "" && text.includes(stop));
  if (occurring.length === 0) return text;
  const { quoted } = scanTurn(text, { endsAtObservation: false });
  let end = text.length;
  for (const stop of occurring) {
    let span = 0;
    for (let at = text.indexOf(stop); at !== -1 && at < end;) {
      while (span < quoted.length && quoted[span].end <= at) span++;
      const isQuoted = span < quoted.length && quoted[span].start <= at;
      if (!isQuoted) end = at;
      at = isQuoted ? text.indexOf(stop, quoted[span].end) : -1;
    }
  }
  return text.slice(0, end);
}
