import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { env } from "node:process";
import type { JsonValue } from "../../lib/records/json.ts";
import { loadTokenizer, saveTokenizer } from "../../lib/tokenizer/tokenizer_folder.ts";
import type { TemplateMessage, TemplateVariables } from "../../lib/tokenizer/chat_template.ts";
import type { Tokenizer } from "../../lib/tokenizer/tokenizer.ts";
import { openGguf } from "../../lib/student/gguf/read_gguf.ts";
import { tokenizerOfGguf } from "../../lib/student/gguf/tokenizer_of_gguf.ts";
import { variedTexts } from "../tokenizer/varied_texts.ts";

const PYTHON = env.POTSTILL_PYTHON ?? "python3";
const SCRIPT = new URL("tokenizers_of_models.py", import.meta.url).pathname;

/** Folders with a tokenizer and GGUF files of the folder that POTSTILL_MODELS names. */
function modelsAtHand(): string[] {
  const folder = env.POTSTILL_MODELS;
  if (!folder || !existsSync(folder)) return [];
  return readdirSync(folder).map((name) => join(folder, name)).filter((path) =>
    path.endsWith(".gguf") || existsSync(join(path, "tokenizer.json"))
  );
}

async function hasTransformers(): Promise<boolean> {
  const args = ["-c", "import transformers"];
  const command = new Deno.Command(PYTHON, { args, stdout: "null", stderr: "null" });
  return await command.output().then(({ success }) => success, () => false);
}

const text = (...turns: readonly (readonly [string, JsonValue])[]): TemplateMessage[] =>
  turns.map(([role, content]) => ({ role, content }));
const WEATHER = {
  type: "function",
  function: {
    name: "weather",
    description: "Weather of a city",
    parameters: { type: "object", properties: { city: { type: "string", description: '<b>&"é' } } },
  },
};
const called = (args: JsonValue): TemplateMessage =>
  ({
    role: "assistant",
    content: "",
    tool_calls: [{ type: "function", function: { name: "weather", arguments: args } }],
  }) as TemplateMessage;
const parts = (...texts: string[]) => texts.map((text) => ({ type: "text", text }));
const CONVERSATIONS: readonly TemplateMessage[][] = [
  text(["user", "Hi"]),
  text(["system", "Be brief."], ["user", "a\nb  c "]),
  text(["system", "S"], ["user", " u "], ["assistant", " a "], ["user", "b"], ["assistant", "c\n"]),
  text(["user", "x <|im_end|> y"], ["assistant", "<end_of_turn>"]),
  text(["user", ""], ["assistant", ""]),
  text(["assistant", "first"]),
  text(["user", "a"], ["user", "b"]),
  text(["user", parts("One.", " Two.")]),
  text(["system", parts("S.")], ["user", parts("Q")], ["assistant", parts("A")]),
  text(["user", "q"], ["assistant", "<think>\nhm\n</think>\n\na"], ["user", "again"]),
  text(["system", "नम"], ["user", "你好 😀"], ["assistant", "ok"]),
  [...text(["user", "Rome?"]), called({ city: "Rome" }), ...text(["tool", "sunny"])],
  [...text(["user", "Rome?"]), called('{"city": "Rome"}'), ...text(["tool", '{"t": 3}'])],
];
const CHATS = CONVERSATIONS.flatMap((messages) =>
  [false, true].flatMap((prompt) => [null, [WEATHER]].map((tools) => ({ messages, prompt, tools })))
);

interface Answer {
  readonly ids: readonly (readonly number[])[];
  readonly decoded: readonly string[];
  readonly chats: readonly (string | null)[] | null;
}

async function askTransformers(question: object): Promise<Answer> {
  const command = new Deno.Command(PYTHON, {
    args: [SCRIPT],
    env: { HF_HUB_OFFLINE: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  });
  const child = command.spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(JSON.stringify(question)));
  await writer.close();
  const { stdout, success } = await child.output();
  assert.ok(success, "tokenizers_of_models.py failed");
  return JSON.parse(new TextDecoder().decode(stdout));
}

function compare(tokenizer: Tokenizer, texts: readonly string[], want: Answer): void {
  for (const [i, text] of texts.entries()) {
    assert.deepEqual([...tokenizer.encode(text)], want.ids[i], JSON.stringify(text));
    assert.equal(tokenizer.decode(want.ids[i]), want.decoded[i]);
  }
  if (want.chats === null) return;
  const template = tokenizer.chatTemplate();
  for (const [i, { messages, prompt, tools }] of CHATS.entries()) {
    let got: string | null;
    try {
      const variables: TemplateVariables = tools === null ? {} : { tools };
      got = template.render(messages, { addGenerationPrompt: prompt, variables });
    } catch {
      got = null;
    }
    assert.equal(got, want.chats[i], JSON.stringify(messages));
  }
}

const models = modelsAtHand();
if (models.length === 0) {
  Deno.test({
    name: "tokens of published models are transformers' (no POTSTILL_MODELS)",
    ignore: true,
    fn() {},
  });
}
const canAsk = models.length > 0 && await hasTransformers();
for (const path of models) {
  Deno.test({
    name: `tokens and conversations of ${path} are transformers'` +
      (canAsk ? "" : " (no Python with transformers: POTSTILL_PYTHON)"),
    ignore: !canAsk,
    async fn() {
      const texts = variedTexts(2000, "published models");
      if (!path.endsWith(".gguf")) {
        const tokenizer = await loadTokenizer(path);
        return compare(tokenizer, texts, await askTransformers({ path, texts, chats: CHATS }));
      }
      const reader = await openGguf(path);
      await reader.close();
      const tokenizer = tokenizerOfGguf(reader.metadata, path);
      const pre = reader.metadata["tokenizer.ggml.pre"];
      compare(tokenizer, texts, await askTransformers({ path, texts, chats: CHATS, pre }));
      const folder = await Deno.makeTempDir();
      try {
        await saveTokenizer(folder, tokenizer);
        compare(
          tokenizer,
          texts,
          await askTransformers({ path: folder, texts, chats: CHATS }),
        );
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}
