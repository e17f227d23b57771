import { checkKeys, checkMessages, fieldsOf } from "./check_rows.ts";
import type { ExportFormat } from "./export_format.ts";
import { learnsAll } from "../training_example.ts";

/** Chat messages alone, for any trainer: what to learn is said in `supervision`. */
export const messagesFormat: ExportFormat = {
  name: "messages",
  summary: "Chat messages, one conversation a line, for any trainer",
  dataFile: "train.jsonl",
  isPreference: false,
  masks: "any",
  install: "",
  rows: (example) => {
    const messages = example.messages.map(({ role, content }) => ({ role, content }));
    if (learnsAll(example)) return [{ row: { messages } }];
    // Several turns and not all: a row for each.
    return example.learned.map((at) => ({
      row: { messages: messages.slice(0, at + 1), supervision: "last_assistant_only" },
    }));
  },
  check: (row) => {
    const fields = fieldsOf(row);
    if (fields === null) return "it is not an object";
    return checkKeys(fields, ["messages"], ["supervision"]) ??
      checkMessages(fields.messages, { where: "messages", last: "assistant" });
  },
  files: () => [],
  commands: () => [],
};
