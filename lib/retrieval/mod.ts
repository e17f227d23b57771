/**
 * The parts of retrieval: corpora, encoders, index files, servers, the search tool, recall. An index is
 * built and opened by `buildIndex` and `openIndex` of `@potstill`.
 *
 * @module
 */

// Corpora
export { CorpusReader, listCorpus } from "./corpus/corpus.ts";
export { contentsOf } from "./corpus/passage_of_record.ts";
export { passageWords } from "./words/search_words.ts";
export { contextSource } from "./corpus/context_source.ts";
export { passageSource } from "./index/passage_source.ts";

// Encoders
export { loadOnnxEncoder } from "./encoder/onnx_encoder.ts";
export { writeWordEncoder } from "./encoder/word_encoder.ts";

// Search
export { openWithEncoder } from "./open_with_encoder.ts";
export { SEARCH_MODES } from "./lance_index.ts";
export { formatHits, webSearchTool } from "./web_search_tool.ts";
export { retrieveClient } from "./server/retrieve_client.ts";
export { serveRetriever } from "./server/serve_retriever.ts";

// Quality
export {
  type GoldKey,
  goldRecall,
  type KnownPassages,
  type QuestionRecall,
} from "./quality/gold_recall.ts";
export { type EvidenceRecall, evidenceRecall } from "./quality/evidence_recall.ts";
