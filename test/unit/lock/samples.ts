import type { DebEntry, LabLock, PlatformLock, PythonEntry, SourceEntry } from "../../../src/model/lock.js";
import { sha256 } from "../../../src/system/hash.js";

export function deb(name: string, version: string, source = name): DebEntry {
  const path = `pool/main/${source.slice(0, 1)}/${source}/${name}_${version}_amd64.deb`;
  return {
    archive: "debian",
    suite: "trixie",
    name,
    version,
    architecture: "amd64",
    path,
    sha256: sha256(path),
    size: 10,
  };
}

export const wheel: PythonEntry = {
  name: "django",
  version: "5.2.1",
  file: "django-5.2.1-py3-none-any.whl",
  kind: "wheel",
  sha256: sha256("django"),
  size: 8_000_000,
};

export const source: SourceEntry = {
  archive: "debian",
  suite: "trixie",
  name: "cpython-3.13",
  version: "3.13.5",
  file: "python3.13_3.13.5.orig.tar.xz",
  path: "pool/main/p/python3.13/python3.13_3.13.5.orig.tar.xz",
  sha256: sha256("cpython"),
  size: 22_000_000,
};

export const platformLock: PlatformLock = {
  suite: "trixie",
  base: [deb("libssl3t64", "3.5.1", "openssl"), deb("zlib1g", "1.3", "zlib")],
  builder: [deb("libssl-dev", "3.5.1", "openssl"), deb("libssl3t64", "3.5.1", "openssl"), deb("zlib1g", "1.3", "zlib")],
  sources: [source],
  python: [wheel],
  pythonBuild: [],
};

export const labLock: LabLock = {
  lockVersion: 1,
  lab: "django-8workers",
  inputsHash: sha256("inputs"),
  platforms: { "linux/amd64": platformLock },
};
