/** A passage of a corpus. */
export interface Passage {
  /** Unique in its corpus. */
  readonly id: string;
  /** Subject of the passage. */
  readonly title: string;
  /** The passage without its title. */
  readonly text: string;
}

/** A passage found for a query. */
export interface SearchHit {
  /** Passage that was found. */
  readonly passage: Passage;
  /** Higher is better; the scale depends on the retriever. */
  readonly score: number;
}

/** Finds passages for a query. */
export interface Retriever {
  /** Names the retriever in records. */
  readonly name: string;
  /** At most `topK` hits, best first; ties are in a fixed order. */
  search(query: string, topK: number, signal?: AbortSignal): Promise<readonly SearchHit[]>;
}
