import type { Connection } from "@lancedb/lancedb";
import type { EncoderRecord } from "../encoder/encoder.ts";

/** Form of the words of passages and queries in full-text search. */
export type WordsForm =
  /** Ours, for texts of every script: `passageWords`, `queryWords`. */
  | "folded"
  /** LanceDB's, for English: words of letters and digits, stemmed, without stop words. */
  | "lancedb";

/** Versions of the form in which indexes are stored; both are read. */
export const INDEX_FORMATS: Readonly<Record<WordsForm, number>> = { lancedb: 2, folded: 3 };

/** Inputs of an index: an interrupted building is resumed only with the same. */
export interface IndexPlan {
  /** Version of the stored form. */
  readonly format: number;
  /** The corpus: its files by name and size, or a name given by the program. */
  readonly corpus: readonly { readonly name: string; readonly bytes: number }[];
  /** Null for an index of full text alone. */
  readonly encoder: EncoderRecord | null;
}

/** Contents of an index. */
export interface IndexAbout extends IndexPlan {
  /** Passages in the index. */
  readonly passages: number;
  /** Malformed records that were left out. */
  readonly skipped: number;
  /** Kind of vector search: null without vectors, `exact` for few of them. */
  readonly vectorIndex: VectorIndexAbout | "exact" | null;
}

/** The approximate index of the vectors. */
export interface VectorIndexAbout {
  /** LanceDB's kind of index. */
  readonly type: string;
  /** Groups of similar vectors, of which a query looks into a few. */
  readonly partitions: number;
  /** Bits of a number in the vectors' codes; those that do not say it have 1. */
  readonly bits?: number;
}

/** Names of LanceDB's tables. */
export const PASSAGES_TABLE = "passages";
const ABOUT_TABLE = "about";

/** Writes a fact about an index into its own table: a store may have no files of ours. */
export async function writeAbout(
  db: Connection,
  key: "plan" | "complete",
  value: IndexPlan | IndexAbout,
): Promise<void> {
  const rows = [{ key, json: JSON.stringify(value) }];
  if ((await db.tableNames()).includes(ABOUT_TABLE)) {
    const table = await db.openTable(ABOUT_TABLE);
    await table.add(rows);
    table.close();
  } else (await db.createTable(ABOUT_TABLE, rows)).close();
}

/** Reads what {@link writeAbout} wrote; null where there is nothing. */
export async function readAbout(
  db: Connection,
): Promise<{ readonly plan: IndexPlan | null; readonly complete: IndexAbout | null }> {
  if (!(await db.tableNames()).includes(ABOUT_TABLE)) return { plan: null, complete: null };
  const table = await db.openTable(ABOUT_TABLE);
  try {
    const rows = await table.query().toArray();
    const find = (key: string) => {
      const row = rows.find((candidate) => candidate.key === key);
      return row === undefined ? null : JSON.parse(row.json);
    };
    return { plan: find("plan"), complete: find("complete") };
  } finally {
    table.close();
  }
}
