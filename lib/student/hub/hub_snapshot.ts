import { join } from "node:path";
import { type HubOptions, hubRepository } from "../../http/hub/hub_repository.ts";
import { isWholeStudent, studentFiles } from "./student_files.ts";

/** A model's name on the hub: `OWNER/NAME`, `OWNER/NAME@REVISION`, `OWNER/NAME:FILE.gguf`. */
const NAME = /^([\w.-]+\/[\w.-]+?)(?:@([\w./-]+))?(?::([\w./-]+\.gguf))?$/;

/** How a model is taken from the hub. */
export type HubSnapshotOptions = HubOptions;

/** A model of the hub on this machine. */
export interface HubSnapshot {
  /** Its name, `OWNER/NAME`. */
  readonly name: string;
  /** The commit. */
  readonly revision: string;
  /** Its folder in the cache, or the GGUF file that was named. */
  readonly path: string;
}

/** True if a text may be the name of a model of the hub. */
export function isHubName(name: string): boolean {
  return NAME.test(name) && !name.includes("..");
}

/**
 * A model of the hub, in the cache that it shares with `huggingface_hub` and transformers: fetched when it
 * is not there, and no other files than those that a student is read from.
 *
 * @param name `OWNER/NAME`, with `@REVISION` (a branch, tag or commit) and with `:FILE.gguf` for one GGUF
 *   file
 * @throws {Error} naming the model and what is wrong: no such model or revision, access refused, no
 *   connection and not in the cache, a file that came corrupt
 */
export async function hubSnapshot(
  name: string,
  options: HubSnapshotOptions = {},
): Promise<HubSnapshot> {
  const [, repo, revision = "main", gguf] = NAME.exec(name)!;
  const found = await hubRepository({
    type: "model",
    repo,
    revision,
    purpose: `Cannot open the student ${name}`,
    choose: (files) => ({ files: studentFiles(files, gguf) }),
    isWhole: (folder) => isWholeStudent(folder, gguf),
  }, options);
  return { name: repo, revision: found.revision, path: join(found.path, gguf ?? "") };
}
