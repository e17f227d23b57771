/**
 * Role of a message's author. Observations come back to the model as `user` messages, as in
 * smolagents.
 */
export type Role = "system" | "user" | "assistant";

/** A message of a conversation with a chat model. */
export interface Message {
  /** Role of the author. */
  readonly role: Role;
  /** Text of the message. */
  readonly content: string;
}
