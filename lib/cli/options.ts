import { parseArgs } from "node:util";
import { closest } from "../records/closest.ts";
import {
  flagName,
  optionDefault,
  type OptionInput,
  type OptionScalarValue,
  type OptionSpec,
  type OptionTable,
  type OptionValues,
  readOptionText,
  wantedValue,
} from "../records/option_table.ts";

/** A positional argument. */
export interface PositionalSpec {
  /** Name in the help text, such as `FILE`. */
  readonly name: string;
  /** Sentence for the help text. */
  readonly description: string;
  /** True if it may be left out. Only the last ones may. */
  readonly optional?: boolean;
  /** True if it takes all remaining arguments. Only the last one may. */
  readonly rest?: boolean;
}

/** Arguments of a command: the source of both its parsing and its help text. */
export interface CommandSpec<T extends OptionTable = OptionTable> {
  /** As typed, without the program. */
  readonly name: string;
  /** Text before the command's name in the help. @default "deno task potstill" */
  readonly program?: string;
  /** Summary in one line. */
  readonly summary: string;
  /** The options, by their camelCase names. */
  readonly options: T;
  /** The arguments without a name, in order; none when left out. */
  readonly positionals?: readonly PositionalSpec[];
  /** Shown at the end of the help text: examples, files written. */
  readonly notes?: string;
  /** Named sets of defaults, where the defaults of some options differ from the table's. */
  readonly profiles?: Readonly<Record<string, OptionInput<T>>>;
}

/** Result of {@link parseOptions}. */
export interface ParsedOptions<T extends OptionTable> {
  /**
   * The form in which help was asked for with `--help`, `-h` or `--help=markdown`; nothing else is then
   * checked. Null when it was not.
   */
  readonly help: "text" | "markdown" | null;
  /** The options' values, defaults filled in. */
  readonly values: OptionValues<T>;
  /** The arguments without a name, and all after `--`. */
  readonly positionals: readonly string[];
  /** Names of the options that were given and not filled in from their defaults. */
  readonly given: ReadonlySet<keyof T & string>;
  /** Flags that were given under their names of the last version, with the present names. */
  readonly renamed: ReadonlyMap<string, string>;
}

/** Arguments that a command does not accept. The command line prints the message and exits with 2. */
export class UsageError extends Error {
  /** Always `UsageError`. */
  override readonly name: string = "UsageError";
}

/** Text that is typed before a command's name. */
export function programOf(
  { program = "deno task potstill" }: Pick<CommandSpec, "program">,
): string {
  return program;
}

/** Fixes the types of a command's option table. */
export function defineCommand<const T extends OptionTable>(spec: CommandSpec<T>): CommandSpec<T> {
  return spec;
}

/**
 * Reads a command's arguments.
 *
 * @throws {UsageError} naming the option and the value, when an option is unknown, lacks its value,
 * takes none, is out of range, or when positional arguments are missing or too many
 *
 * @example
 * ```ts
 * import { defineCommand, parseOptions } from "@potstill/cli/options.ts";
 * const command = defineCommand({
 *   name: "train",
 *   summary: "Train a student",
 *   options: {
 *     profile: { type: "string", choices: ["quick", "full"], default: "quick", description: "Size" },
 *     timeoutMs: { type: "integer", min: 1, description: "Time allowed" },
 *   },
 * });
 * const { values } = parseOptions(command, ["--timeout-ms", "500"]);
 * const profile: "quick" | "full" = values.profile;
 * if (profile !== "quick" || values.timeoutMs !== 500) throw new Error("wrong values");
 * ```
 */
export function parseOptions<T extends OptionTable>(
  command: CommandSpec<T>,
  args: readonly string[],
): ParsedOptions<T> {
  const flags = readableFlags(command.options);
  const tokens = readTokens(args, flags);
  const lists: Record<string, GivenValue[]> = {};
  const positionals: string[] = [];
  const renamed = new Map<string, string>();
  const help = readHelp(tokens);
  for (const token of help === null ? tokens : []) {
    if (token.kind === "positional") positionals.push(token.value);
    if (token.kind !== "option") continue;
    const off = token.name.startsWith("no-") ? flags.get(token.name.slice(3)) : undefined;
    const isOff = off?.type === "boolean" && off.key !== "help";
    const option = isOff ? off : flags.get(token.name);
    if (option === undefined) throw unknownOption(command, token.rawName, shownFlags(command));
    const { key } = option;
    if (option.isOld) renamed.set(token.rawName, flagName(isOff ? `no-${key}` : key));
    if (isOff && token.value !== undefined) {
      throw new UsageError(`Option ${token.rawName} takes no value: "${token.value}"`);
    }
    const value = isOff
      ? false
      : readValue(token.rawName, option, token.value, token.inlineValue === true);
    (lists[key] ??= []).push(value);
  }
  if (help === null) checkPositionals(command, positionals);
  const values: Record<string, unknown> = {};
  for (const [key, spec] of Object.entries(command.options)) {
    const list = lists[key];
    values[key] = (spec.multiple ? list : list?.at(-1)) ?? optionDefault(spec);
  }
  return {
    help,
    values: values as OptionValues<T>,
    positionals,
    given: new Set(Object.keys(lists)),
    renamed,
  };
}

/** The values of a table's options that were given on the command line; the others are left out. */
export function givenOptions<T extends OptionTable>(
  table: T,
  { values, given }: Pick<ParsedOptions<OptionTable>, "given" | "values">,
): OptionInput<T> {
  const names = Object.keys(table).filter((name) => given.has(name));
  return Object.fromEntries(names.map((name) => [name, values[name]])) as OptionInput<T>;
}

function readTokens(args: readonly string[], flags: ReadonlyMap<string, Flag>) {
  const options = [...flags].map(([flag, { type, short }]) =>
    [flag, {
      type: type === "boolean" ? "boolean" as const : "string" as const,
      multiple: true,
      ...(short ? { short } : {}),
    }] as const
  );
  return parseArgs({
    args: [...args],
    options: Object.fromEntries(options),
    strict: false,
    allowPositionals: true,
    tokens: true,
  }).tokens;
}

type GivenValue = OptionScalarValue | readonly OptionScalarValue[];
type Flag = OptionSpec & { readonly key: string; readonly isOld: boolean };

/** Every flag that is read, without its dashes: names of the last version as well. */
function readableFlags(options: OptionTable): ReadonlyMap<string, Flag> {
  const flags = new Map<string, Flag>();
  const add = (name: string, flag: Flag) => flags.set(flagName(name).slice(2), flag);
  for (const [key, spec] of Object.entries(options)) {
    for (const old of spec.was ?? []) add(old, { ...spec, short: undefined, key, isOld: true });
  }
  for (const [key, spec] of Object.entries(options)) add(key, { ...spec, key, isOld: false });
  return add("help", { type: "boolean", short: "h", description: "", key: "help", isOld: false });
}

function shownFlags({ options }: CommandSpec): string[] {
  return Object.keys(options).map((key) => flagName(key).slice(2));
}

function readHelp(tokens: ReturnType<typeof readTokens>): ParsedOptions<OptionTable>["help"] {
  for (const token of tokens) {
    if (token.kind !== "option" || token.name !== "help") continue;
    if (token.value === undefined) return "text";
    if (token.value === "markdown") return token.value;
    throw new UsageError(`Option --help must be alone, or --help=markdown: "${token.value}"`);
  }
  return null;
}

function readValue(
  flag: string,
  spec: OptionSpec,
  text: string | boolean | undefined,
  inline: boolean,
): GivenValue {
  if (spec.type === "boolean") {
    if (typeof text === "string") throw new UsageError(`Option ${flag} takes no value: "${text}"`);
    return true;
  }
  const isNumber = spec.type !== "string";
  const needed = wantedValue(spec);
  const wanted = needed === "" ? "" : ` (${needed}${spec.list ? ", or several with commas" : ""})`;
  if (
    typeof text !== "string" ||
    (!inline && text.startsWith("-") && text !== "-" && !(isNumber && /^-[\d.]/.test(text)))
  ) {
    throw new UsageError(`Option ${flag} needs a value${wanted}`);
  }
  const value = readOptionText(spec, text);
  if (value !== undefined) return value;
  throw new UsageError(
    spec.choices
      ? `Option ${flag} must be ${needed}: "${text}"`
      : `Option ${flag} needs a value${wanted}: "${text}"`,
  );
}

function unknownOption(command: CommandSpec, raw: string, flags: readonly string[]): UsageError {
  const near = raw.startsWith("--") ? closest(raw.slice(2), flags) : undefined;
  const hint = near
    ? `; did you mean --${near}?`
    : `; "${programOf(command)} ${command.name} --help" lists them`;
  return new UsageError(`Unknown option ${raw} for "${command.name}"${hint}`);
}

function checkPositionals(command: CommandSpec, given: readonly string[]): void {
  const specs = command.positionals ?? [];
  const needed = specs.filter((spec) => !spec.optional);
  if (given.length < needed.length) {
    throw new UsageError(`Missing argument ${needed[given.length].name} for "${command.name}"`);
  }
  if (given.length > specs.length && !specs.at(-1)?.rest) {
    throw new UsageError(`Unexpected argument for "${command.name}": "${given[specs.length]}"`);
  }
}
