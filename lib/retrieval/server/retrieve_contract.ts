import { contentsOf, splitContents } from "../corpus/passage_of_record.ts";
import { shown } from "../../http/body_fields.ts";
import type { SearchHit } from "../retriever.ts";

/** A passage as the contract has it. */
export interface RetrievedDocument {
  /** The passage's id. */
  readonly id: string;
  /** Title and text: the first line is the title. */
  readonly contents: string;
}

/** A document with its score. */
export interface ScoredDocument {
  /** The passage. */
  readonly document: RetrievedDocument;
  /** Higher is better. */
  readonly score: number;
}

/** A request to `/retrieve`. */
export interface RetrieveRequest {
  /** Queries to search for. */
  readonly queries: readonly string[];
  /** Documents for each query. */
  readonly topk: number;
  /** True if each document comes with its score. */
  readonly returnScores: boolean;
}

/** Limits of {@link parseRetrieveRequest}. */
export interface RetrieveLimits {
  /** Documents for each query when the request does not say. @default 3 */
  readonly defaultTopK?: number;
  /** Most documents for each query. @default 1000 */
  readonly maxTopK?: number;
  /** Most queries of a request. @default 4096 */
  readonly maxQueries?: number;
  /** Most documents of a request: queries times documents for each. @default 16384 */
  readonly maxDocuments?: number;
  /** Longest query, in characters. @default 32768 */
  readonly maxQueryLength?: number;
}

/**
 * Reads the body of a request to `/retrieve`.
 *
 * @throws {Error} naming the field that does not fit
 * @source retrieval servers of Search-R1 and of the reference:
 *   `{"queries": [...], "topk": 3, "return_scores": true}`
 */
export function parseRetrieveRequest(body: unknown, limits: RetrieveLimits = {}): RetrieveRequest {
  const { defaultTopK = 3, maxTopK = 1000, maxQueries = 4096 } = limits;
  const { maxDocuments = 16_384, maxQueryLength = 32_768 } = limits;
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw new Error("the body must be a JSON object");
  }
  const { queries, topk, return_scores, ...others } = body as Record<string, unknown>;
  if (!Array.isArray(queries) || !queries.every((query) => typeof query === "string")) {
    throw new Error('"queries" must be a list of texts');
  }
  if (queries.length > maxQueries) {
    throw new Error(`"queries" has ${queries.length} texts; at most ${maxQueries} are allowed`);
  }
  const k = topk ?? defaultTopK;
  if (typeof k !== "number" || !Number.isSafeInteger(k) || k < 1 || k > maxTopK) {
    throw new Error(`"topk" must be a whole number from 1 to ${maxTopK}: ${shown(topk)}`);
  }
  if (queries.length * k > maxDocuments) {
    throw new Error(
      `"queries" times "topk" is ${queries.length * k}; at most ${maxDocuments} are allowed`,
    );
  }
  queries.forEach((query, i) => {
    if (query.length > maxQueryLength) {
      throw new Error(
        `"queries"[${i}] has ${query.length} characters; at most ${maxQueryLength} are allowed`,
      );
    }
    if (!query.isWellFormed()) throw new Error(`"queries"[${i}] holds half a character`);
  });
  if (return_scores !== undefined && return_scores !== null && typeof return_scores !== "boolean") {
    throw new Error(`"return_scores" must be true or false: ${shown(return_scores)}`);
  }
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw new Error(`"${unknown.slice(0, 80)}" is not a known field`);
  return { queries, topk: k, returnScores: return_scores === true };
}

/** A hit as the contract has it. */
export function toDocument(hit: SearchHit): ScoredDocument {
  const { passage, score } = hit;
  return { document: { id: passage.id, contents: contentsOf(passage) }, score };
}

/**
 * Reads the answer of a server, with scores or without; bare documents get scores that fall with
 * their rank.
 *
 * @throws {Error} telling what does not fit
 */
export function parseRetrieveAnswer(answer: unknown, queries: number): SearchHit[][] {
  const { result } = (answer ?? {}) as { result?: unknown };
  if (!Array.isArray(result) || result.length !== queries) {
    const got = Array.isArray(result) ? `${result.length} results` : 'no list "result"';
    throw new Error(`${queries} queries were answered with ${got}`);
  }
  return result.map((documents, i) => {
    if (!Array.isArray(documents)) throw new Error(`result ${i + 1} is not a list`);
    return documents.map((item, rank) => toHit(item, rank));
  });
}

function toHit(item: unknown, rank: number): SearchHit {
  const { document, score } = (item ?? {}) as Partial<ScoredDocument>;
  const { id, contents, title, text } = (document ?? item ?? {}) as Record<string, unknown>;
  const hasId = typeof id === "string" || typeof id === "number";
  if (!hasId || (typeof contents !== "string" && typeof text !== "string")) {
    throw new Error(`a document has no id or no contents: ${JSON.stringify(item)?.slice(0, 120)}`);
  }
  const passage = typeof contents === "string"
    ? splitContents(contents)
    : { title: typeof title === "string" ? title : "", text: String(text) };
  return {
    passage: { id: String(id), ...passage },
    score: typeof score === "number" ? score : 1 / (rank + 1),
  };
}
