import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join, matchesGlob } from "node:path";
import { parse } from "yaml";
import type { HubFile } from "../http/hub/hub_download.ts";
import { type HubOptions, hubRepository } from "../http/hub/hub_repository.ts";

/** `OWNER/NAME`, with `:CONFIG`, `:SPLIT` or `:CONFIG:SPLIT`, and `@REVISION`. */
const NAME = /^([\w.-]+\/[\w.-]+?)((?::[\w.+-]+){0,2})(?:@([\w./-]+))?$/;
const DATA_FILE = /\.(?:jsonl?|csv|tsv)(?:\.gz)?$|\.parquet$/i;
const CARD = "README.md";
/** The words in paths by which the hub tells splits where the card does not. */
const SPLIT_WORDS: readonly (readonly [split: string, words: RegExp])[] = [
  ["train", /(?:^|[^a-z0-9])(?:train|training)(?:[^a-z]|$)/i],
  ["validation", /(?:^|[^a-z0-9])(?:validation|valid|val|dev)(?:[^a-z]|$)/i],
  ["test", /(?:^|[^a-z0-9])(?:test|testing|eval|evaluation)(?:[^a-z]|$)/i],
];

/** A data set of the hub on this machine. */
export interface HubDataSet {
  /** The commit. */
  readonly revision: string;
  /** Its configuration as the card names it, `default` where it names none. */
  readonly config: string;
  /** Its split as the hub names it, such as `validation`. */
  readonly split: string;
  /** Its files in order, in the cache. */
  readonly files: readonly string[];
}

/** True if a text is a data set's name on the hub, and no file of that name is here. */
export function isHubDataSet(text: string): boolean {
  const [, repo] = NAME.exec(text) ?? [];
  return repo !== undefined && !repo.includes("..") && !DATA_FILE.test(repo) && !existsSync(text) &&
    !existsSync(repo);
}

/**
 * A data set of the hub, in the cache that it shares with `huggingface_hub` and `datasets`: fetched when it
 * is not there, and no other files than those of one configuration and split, and the card that tells them.
 *
 * @param name `OWNER/NAME`, with `:CONFIG`, `:SPLIT` or `:CONFIG:SPLIT` where it has several, and
 *   `@REVISION`
 * @throws {Error} naming the data set and what is wrong: no such one, access refused, several
 *   configurations or splits, no connection
 *
 * @source which files are of which split: https://huggingface.co/docs/hub/datasets-manual-configuration
 *   and .../datasets-file-names-and-splits
 */
export async function hubDataSet(name: string, options: HubOptions = {}): Promise<HubDataSet> {
  const [, repo, parts, revision = "main"] = NAME.exec(name)!;
  const wanted = parts.split(":").filter((part) => part !== "");
  const chosen = (paths: readonly string[], card: string | null) =>
    chooseSplit(configsOf(paths, card), wanted);
  const { path, revision: commit } = await hubRepository({
    type: "dataset",
    repo,
    revision,
    purpose: `Cannot open the data set ${name}`,
    choose: (files, read) => {
      const card = files.find((file) => file.path === CARD);
      const text = card === undefined ? null : readIfThere(() => read(CARD));
      if (card !== undefined && text === null) return { files: [card], more: true };
      const { paths } = chosen(files.map((file) => file.path), text);
      return { files: paths.map((path) => files.find((file) => file.path === path) as HubFile) };
    },
    isWhole: (folder) => isWhole(folder, chosen),
  }, options);
  const { config, split, paths } = chosen(pathsIn(path), readIfThere(() => cardIn(path)));
  return { revision: commit, config, split, files: paths.map((file) => join(path, file)) };
}

/** Paths of the data files by configuration and split. */
interface Configs {
  readonly byName: ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;
  /** The one that is taken where none is named; undefined where one must be. */
  readonly usual: string | undefined;
}

interface ChosenSplit {
  readonly config: string;
  readonly split: string;
  readonly paths: readonly string[];
}

/** The configurations that the card tells, else one with the splits that the files' paths tell. */
function configsOf(paths: readonly string[], card: string | null): Configs {
  const data = paths.filter((path) => DATA_FILE.test(path)).sort();
  const told = configsOfCard(card);
  if (told.length === 0) {
    return { byName: new Map([["default", splitsByName(data)]]), usual: "default" };
  }
  const names = told.map(({ config_name: name = "default" }) => name);
  const marked = told.findIndex(({ default: isDefault }) => isDefault === true);
  const usual = names.length === 1
    ? names[0]
    : names[marked] ?? names.find((name) => name === "default");
  return { byName: new Map(told.map((one, i) => [names[i], splitsOf(one, data)])), usual };
}

/** The files of a configuration's splits. */
function splitsOf(
  { data_files: files, data_dir: folder = "" }: CardConfig,
  data: readonly string[],
): ReadonlyMap<string, readonly string[]> {
  const within = folder === "" ? data : data.filter((path) => path.startsWith(`${folder}/`));
  if (files === undefined) return splitsByName(within);
  const matching = (patterns: unknown) =>
    [patterns].flat().map(String).flatMap((pattern) =>
      within.filter((path) =>
        matchesGlob(path, pattern) || matchesGlob(path, join(folder, pattern))
      )
    );
  const entries = [files].flat();
  if (entries.every((entry) => typeof entry === "string")) return splitsByName(matching(entries));
  return new Map((entries as { readonly split?: string; readonly path: unknown }[]).map(
    ({ split = "train", path }) => [split, matching(path)],
  ));
}

interface CardConfig {
  readonly config_name?: string;
  readonly data_files?: unknown;
  readonly data_dir?: string;
  readonly default?: boolean;
}

/** The configurations of a card's head. */
function configsOfCard(card: string | null): readonly CardConfig[] {
  const head = /^---\r?\n(.*?)\r?\n---/s.exec(card ?? "")?.[1];
  if (head === undefined) return [];
  const { configs } = (parse(head) ?? {}) as { readonly configs?: unknown };
  return Array.isArray(configs) ? configs as CardConfig[] : [];
}

/** Files by the split that their names tell; all are `train` where none tells one. */
function splitsByName(paths: readonly string[]): Map<string, readonly string[]> {
  const found = new Map(
    SPLIT_WORDS.map(([split, words]) => [split, paths.filter((path) => words.test(path))] as const)
      .filter(([, own]) => own.length > 0),
  );
  return found.size > 0 || paths.length === 0 ? found : new Map([["train", paths]]);
}

/**
 * The configuration and split that are named, or the only ones. One name alone may be of either.
 *
 * @throws {Error} listing those that there are
 */
function chooseSplit({ byName, usual }: Configs, wanted: readonly string[]): ChosenSplit {
  const names = [...byName.keys()].join(", ");
  const isConfig = wanted.length === 2 || (wanted.length === 1 && byName.has(wanted[0]));
  const config = isConfig ? wanted[0] : usual;
  if (config === undefined) {
    throw new Error(
      `it has several configurations, and one must be named (OWNER/NAME:CONFIG): ${names}`,
    );
  }
  const splits = byName.get(config);
  if (splits === undefined) throw new Error(`it has no configuration ${config}, but ${names}`);
  const found = [...splits.keys()].join(", ");
  const split = wanted[isConfig ? 1 : 0] ?? (splits.size === 1 ? [...splits.keys()][0] : undefined);
  if (splits.size === 0) {
    throw new Error(
      "it has no JSON, JSON lines, CSV or Parquet file; @refs/convert/parquet may have",
    );
  }
  if (split === undefined) {
    throw new Error(`it has several splits, and one must be named (OWNER/NAME:SPLIT): ${found}`);
  }
  const paths = splits.get(split);
  if (paths === undefined) {
    const others = isConfig || byName.size === 1
      ? ""
      : `, nor a configuration of that name (${names})`;
    throw new Error(`it has no split ${split}, but ${found}${others}`);
  }
  if (paths.length === 0) throw new Error(`its card names files of ${split} that are not there`);
  return { config, split, paths };
}

/** True if the cache has every file of the split, as far as their names tell how many there are. */
function isWhole(
  folder: string,
  chosen: (paths: readonly string[], card: string | null) => ChosenSplit,
): boolean {
  try {
    const { paths } = chosen(pathsIn(folder), readIfThere(() => cardIn(folder)));
    const count = /-of-(\d+)/.exec(basename(paths[0]))?.[1];
    return count === undefined || paths.length === Number(count);
  } catch {
    return false;
  }
}

/** Paths of the files below a folder, links followed. */
function pathsIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true }).map(String).map((path) =>
    path.replaceAll("\\", "/")
  ).filter((path) => statSync(join(folder, path)).isFile());
}

function cardIn(folder: string): string {
  return readFileSync(join(folder, CARD), "utf8");
}

function readIfThere(read: () => string): string | null {
  try {
    return read();
  } catch {
    return null;
  }
}
