import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fileAddress } from "../../../src/lock/apt.js";
import { configuredMirror, mirrorOf } from "../../../src/lock/mirror.js";
import { platformOf } from "../../../src/lock/platform.js";
import { batches, type WantedFile, wantedFiles } from "../../../src/lock/wanted.js";
import { deb, platformLock } from "./samples.js";

describe("wantedFiles", () => {
  it("names each file once", () => {
    expect(wantedFiles(platformLock).map(({ file }) => file)).toEqual([
      "libssl3t64_3.5.1_amd64.deb",
      "zlib1g_1.3_amd64.deb",
      "libssl-dev_3.5.1_amd64.deb",
      "python3.13_3.13.5.orig.tar.xz",
      "django-5.2.1-py3-none-any.whl",
    ]);
  });
});

describe("batches", () => {
  const file = (size: number): WantedFile => ({
    file: "x",
    sha256: "x",
    size,
    from: { kind: "deb", name: "x", entry: deb("x", "1") },
  });

  it("keeps order, loses nothing, and exceeds the size only by single files", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(100)), fc.integer({ min: 1, max: 200 }), (sizes, limit) => {
        const parts = batches(sizes.map(file), limit);
        expect(parts.flat().map(({ size }) => size)).toEqual(sizes);
        for (const part of parts) {
          const total = part.reduce((sum, { size }) => sum + size, 0);
          expect(part.length === 1 || total <= limit).toBe(true);
        }
      }),
    );
  });
});

describe("addresses", () => {
  it("finds the mirror of a suite among the targets of apt", () => {
    const targets = [
      "Translations http://mirror.invalid/debian/ trixie main",
      "Packages http://mirror.invalid/other/ stable main",
      "Packages http://mirror.invalid/debian/ trixie contrib",
      "Packages http://mirror.invalid/debian/ trixie main",
    ].join("\n");
    expect(mirrorOf(targets, "trixie")).toBe("http://mirror.invalid/debian");
    expect(mirrorOf(targets, "bookworm")).toBeUndefined();
  });

  it("passes over sources that no container can reach, as Debian's cloud images have them", () => {
    const unreachable = [
      "Packages mirror+file:/etc/apt/mirrors/debian.list/ trixie main",
      "Packages cdrom://[Debian GNU/Linux 13 _Trixie_ - Official amd64 DVD]/ trixie main",
      "Packages file:/srv/mirror/debian/ trixie main",
      "Packages copy:/srv/mirror/debian/ trixie main",
    ];
    expect(mirrorOf(unreachable.join("\n"), "trixie")).toBeUndefined();
    const next = "Packages https://mirror.invalid/debian/ trixie main";
    expect(mirrorOf([...unreachable, next].join("\n"), "trixie")).toBe("https://mirror.invalid/debian");
  });

  it("takes only the address of a mirror from MAJEK_LAB_DEBIAN_MIRROR", async () => {
    const mirror = (debianMirror: string) => configuredMirror({ debianMirror });
    expect(await mirror("http://mirror.invalid/debian/")).toBe("http://mirror.invalid/debian");
    for (const wrong of ["mirror.invalid/debian", "file:///srv/mirror", "http://mirror.invalid/a b"]) {
      await expect(mirror(wrong)).rejects.toMatchObject({
        code: "usage",
        where: `MAJEK_LAB_DEBIAN_MIRROR=${wrong}`,
      });
    }
  });

  it("builds the address of a pool file, security archive included", () => {
    const entry = { ...deb("g++", "1%3a2"), path: "pool/main/g/g++/g++_1%3a2_amd64.deb" };
    expect(fileAddress("http://mirror.invalid/debian", entry)).toBe(
      "http://mirror.invalid/debian/pool/main/g/g++/g++_1%253a2_amd64.deb",
    );
    expect(fileAddress("http://mirror.invalid/debian", { ...entry, archive: "debian-security" })).toContain(
      "http://mirror.invalid/debian-security/pool/",
    );
  });

  it("knows the platforms of engines by both names", () => {
    expect(["x86_64", "amd64", "aarch64", "arm64"].map(platformOf)).toEqual([
      "linux/amd64",
      "linux/amd64",
      "linux/arm64",
      "linux/arm64",
    ]);
    expect(() => platformOf("riscv64")).toThrow("riscv64");
  });
});
