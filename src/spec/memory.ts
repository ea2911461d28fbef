const UNITS: Readonly<Record<string, number>> = { k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

/** A fleet below this does not even start; one above it is a typing error. Bytes. */
export const MEMORY_LIMITS = { least: 64 * 1024 ** 2, most: 1024 * 1024 ** 3 } as const;

/** Bytes of a size such as `512m` (powers of 1024), which the schema has matched already. */
export function memoryBytes(text: string): number {
  return Number.parseInt(text, 10) * (UNITS[text.slice(-1).toLowerCase()] ?? 1);
}
