import { existsSync } from "node:fs";
import { INDEX_FORMATS, type IndexAbout, readAbout } from "./index_about.ts";
import { connectIndex, type ConnectOptions, isUri } from "./index_location.ts";

/**
 * Contents of an index, such as its passages and its encoder.
 *
 * @throws {Error} naming the location when it holds no complete index, or one of another version
 */
export async function indexAbout(
  location: string,
  options: ConnectOptions = {},
): Promise<IndexAbout> {
  if (!isUri(location) && !existsSync(location)) {
    throw new Error(`Cannot open an index: ${location} holds none`);
  }
  const db = await connectIndex(location, options);
  try {
    const { complete, plan } = await readAbout(db);
    if (complete !== null) return checked(complete, location);
    const state = plan === null ? "holds none" : "holds an unfinished one";
    throw new Error(`Cannot open an index: ${location} ${state}`);
  } finally {
    db.close();
  }
}

function checked(about: IndexAbout, location: string): IndexAbout {
  const known = Object.values(INDEX_FORMATS);
  if (known.includes(about.format)) return about;
  throw new Error(
    `Cannot open an index: ${location} has format ${about.format}, this version reads ${
      known.join(" and ")
    }; build it anew`,
  );
}
