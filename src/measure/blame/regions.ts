import type { Cause } from "../../model/blame.js";
import type { Finding } from "./causes.js";
import type { Heap } from "./heap.js";
import { INTERPRETER, runtimePart, SMALL_OBJECTS, THREAD } from "./layout.js";
import type { ObjectMap } from "./object-map.js";

const isPython = (file: string): boolean => /^(lib)?python\d/.test(file);

/** Name of the program or library whose mappings hold an address. */
export function fileAt({ files }: ObjectMap, address: number): string | undefined {
  const file = files.find(([, start, end]) => address >= start && address < end);
  return file === undefined ? undefined : file[0].slice(file[0].lastIndexOf("/") + 1);
}

/** What a word is part of that lies in no block. */
export function outside(heap: Heap, address: number): Finding {
  const { snapshot, map } = heap;
  const [cause, type] = ofSegment(heap, address) ?? ofSymbol(heap, address) ?? ofInterpreter(heap, address);
  if (cause !== "unknown") return finding(cause, type);
  // Data without contents in the file (.bss) lies behind its mappings.
  const segment = snapshot.segmentOf(address);
  const file = fileAt(map, address) ?? (segment?.name === "" ? fileAt(map, segment.start - 1) : undefined);
  if (file !== undefined) return finding(isPython(file) ? "interpreter data" : "library data", file);
  if (segment !== undefined && map.thread >= segment.start && map.thread < segment.end) {
    return finding("library data", "variables of the main thread");
  }
  return finding("unknown", "");
}

const finding = (cause: Cause, type: string): Finding => ({ cause, type, block: undefined, field: "" });

type Named = readonly [cause: Cause, type: string];

function ofSegment({ snapshot }: Heap, address: number): Named | undefined {
  const name = snapshot.segmentOf(address)?.name ?? "";
  if (name.startsWith("[stack")) return ["stack", "main thread"];
  return name === "[heap]" ? ["C heap", "malloc"] : undefined;
}

function ofSymbol(heap: Heap, address: number): Named | undefined {
  const { map } = heap;
  const symbol = heap.symbolAt(address);
  if (symbol === undefined) return undefined;
  if (symbol.name === "_PyRuntime") return ["interpreter data", runtimePart(address - map.runtime)];
  const file = fileAt(map, symbol.address);
  if (file === undefined || isPython(file)) return ["interpreter data", symbol.name];
  return ["library data", `${file}: ${symbol.name}`];
}

/** What the interpreter has mapped: the state of the small-object allocator, and the frames of Python functions. */
function ofInterpreter({ snapshot, map }: Heap, address: number): Named {
  const interpreter = map.runtime + INTERPRETER;
  const state = snapshot.word(interpreter + SMALL_OBJECTS.state);
  if (address >= state && address < state + SMALL_OBJECTS.size) return ["interpreter data", "lists of pools"];
  const chunk = snapshot.word(interpreter + THREAD.state + THREAD.frames);
  const size = snapshot.word(chunk + THREAD.chunkSize);
  const inside = size > 0 && address >= chunk && address < chunk + size;
  return inside ? ["stack", "frames of Python functions"] : ["unknown", ""];
}
