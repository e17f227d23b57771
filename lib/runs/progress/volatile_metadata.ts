/** The metadata of a display that a cleaned notebook leaves out. */
export function volatileMetadata(): Readonly<Record<string, unknown>> {
  return { potstill: { volatile: true } };
}
