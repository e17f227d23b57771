import { join } from "node:path";
import { writeJsonAtomic } from "../../runs/atomic_write.ts";

/** The special tokens of BERT; a vocabulary must hold them. */
export const SPECIAL_TOKENS: readonly string[] = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

/** Writes `tokenizer.json` and `tokenizer_config.json` of an uncased BERT tokenizer. */
export async function writeWordPieceTokenizer(
  folder: string,
  vocab: Readonly<Record<string, number>>,
  maxTokens: number,
): Promise<void> {
  await writeJsonAtomic(join(folder, "tokenizer_config.json"), {
    tokenizer_class: "BertTokenizer",
    do_lower_case: true,
    model_max_length: maxTokens,
    pad_token: "[PAD]",
    unk_token: "[UNK]",
    cls_token: "[CLS]",
    sep_token: "[SEP]",
    mask_token: "[MASK]",
  });
  await writeJsonAtomic(join(folder, "tokenizer.json"), wordPieceTokenizer(vocab));
}

/** A BERT tokenizer in Hugging Face's form. */
function wordPieceTokenizer(vocab: Readonly<Record<string, number>>): unknown {
  const special = SPECIAL_TOKENS.map((content) => ({
    id: vocab[content],
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  }));
  const single = (content: string) => ({ SpecialToken: { id: content, type_id: 0 } });
  const sequence = (id: string, type: number) => ({ Sequence: { id, type_id: type } });
  const entry = (content: string) => ({ id: content, ids: [vocab[content]], tokens: [content] });
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: special,
    normalizer: {
      type: "BertNormalizer",
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: "BertPreTokenizer" },
    post_processor: {
      type: "TemplateProcessing",
      single: [single("[CLS]"), sequence("A", 0), single("[SEP]")],
      pair: [single("[CLS]"), sequence("A", 0), single("[SEP]"), sequence("B", 1), {
        SpecialToken: { id: "[SEP]", type_id: 1 },
      }],
      special_tokens: { "[CLS]": entry("[CLS]"), "[SEP]": entry("[SEP]") },
    },
    decoder: { type: "WordPiece", prefix: "##", cleanup: true },
    model: {
      type: "WordPiece",
      unk_token: "[UNK]",
      continuing_subword_prefix: "##",
      max_input_chars_per_word: 100,
      vocab,
    },
  };
}
