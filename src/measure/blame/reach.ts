import { type Block, KIND } from "./blocks.js";
import type { Heap } from "./heap.js";
import { OBJECT, PRE_HEADER } from "./layout.js";

/**
 * Gives every block that can be reached a parent: who pointed to it first, going breadth first from the modules, then
 * from the variables of programs and libraries. Any word that holds a block's address counts as a pointer.
 */
export function reach(heap: Heap): void {
  const queue: Block[] = [];
  let next = 0;
  /** Takes a block that was not reached before. */
  const take = (to: Block | undefined, from: Block | undefined, via: number, root: string | undefined): void => {
    if (to === undefined || to.reached) return;
    to.reached = true;
    to.parent = from;
    to.via = via;
    to.root = root;
    queue.push(to);
  };
  const follow = (): void => {
    for (; next < queue.length; next += 1) {
      const from = queue[next] as Block;
      heap.snapshot.eachPointer(firstWord(heap, from), from.end, (to, at) => take(heap.at(to), from, at, undefined));
    }
  };
  for (const [, address] of heap.map.modules) take(heap.at(address), undefined, 0, undefined);
  follow();
  for (const { address, size, name } of heap.map.symbols) {
    const start = Math.ceil(address / 8) * 8;
    heap.snapshot.eachPointer(start, address + size, (to, at) => take(heap.at(to), undefined, at, name));
    follow();
  }
}

/** The links of the collector's lists say nothing about who needs an object; the managed dict before them does. */
function firstWord(heap: Heap, block: Block): number {
  if (block.kind !== KIND.object) return block.data;
  const managed = heap.map.runtime !== 0 && block.address - block.data > PRE_HEADER.size;
  return managed ? block.address + PRE_HEADER.dict : block.address + OBJECT.type + 8;
}
