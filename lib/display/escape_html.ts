const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

// deno-lint-ignore no-control-regex
const HIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufffe\uffff]|\p{Surrogate}/gu;

/**
 * `text` as text or attribute value of HTML and SVG; characters that neither may hold, such as control
 * characters, as `\ufffd`. By hand, as libraries keep these.
 */
export function escapeHtml(text: string): string {
  return text.replace(HIDDEN, "\ufffd").replace(/[&<>"']/g, (character) => ENTITIES[character]);
}
