import type { PathSpec } from "../../model/spec.js";

/** Finaliser of MurmurHash3 (Austin Appleby, public domain): every input bit reaches every output bit. */
function mixed(value: number): number {
  let bits = value >>> 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

/** Odd constants that spread small neighbouring numbers over 32 bits (2^32 divided by the golden ratio, and a prime). */
const CLIENT_STEP = 0x9e3779b1;
const REQUEST_STEP = 0x27d4eb2f;

/**
 * The number in [0, 1) that decides a request. It depends on nothing but its arguments: no state, no clock, so that
 * every variant is asked the same questions, however its answers interleave.
 * @param client - index of the closed-loop client
 * @param request - how many requests this client has sent before
 */
export function draw(seed: number, client: number, request: number): number {
  const stream = mixed(seed ^ Math.imul(client + 1, CLIENT_STEP));
  return mixed(stream ^ Math.imul(request + 1, REQUEST_STEP)) / 2 ** 32;
}

/** Chooses the path of request `request` of client `client`. */
export type Sequence = (client: number, request: number) => PathSpec;

/**
 * @param paths - at least one; weights above zero
 * @returns the pinned order in which each client asks for the paths
 */
export function requestSequence(paths: readonly PathSpec[], seed: number): Sequence {
  const total = paths.reduce((sum, { weight }) => sum + weight, 0);
  let sum = 0;
  const upper = paths.map((path) => {
    sum += path.weight / total;
    return { path, below: sum };
  });
  const last = upper.at(-1);
  if (last === undefined) throw new RangeError("a load needs at least one path");
  return (client, request) => {
    const number = draw(seed, client, request);
    return (upper.find(({ below }) => number < below) ?? last).path;
  };
}
