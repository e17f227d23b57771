/**
 * A deterministic automaton over bytes that reads a text up to a word that ends it, and refuses texts
 * in which another word comes before. State 0 is its beginning.
 */
export interface WordAutomaton {
  /** `[state * 256 + byte]`: the next state, {@link REFUSED}, or {@link ENDED} after the ending word. */
  readonly next: Int32Array;
  /** `[state]`: bytes of the ending word that the text ends with so far. */
  readonly progress: Int32Array;
  /** Number of states. */
  readonly states: number;
}

/** The text cannot go on so. */
export const REFUSED: number = -1;
/** The ending word is complete. */
export const ENDED: number = -2;

/** Words of a {@link wordAutomaton}. */
export interface AutomatonWords {
  /** The word that ends the text. */
  readonly end: string;
  /** Bytes of `end` from which on it must be completed: what stands there would mean something else. */
  readonly committedFrom: number;
  /** Words that may not come, but as a part of the ending word. */
  readonly refused: readonly string[];
}

const utf8 = new TextEncoder();

/**
 * Builds a {@link WordAutomaton}.
 *
 * @source Aho and Corasick 1975, "Efficient string matching"
 */
export function wordAutomaton({ end, committedFrom, refused }: AutomatonWords): WordAutomaton {
  const endBytes = utf8.encode(end);
  const children: Map<number, number>[] = [new Map()];
  const progress = [0];
  const isRefused = [false];
  const add = (bytes: Uint8Array, visit: (node: number, depth: number) => void) => {
    let node = 0;
    bytes.forEach((byte, i) => {
      let child = children[node].get(byte);
      if (child === undefined) {
        child = children.push(new Map()) - 1;
        progress.push(0);
        isRefused.push(false);
        children[node].set(byte, child);
      }
      node = child;
      visit(node, i + 1);
    });
    return node;
  };
  for (const word of refused) isRefused[add(utf8.encode(word), () => {})] = true;
  const onEnd = new Set<number>();
  const last = add(endBytes, (node, depth) => {
    progress[node] = depth;
    onEnd.add(node);
  });
  const states = children.length;
  const next = new Int32Array(states * 256);
  const fallback = new Int32Array(states);
  const queue = [0];
  for (const node of queue) {
    const suffix = fallback[node];
    if (node !== 0) {
      isRefused[node] ||= isRefused[suffix];
      if (!onEnd.has(node)) progress[node] = progress[suffix];
    }
    for (let byte = 0; byte < 256; byte++) {
      const child = children[node].get(byte);
      const other = node === 0 ? 0 : next[suffix * 256 + byte];
      if (child === undefined) next[node * 256 + byte] = other;
      else {
        next[node * 256 + byte] = child;
        fallback[child] = other;
        queue.push(child);
      }
    }
  }
  const goal = next.slice();
  for (let node = 0; node < states; node++) {
    const isCommitted = onEnd.has(node) && progress[node] >= committedFrom;
    for (let byte = 0; byte < 256; byte++) {
      const at = node * 256 + byte;
      const to = goal[at];
      const endsHere = onEnd.has(to) && progress[to] > 0;
      if (isCommitted && !(onEnd.has(to) && progress[to] === progress[node] + 1)) {
        next[at] = REFUSED;
      } else if (to === last) next[at] = ENDED;
      else if (isRefused[to] && !endsHere) next[at] = REFUSED;
    }
  }
  return { next, progress: Int32Array.from(progress), states };
}
