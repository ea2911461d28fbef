import { describe, expect, it } from "vitest";
import { substitute } from "../../../src/lock/substitute.js";
import { deb, platformLock } from "./samples.js";

const fresh = {
  base: [
    deb("libssl3t64", "3.5.4", "openssl"),
    deb("openssl-provider", "3.5.4", "openssl"),
    deb("zlib1g", "1.4", "zlib"),
  ],
  builder: [
    deb("libssl-dev", "3.5.4", "openssl"),
    deb("libssl3t64", "3.5.4", "openssl"),
    deb("openssl-provider", "3.5.4", "openssl"),
    deb("zlib1g", "1.4", "zlib"),
  ],
};

describe("substitute", () => {
  const { lock, reResolved } = substitute(platformLock, new Set(["libssl3t64"]), fresh);

  it("replaces the dropped package with its whole source, and adds what that needs now", () => {
    expect(lock.base).toEqual([fresh.base[0], fresh.base[1], platformLock.base[1]]);
    expect(lock.builder.map(({ name, version }) => `${name} ${version}`)).toEqual([
      "libssl-dev 3.5.4",
      "libssl3t64 3.5.4",
      "openssl-provider 3.5.4",
      "zlib1g 1.3",
    ]);
  });

  it("names each change once", () => {
    expect(reResolved).toEqual([
      { name: "libssl-dev", lockedVersion: "3.5.1", usedVersion: "3.5.4" },
      { name: "libssl3t64", lockedVersion: "3.5.1", usedVersion: "3.5.4" },
      { name: "openssl-provider", lockedVersion: "none", usedVersion: "3.5.4" },
    ]);
  });

  it("leaves out a package that the suite no longer has under that name", () => {
    const renamed = { base: [deb("libssl4", "4.0", "openssl4")], builder: [deb("libssl4", "4.0", "openssl4")] };
    const result = substitute(platformLock, new Set(["libssl3t64"]), renamed);
    expect(result.lock.base.map(({ name }) => name)).toEqual(["libssl4", "zlib1g"]);
  });

  it("keeps python and sources as they are", () => {
    expect(lock.python).toBe(platformLock.python);
    expect(lock.sources).toBe(platformLock.sources);
  });
});
