import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { keepTokenizerJson } from "../../lib/tokenizer/keep_tokenizer_json.ts";
import { loadChatTemplate } from "../../lib/tokenizer/load_chat_template.ts";
import { Tokenizer } from "../../lib/tokenizer/tokenizer.ts";
import { trainTokenizer } from "../../lib/tokenizer/train_tokenizer.ts";

// What transformers makes of it is checked in tests/peers/transformers_test.ts.
Deno.test("only a Qwen2 folder with a tokenizer of the generic class points to its own class", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const own = trainTokenizer(["a b c"], await loadChatTemplate(), { vocabSize: 260 });
    const { tokenizer, config } = own.files;
    const family = new Tokenizer({
      tokenizer,
      config: { ...config, tokenizer_class: "Qwen2Tokenizer" },
    });
    assert.equal(await keepTokenizerJson(folder, own, "llama"), own);
    assert.equal(await keepTokenizerJson(folder, family, "qwen2"), family);
    assert.ok(!existsSync(join(folder, "tokenization_as_stored.py")));
    const kept = await keepTokenizerJson(folder, own, "qwen2");
    assert.deepEqual(kept.files, {
      tokenizer,
      config: {
        ...config,
        auto_map: { AutoTokenizer: [null, "tokenization_as_stored.TokenizerAsStored"] },
      },
    });
    const source = await Deno.readTextFile(join(folder, "tokenization_as_stored.py"));
    assert.match(source, /^class TokenizerAsStored\(PreTrainedTokenizerFast\):$/m);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
