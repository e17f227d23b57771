import type { JsonObject } from "./tokenizer_json.ts";

/**
 * The source of the chat template in a `tokenizer_config.json`: its only one, or one of a list of named
 * ones.
 *
 * @param name of the template that is wanted. @default "default"
 * @throws {Error} when there is none, or none of that name
 */
export function chatTemplateSource(config: JsonObject, name?: string): string {
  const given = config.chat_template;
  if (typeof given === "string" && given !== "") {
    if (name === undefined || name === "default") return given;
    throw new Error(
      `Cannot find the chat template ${name}: tokenizer_config.json has one, unnamed`,
    );
  }
  const named = new Map<string, string>();
  if (Array.isArray(given)) {
    for (const [i, one] of given.entries()) {
      const { name, template } = (one ?? {}) as JsonObject;
      if (typeof name !== "string" || typeof template !== "string") {
        throw new Error(
          `Cannot find a chat template: chat_template[${i}] of tokenizer_config.json has no ` +
            "name or no template",
        );
      }
      named.set(name, template);
    }
  } else if (given !== null && typeof given === "object") {
    for (const [name, template] of Object.entries(given)) {
      if (typeof template === "string") named.set(name, template);
    }
  } else if (given !== undefined && given !== null && given !== "") {
    throw new Error(
      "Cannot find a chat template: chat_template of tokenizer_config.json is no text",
    );
  }
  if (named.size === 0) {
    throw new Error(
      "Cannot find a chat template: there is no chat_template in tokenizer_config.json, no " +
        "chat_template.jinja beside it, and none in the GGUF file that it was read from",
    );
  }
  const source = named.get(name ?? "default");
  if (source === undefined) {
    throw new Error(
      `Cannot find the chat template ${name ?? "default"}: tokenizer_config.json has ${
        [...named.keys()].join(", ")
      }`,
    );
  }
  return source;
}
