/**
 * The parts of a student, from trajectories to tokens to weights: tokenizers and templates,
 * training data and masks, graphs with their gradients, training, decoding, files. For lessons
 * that take training apart, and for students of one's own architecture; `@potstill` has
 * `trainStudent` and `loadStudent`.
 *
 * @module
 */

// Tokenizers and templates
export { ARCHITECTURES } from "./architecture.ts";
export { Tokenizer } from "../tokenizer/tokenizer.ts";
export { loadTokenizer } from "../tokenizer/tokenizer_folder.ts";
export {
  type JsonObject,
  type TokenizerFiles,
  toTokenizerFiles,
} from "../tokenizer/tokenizer_json.ts";
export { trainBpe } from "../tokenizer/train_bpe.ts";
export { trainTokenizer } from "../tokenizer/train_tokenizer.ts";
export { loadChatTemplate } from "../tokenizer/load_chat_template.ts";
export { JinjaTemplate } from "../tokenizer/jinja/jinja_template.ts";
export { toValue } from "../tokenizer/jinja/to_value.ts";

// Trajectories
export { trajectoriesFrame } from "../trajectories/trajectories_frame.ts";
export { correctedRollout } from "../trajectories/corrected_rollout.ts";
export { importRecord } from "../trajectories/import/import_record.ts";
export { originalRecords } from "../trajectories/import/imported_trajectory.ts";
export { writtenAnswer } from "../trajectories/import/python_value.ts";
export { wellFormed } from "../trajectories/import/well_formed.ts";

// Training data
export { trainingConversation } from "../training_data/training_conversation.ts";
export { tokenizeConversations } from "../training_data/tokenize_conversations.ts";
export { wholeText } from "../training_data/whole_text.ts";
export { labBaseTexts } from "../lab/base_text/lab_base_texts.ts";
export { correctionPairs, rolloutConversation } from "../training_data/rollout_data.ts";
export { type SpanWeights, weightSpans } from "../training_data/span_weights.ts";
export { originOf } from "../training_data/student_origin.ts";

// Exports
export { exportFormats, formatNames } from "../training_data/formats/export_formats.ts";
export type { ExportFormat } from "../training_data/formats/export_format.ts";
export { exportChatTemplate } from "../training_data/formats/export_chat_template.ts";
export { checkKeys, checkMessages, fieldsOf } from "../training_data/formats/check_rows.ts";
export { trainingExample } from "../training_data/training_example.ts";

// Masks
export { verifyMask, type VerifyMaskOptions } from "../training_data/masks/verify_mask.ts";
export { findData, templateFor, verifyFiles } from "../training_data/masks/verify_files.ts";
export { MaskTemplate } from "../training_data/masks/mask_template.ts";
export { conversationOfRow } from "../training_data/masks/conversation_of_row.ts";

// Configuration and weights
export { headSize, parameterCount, weightShapes } from "./config.ts";
export { parseStudentConfig } from "./parse_student_config.ts";
export { studentPreset } from "./student_presets.ts";
export { rotaryFrequencies } from "./rope_scaling.ts";
export { labStudentConfig, storedBaseFolder } from "./stored_base.ts";
export { initWeights } from "./weights.ts";

// Graphs
export { GraphBuilder, type Value } from "../onnx/graph_builder.ts";
export { Tape } from "./graph/tape.ts";
export { linear } from "./graph/linear.ts";
export { swiglu } from "./graph/swiglu.ts";
export { crossEntropy } from "./graph/cross_entropy.ts";
export { ParameterLayout } from "./graph/parameter_layout.ts";

// Training
export { batchRows, exampleRows, type PackedRow, packExamples } from "./train/packed_row.ts";
export { learningRateAt } from "./train/learning_rate.ts";
export { flatBuffer } from "./train/flat_buffer.ts";
export { GradientEngine } from "./train/gradient_engine.ts";
export { Trainer } from "./train/trainer.ts";
export { initAdapter } from "./lora/init_adapter.ts";
export { resolveLora } from "./lora/lora_config.ts";

// Decoding
export { type EngineStatistics, StudentEngine } from "./generate/student_engine.ts";
export { Sampler } from "./generate/sampler.ts";
export { WEIGHT_TYPES } from "./quantize/weight_type.ts";

// Files
export { decodeSafetensors, encodeSafetensors } from "../onnx/safetensors.ts";
export { parseAdapterConfig, writeAdapter } from "./lora/adapter_folder.ts";
export { exportGguf } from "./gguf/export_gguf.ts";
export { openStartingStudent, type StartingStudent } from "./starting_student.ts";
