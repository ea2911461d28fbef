import { type Block, KIND } from "./blocks.js";
import { edgeLabel } from "./fields.js";
import type { Heap } from "./heap.js";

/** Where something lives in the program: `django.urls.resolvers` and `URLResolver._populated`. */
export interface Home {
  readonly module: string;
  readonly path: string;
}

/** A longer way says nothing that a reader could use. */
const MOST_STEPS = 12;

/** Names objects by the way from their module. */
export class Names {
  readonly #modules: ReadonlyMap<number, string>;
  readonly #known = new Map<Block, Home>();

  constructor(private readonly heap: Heap) {
    this.#modules = new Map([...heap.map.modules].reverse().map(([name, address]) => [address, name]));
  }

  /** Module and path of a block. The module is "" where none leads to it. */
  home(block: Block): Home {
    const known = this.#known.get(block);
    if (known !== undefined) return known;
    const found = this.#find(block, MOST_STEPS);
    this.#known.set(block, found);
    return found;
  }

  #find(block: Block, steps: number): Home {
    const own = this.#own(block);
    if (own !== undefined) return own;
    // Storage belongs to its owner, whoever was found to point to it first.
    if (block.owner !== undefined) return this.#find(block.owner, steps);
    if (block.parent === undefined || steps === 0) return { module: "", path: block.root ?? "" };
    const parent = this.#known.get(block.parent) ?? this.#find(block.parent, steps - 1);
    const label = edgeLabel(this.heap, block.parent, block.via);
    const path = `${parent.path}${label}`;
    return { module: parent.module, path: parent.path === "" ? path.replace(/^\./, "") : path };
  }

  /** What names itself: modules and their dicts, classes, functions, code. */
  #own(block: Block): Home | undefined {
    const { heap } = this;
    const type = heap.typeOf(block);
    if (type === undefined || block.kind !== KIND.object) return undefined;
    const module = this.#modules.get(block.address);
    if (module !== undefined) return { module, path: "" };
    const described = heap.classAt(block.address);
    if (described !== undefined) return split(described.name);
    const text = (offset: number): string | undefined => heap.text(heap.snapshot.word(block.address + offset));
    if (type.name === "function") {
      const name = text(heap.layout.function.module);
      return name === undefined ? undefined : { module: name, path: text(heap.layout.function.name) ?? "" };
    }
    if (type.name === "code") {
      const module = block.parent === undefined ? "" : this.#find(block.parent, MOST_STEPS).module;
      return {
        module: module || moduleOfFile(text(heap.layout.code.filename) ?? ""),
        path: text(heap.layout.code.name) ?? "",
      };
    }
    return undefined;
  }
}

function split(name: string): Home {
  const colon = name.indexOf(":");
  return colon < 0 ? { module: "builtins", path: name } : { module: name.slice(0, colon), path: name.slice(colon + 1) };
}

/** `/srv/lab/lib/django/urls/base.py` -> `django.urls.base`. */
export function moduleOfFile(file: string): string {
  const frozen = /^<frozen (.+)>$/.exec(file);
  if (frozen) return frozen[1] as string;
  const below =
    /(?:site-packages|\/lib|\/app|\/harness|\/lib\/python[23]\.\d+)\/((?:[A-Za-z_]\w*\/)*[A-Za-z_]\w*)\.py$/.exec(
      file.replace(/\/lib\/python[23]\.\d+\//, "/site-packages/"),
    );
  return below === null ? file : (below[1] as string).replaceAll("/", ".").replace(/\.__init__$/, "");
}
