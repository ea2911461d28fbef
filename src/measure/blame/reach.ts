import { type Block, KIND } from "./blocks.js";
import type { Heap } from "./heap.js";
import { OBJECT, PRE_HEADER } from "./layout.js";

/**
 * Gives every block that can be reached a parent: who pointed to it first, going breadth first from the modules, then
 * from the variables of programs and libraries. Any word that holds a block's address counts as a pointer.
 */
export function reach(heap: Heap): void {
  const queue: Block[] = [];
  const seen = new Set<Block>();
  const add = (block: Block): void => {
    seen.add(block);
    queue.push(block);
  };
  for (const [, address] of heap.map.modules) {
    const module = heap.at(address);
    if (module !== undefined && !seen.has(module)) add(module);
  }
  let next = 0;
  const follow = (): void => {
    for (; next < queue.length; next += 1) {
      const from = queue[next] as Block;
      for (let at = firstWord(from); at + 8 <= from.end; at += 8) {
        const to = target(heap, at);
        if (to === undefined || seen.has(to)) continue;
        to.parent = from;
        to.via = at;
        add(to);
      }
    }
  };
  follow();
  for (const { address, size, name } of heap.map.symbols) {
    for (let at = Math.ceil(address / 8) * 8; at + 8 <= address + size; at += 8) {
      const to = target(heap, at);
      if (to === undefined || seen.has(to)) continue;
      to.root = name;
      to.via = at;
      add(to);
    }
    follow();
  }
}

function target(heap: Heap, at: number): Block | undefined {
  const word = heap.snapshot.word(at);
  // Blocks are aligned to 16 bytes, static ones to 8; addresses lie between 2^32 and 2^47.
  return word > 2 ** 32 && word < 2 ** 47 && word % 8 === 0 ? heap.at(word) : undefined;
}

/** The links of the collector's lists say nothing about who needs an object; the managed dict before them does. */
function firstWord(block: Block): number {
  if (block.kind !== KIND.object) return block.data;
  const managed = block.address - block.data > PRE_HEADER.size;
  return managed ? block.address + PRE_HEADER.dict : block.address + OBJECT.type + 8;
}
