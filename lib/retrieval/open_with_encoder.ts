import { type OpenEncoderOptions, openRecordedEncoder } from "./encoder/open_encoder.ts";
import { indexAbout } from "./index/read_index_about.ts";
import { type LanceIndex, openIndex, type OpenIndexOptions } from "./lance_index.ts";

/** An index with the encoder that belongs to it. */
export interface OpenedIndex {
  /** The index, in hybrid mode when it has vectors and no other mode was asked for. */
  readonly index: LanceIndex;
  /** Releases the index and its encoder. */
  close(): Promise<void>;
}

/**
 * Opens an index together with the encoder that it records, unless it is searched by full text.
 *
 * @param encoderOptions what differs here, such as another folder or the key of an endpoint
 * @throws {Error} when there is no index, or its encoder cannot be had
 */
export async function openWithEncoder(
  location: string,
  options: Omit<OpenIndexOptions, "encoder"> = {},
  encoderOptions: OpenEncoderOptions = {},
): Promise<OpenedIndex> {
  const { encoder: record } = await indexAbout(location, options);
  if (encoderOptions.device !== undefined && record === null) {
    throw new Error(
      `Cannot search ${location} on the device ${encoderOptions.device}: it has no vectors, and ` +
        "full text needs no encoder",
    );
  }
  const needsEncoder = record !== null && options.mode !== "full-text";
  const encoder = needsEncoder ? await openRecordedEncoder(record, encoderOptions) : undefined;
  try {
    const index = await openIndex(location, { ...options, encoder });
    return {
      index,
      async close() {
        index.close();
        await encoder?.dispose();
      },
    };
  } catch (error) {
    await encoder?.dispose();
    throw error;
  }
}
