import { wordList } from "../records/word_list.ts";

/** Fields of a `config.json` that `parseStudentConfig` reads. */
const READ = wordList(`
  model_type architectures hidden_act hidden_size intermediate_size num_hidden_layers
  num_attention_heads num_key_value_heads head_dim vocab_size max_position_embeddings rope_theta
  rope_scaling rope_parameters rms_norm_eps tie_word_embeddings initializer_range torch_dtype
  dtype bos_token_id eos_token_id pad_token_id use_sliding_window sliding_window layer_types
  attention_bias mlp_bias partial_rotary_factor quantization_config
`);

/** Fields that are read of architectures with layers that have a window. */
const WINDOW = wordList(`
  hidden_activation rope_local_base_freq query_pre_attn_scalar sliding_window_pattern
  _sliding_window_pattern use_bidirectional_attention
`);

/** Fields that do not change what a student of these architectures computes, whatever their value. */
const HARMLESS = Object.values({
  // `is_llama_config` is SmolLM2's, and says that it is Llama.
  origin: `
    _name_or_path _commit_hash transformers_version transformers.js_config unsloth_version
    unsloth_fixed model_name tokenizer_class task_specific_params finetuning_task license language
    tags is_llama_config
  `,
  settingsOfTransformers: `
    use_cache cache_implementation pretraining_tp output_attentions output_hidden_states return_dict torchscript
    use_bfloat16 chunk_size_feed_forward gradient_checkpointing attn_implementation
    _attn_implementation _attn_implementation_autoset use_flash_attention use_flash_attention_2
    keys_to_ignore_at_inference tf_legacy_loss
  `,
  headsOfOtherTasks: `
    id2label label2id num_labels problem_type summary_type classifier_dropout
  `,
  trainingAlone: `
    attention_dropout hidden_dropout resid_pdrop embd_pdrop hidden_dropout_prob
  `,
  // Without windows of attention it says nothing.
  windows: `max_window_layers`,
  unusedTokens: `
    unk_token_id sep_token_id cls_token_id mask_token_id decoder_start_token_id
  `,
  // Older versions of transformers kept them here.
  generation: `
    max_length min_length do_sample early_stopping num_beams num_beam_groups diversity_penalty
    temperature top_k top_p typical_p repetition_penalty length_penalty no_repeat_ngram_size
    encoder_no_repeat_ngram_size bad_words_ids num_return_sequences output_scores
    return_dict_in_generate forced_bos_token_id forced_eos_token_id remove_invalid_values
    exponential_decay_length_penalty suppress_tokens begin_suppress_tokens prefix max_new_tokens
  `,
}).flatMap(wordList);

/**
 * The first field of a `config.json` or a like file that is set, and neither read nor known to be
 * harmless: it could change the computation.
 *
 * @param read fields that are understood
 * @param harmless fields that change nothing
 * @returns null when there is none
 */
export function unknownField(
  fields: Readonly<Record<string, unknown>>,
  read: readonly string[],
  harmless: readonly string[],
): string | null {
  for (const [name, value] of Object.entries(fields)) {
    const isSet = typeof value === "object" && value !== null
      ? Object.keys(value).length > 0
      // Zero says something: a layer, a factor.
      : typeof value === "number" || Boolean(value);
    if (isSet && !read.includes(name) && !harmless.includes(name)) return name;
  }
  return null;
}

/** The first field of a student's `config.json` that is set and not understood, or null. */
export function unknownConfigField(
  fields: Readonly<Record<string, unknown>>,
  hasWindows: boolean,
): string | null {
  return unknownField(fields, hasWindows ? [...READ, ...WINDOW] : READ, HARMLESS);
}
