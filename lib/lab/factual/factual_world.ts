import type { World } from "../world/world.ts";
import { loadWorld } from "../world/load_world.ts";
import { EntityPool } from "./entity_pool.ts";
import { Memory } from "./memory.ts";

/** Parts that all factual families share. */
export interface FactualWorld {
  /** Gold answers. */
  readonly world: World;
  /** Entities that questions may name. */
  readonly pool: EntityPool;
  /** Facts that the expert recalls in chain of thought. */
  readonly memory: Memory;
}

let shared: FactualWorld | null = null;

/** The lab's own: made once a process. */
export function factualWorld(): FactualWorld {
  if (shared === null) {
    const world = loadWorld();
    shared = { world, pool: new EntityPool(world), memory: new Memory(world) };
  }
  return shared;
}
