import { escapeHtml } from "../display/escape_html.ts";
import type { MimeBundle } from "../display/table.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import type { TokenizedExample } from "../training_data/tokenized_example.ts";

/** A training example with its loss mask, for a notebook (HTML) or a terminal (`String(...)`). */
export interface MaskDisplay {
  /** Text with the trained tokens in reverse video, and a line of counts. */
  toString(): string;
}

/**
 * Shows which tokens of an example are trained: highlighted in HTML, in reverse video in a terminal.
 * Token borders show in HTML as thin lines.
 */
export function showMask(tokenizer: Tokenizer, example: TokenizedExample): MaskDisplay {
  const share = example.trained.reduce((sum, bit) => sum + bit, 0) / example.ids.length;
  const caption = `${example.ids.length} tokens, ${Math.round(100 * share)}% trained`;
  const display = {
    toString: () =>
      runs(example).map(({ ids, trained }) => {
        const text = tokenizer.decode(ids, { continues: true });
        return trained ? `\x1b[7m${text}\x1b[0m` : text;
      }).join("") + `\n(${caption})`,
    [Symbol.for("Jupyter.display")]: (): MimeBundle => ({
      "text/plain":
        runs(example).map(({ ids, trained }) =>
          trained
            ? `[[${tokenizer.decode(ids, { continues: true })}]]`
            : tokenizer.decode(ids, { continues: true })
        ).join("") + `\n(${caption})`,
      "text/html": asHtml(tokenizer, example, caption),
    }),
  };
  return display;
}

interface Run {
  readonly ids: number[];
  readonly trained: boolean;
}

/** Stretches of tokens that are all trained or all not. */
function runs(example: TokenizedExample): Run[] {
  const out: Run[] = [];
  example.ids.forEach((id, i) => {
    const trained = example.trained[i] === 1;
    const last = out.at(-1);
    if (last?.trained === trained) last.ids.push(id);
    else out.push({ ids: [id], trained });
  });
  return out;
}

function asHtml(tokenizer: Tokenizer, example: TokenizedExample, caption: string): string {
  const spans = [...example.ids].map((id, i) => {
    const style = (example.trained[i] ? "background:#54a24b55;" : "opacity:.75;") +
      "border-right:1px solid #8884";
    return `<span style="${style}">${
      escapeHtml(tokenizer.decode([id], { continues: true }))
    }</span>`;
  });
  return `<div style="font:12px/1.6 monospace;white-space:pre-wrap;max-width:80em">` +
    `${spans.join("")}</div><p><small>${caption}</small></p>`;
}
