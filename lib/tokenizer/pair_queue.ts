/** A pair of symbols and its count. */
export interface CountedPair {
  /** Any number that stands for the pair. */
  readonly pair: number;
  /** Number of occurrences, perhaps weighted. */
  readonly count: number;
}

/**
 * A priority queue of pairs by count, highest first, the lower pair first among equals. Changed
 * counts are pushed again and stale entries skipped, so that a change costs O(log n).
 */
export class PairQueue {
  readonly #counts = new Map<number, number>();
  readonly #changed = new Set<number>();
  readonly #heap: CountedPair[] = [];

  /** Adds `change`, which may be negative, to the count of `pair`. */
  add(pair: number, change: number): void {
    this.#counts.set(pair, (this.#counts.get(pair) ?? 0) + change);
    this.#changed.add(pair);
  }

  /** Takes out the pair with the highest count, or gives undefined when no count is positive. */
  pop(): CountedPair | undefined {
    for (const pair of this.#changed) {
      const count = this.#counts.get(pair)!;
      if (count > 0) this.#push({ pair, count });
      else this.#counts.delete(pair);
    }
    this.#changed.clear();
    for (let top = this.#take(); top !== undefined; top = this.#take()) {
      if (this.#counts.get(top.pair) !== top.count) continue;
      this.#counts.delete(top.pair);
      return top;
    }
    return undefined;
  }

  #push(item: CountedPair): void {
    const heap = this.#heap;
    let i = heap.push(item) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!isBefore(item, heap[parent])) break;
      heap[i] = heap[parent];
      i = parent;
    }
    heap[i] = item;
  }

  #take(): CountedPair | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return top;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1], heap[child])) child++;
      if (!isBefore(heap[child], last)) break;
      heap[i] = heap[child];
      i = child;
    }
    heap[i] = last;
    return top;
  }
}

function isBefore(a: CountedPair, b: CountedPair): boolean {
  return a.count !== b.count ? a.count > b.count : a.pair < b.pair;
}
