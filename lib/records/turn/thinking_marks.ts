const NAMES = "(?:think(?:ing)?|thought|reasoning|seed:think)";

/**
 * Opening marks of hidden reasoning, as the source of a regular expression (flags `iu`): `<think>`
 * and its variants (DeepSeek, Qwen, Seed), `◁think▷` (Kimi), `[THINK]` (Magistral).
 */
export const THINK_BEGIN = `<${NAMES}>|◁think▷|\\[THINK\\]`;
/** Closing marks of hidden reasoning, likewise. */
export const THINK_END = `</${NAMES}>|◁/think▷|\\[/THINK\\]`;
