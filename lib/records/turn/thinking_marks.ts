const NAMES = "(?:think(?:ing)?|thought|reasoning|seed:think)";

/**
 * What begins hidden reasoning, as the source of a regular expression (flags `iu`): `<think>` and its
 * kin (DeepSeek, Qwen, Seed), `◁think▷` (Kimi), `[THINK]` (Magistral).
 */
export const THINK_BEGIN = `<${NAMES}>|◁think▷|\\[THINK\\]`;
/** What ends hidden reasoning, likewise. */
export const THINK_END = `</${NAMES}>|◁/think▷|\\[/THINK\\]`;
