import type { OptionTable, OptionValues } from "../records/option_table.ts";
import { UsageError } from "./options.ts";

/** Options of the commands that reach an index in an object store. */
export const STORAGE_OPTIONS = {
  storageOption: {
    type: "string",
    multiple: true,
    placeholder: "KEY=VALUE",
    description: "Option of the object store, such as region=eu-west-1",
  },
} as const satisfies OptionTable;

/** The object store's options by their names. @throws {UsageError} for one without a value */
export function storageOptions(
  values: OptionValues<typeof STORAGE_OPTIONS>,
): Record<string, string> {
  return Object.fromEntries(values.storageOption.map((text) => {
    const at = text.indexOf("=");
    if (at < 1) throw new UsageError(`Option --storage-option must be KEY=VALUE: "${text}"`);
    return [text.slice(0, at), text.slice(at + 1)];
  }));
}
