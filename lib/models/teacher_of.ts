import type { ChatModel } from "./chat_model.ts";

/** The field of a record that says what kind of teacher wrote it; nothing for a language model. */
export function teacherOf({ teacher }: ChatModel): { readonly teacher?: string } {
  return teacher === undefined ? {} : { teacher };
}
