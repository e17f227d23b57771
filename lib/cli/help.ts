import { defaultText, flagName, type OptionSpec } from "../records/option_table.ts";
import { type CommandSpec, programOf } from "./options.ts";

const WIDTH = 100;

/**
 * The help text of a command, made from the table that also parses its arguments.
 *
 * @example
 * ```ts
 * import { commandHelp } from "@potstill/cli/help.ts";
 * const text = commandHelp({
 *   name: "train",
 *   summary: "Train a student",
 *   options: { seed: { type: "integer", default: 1, description: "Seed of the run" } },
 * });
 * if (!text.includes("--seed N")) throw new Error(text);
 * ```
 */
export function commandHelp(command: CommandSpec): string {
  const positionals = command.positionals ?? [];
  const usage = positionals.map((spec) => {
    const name = spec.rest ? `${spec.name}...` : spec.name;
    return spec.optional ? `[${name}]` : name;
  });
  const rows: [string, string][] = Object.entries(command.options).map(([key, spec]) => [
    optionUsage(key, spec),
    optionDescription(spec, profileDefaults(command, key)),
  ]);
  rows.push(["-h, --help", "Show this text."]);
  const lines = [
    command.summary,
    "",
    ["Usage:", programOf(command), command.name, ...usage, "[options]"].join(" "),
  ];
  if (positionals.length > 0) {
    lines.push("", "Arguments:");
    lines.push(...columns(positionals.map((spec) => [spec.name, spec.description])));
  }
  lines.push("", "Options:", ...columns(rows));
  if (command.notes) lines.push("", command.notes.trim());
  return lines.join("\n");
}

/** Two columns, the second wrapped, indented by two spaces. */
export function columns(rows: readonly (readonly [string, string])[]): string[] {
  const left = Math.min(34, Math.max(0, ...rows.map(([name]) => name.length)));
  const indent = " ".repeat(left + 4);
  return rows.flatMap(([name, description]) => {
    const wrapped = wrap(description, WIDTH - indent.length);
    const first = name.length > left
      ? [`  ${name}`, indent + wrapped[0]]
      : [`  ${name.padEnd(left)}  ${wrapped[0]}`];
    return [...first, ...wrapped.slice(1).map((line) => indent + line)];
  });
}

/**
 * A command's arguments and options as Markdown, for the page of all options.
 *
 * @example
 * ```ts
 * import { commandMarkdown } from "@potstill/cli/help.ts";
 * const text = commandMarkdown({
 *   name: "train",
 *   summary: "Train a student",
 *   options: { seed: { type: "integer", default: 1, description: "Seed of the run" } },
 * });
 * if (!text.includes("`--seed N`")) throw new Error(text);
 * ```
 */
export function commandMarkdown(command: CommandSpec): string {
  const cell = (text: string) => text.replaceAll("|", "\\|");
  const positionals = (command.positionals ?? []).map(({ name, description }) =>
    `| \`${name}\` | ${cell(description)} | |`
  );
  const options = Object.entries(command.options).map(([key, spec]) => {
    const value = [defaultText(spec), ...profileDefaults(command, key)].filter((text) => text);
    return `| \`${optionUsage(key, spec)}\` | ${
      cell(optionDescription({ ...spec, default: undefined, defaultNote: undefined }, []))
    } | ${cell(value.join("; "))} |`;
  });
  return [
    `## ${command.name}`,
    "",
    `${command.summary.replace(/\.$/, "")}.`,
    "",
    "| option | meaning | default |",
    "| --- | --- | --- |",
    ...positionals,
    ...options,
  ].join("\n");
}

/** Defaults of the profiles where they differ from the table's, such as `quick 300`. */
function profileDefaults({ profiles = {}, options }: CommandSpec, key: string): string[] {
  return Object.entries(profiles).flatMap(([profile, values]) => {
    const value = values[key];
    return value === undefined || value === options[key].default ? [] : [`${profile} ${value}`];
  });
}

function optionUsage(key: string, spec: OptionSpec): string {
  const short = spec.short ? `-${spec.short}, ` : "";
  if (spec.type === "boolean") {
    const flag = flagName(key);
    return short + (spec.default === true ? `--no-${flag.slice(2)}` : flag);
  }
  const value = spec.placeholder ??
    (spec.type === "string" ? (spec.choices ? "NAME" : "TEXT") : "N");
  return `${short}${flagName(key)} ${value}${spec.list ? `[,${value}...]` : ""}`;
}

function optionDescription(spec: OptionSpec, profiles: readonly string[]): string {
  const value = defaultText(spec);
  const notes = [
    ...(spec.choices ? [`one of ${spec.choices.join(", ")}`] : []),
    ...(spec.multiple ? ["may be given several times"] : []),
    ...(value === null ? [] : [`default ${[value, ...profiles].join(", ")}`]),
  ];
  const description = spec.description.replace(/\.$/, "");
  return notes.length > 0 ? `${description} (${notes.join("; ")})` : description;
}

function wrap(text: string, width: number): string[] {
  const lines = [""];
  for (const word of text.split(/\s+/)) {
    const line = lines[lines.length - 1];
    if (line === "") lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= width) lines[lines.length - 1] += " " + word;
    else lines.push(word);
  }
  return lines;
}
