import { readFile } from "node:fs/promises";
import { chatTemplateSource } from "./chat_template_source.ts";
import { Tokenizer } from "./tokenizer.ts";

/**
 * A tokenizer with another chat template: that of a file, or one of the named ones that it has.
 *
 * @param choice path of a file (`.jinja`), or a template's name
 * @throws {Error} naming the file that cannot be read or is no template, or the name that there is not
 *
 * @example
 * ```ts
 * import { loadChatTemplate, trainTokenizer } from "@potstill/student";
 * import { withChatTemplate } from "@potstill/tokenizer/with_chat_template.ts";
 * const own = trainTokenizer(["a b"], await loadChatTemplate(), { vocabSize: 260 });
 * const path = await Deno.makeTempFile({ suffix: ".jinja" });
 * await Deno.writeTextFile(path, "{% for m in messages %}{{ m.content }}<|im_end|>{% endfor %}");
 * const tokenizer = await withChatTemplate(own, path);
 * const text = tokenizer.chatTemplate().render([{ role: "user", content: "Hi" }]);
 * if (text !== "Hi<|im_end|>") throw new Error(text);
 * await Deno.remove(path);
 * ```
 */
export async function withChatTemplate(tokenizer: Tokenizer, choice: string): Promise<Tokenizer> {
  const { files } = tokenizer;
  const source = /[./\\]/.test(choice)
    ? await readFile(choice, "utf8").catch((cause) => {
      throw new Error(`Cannot read the chat template ${choice}: ${(cause as Error).message}`, {
        cause,
      });
    })
    : chatTemplateSource(files.config, choice);
  const changed = new Tokenizer({ ...files, config: { ...files.config, chat_template: source } });
  try {
    changed.chatTemplate();
  } catch (cause) {
    throw new Error(`Cannot use the chat template ${choice}: ${(cause as Error).message}`, {
      cause,
    });
  }
  return changed;
}
