import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { buffer } from "node:stream/consumers";
import { Ajv } from "ajv";
import { pack } from "tar-stream";
import { describe, expect, it } from "vitest";
import { MEDIA } from "../../../src/model/bundle.js";
import { collectLicences, debianLicences, pythonLicence } from "../../../src/share/licences.js";
import { billOfMaterials, type Materials } from "../../../src/share/sbom.js";
import { bytesBlob } from "../../../src/system/blobs.js";
import { platformLock } from "../lock/samples.js";
import { bytesOf } from "./bundle.js";

const copyright = `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Files: *
License: Zlib
Files: debian/*
License: GPL-2+
 some text
`;

const materials: Materials = {
  lab: "small",
  toolVersion: "0.1.0",
  lock: platformLock,
  patches: [{ minor: "3.13", patch: { name: "gc-seal.patch", sha256: "a".repeat(64), text: "" } }],
  licences: {
    texts: new Map([[`debian/${platformLock.base[0]?.name}/copyright`, Buffer.from(copyright)]]),
    metadata: new Map(),
  },
};

const folder = join(
  dirname(createRequire(import.meta.url).resolve("@cyclonedx/cyclonedx-library/package.json")),
  "res/schema",
);
const schema = (name: string): object => JSON.parse(readFileSync(join(folder, name), "utf8"));

describe("the bill of materials", () => {
  it("has the same bytes each time", () => {
    const lock = { ...platformLock, base: platformLock.base.toReversed() };
    expect(billOfMaterials({ ...materials, lock }).digest).toBe(billOfMaterials(materials).digest);
  });

  it("has the same bytes each time where a package is in the images and builds others, too", async () => {
    const [shared] = platformLock.python;
    const lock = { ...platformLock, pythonBuild: [...platformLock.pythonBuild, ...(shared ? [shared] : [])] };
    const bill = billOfMaterials({ ...materials, lock });
    expect(billOfMaterials({ ...materials, lock }).digest).toBe(bill.digest);
    const { components } = JSON.parse((await bytesOf(bill)).toString());
    const found = components.filter(
      ({ hashes }: { hashes: { content: string }[] }) => hashes[0]?.content === shared?.sha256,
    );
    expect(found).toEqual([expect.objectContaining({ scope: "required" })]);
  });

  it("is valid CycloneDX 1.6", async () => {
    const ajv = new Ajv({ strict: false, logger: false, validateFormats: false });
    ajv.addSchema(schema("spdx.SNAPSHOT.schema.json"), "http://cyclonedx.org/schema/spdx.SNAPSHOT.schema.json");
    ajv.addSchema(schema("jsf-0.82.SNAPSHOT.schema.json"), "http://cyclonedx.org/schema/jsf-0.82.SNAPSHOT.schema.json");
    const validate = ajv.compile(schema("bom-1.6.SNAPSHOT.schema.json"));
    validate(JSON.parse((await bytesOf(billOfMaterials(materials))).toString()));
    expect(validate.errors ?? []).toEqual([]);
  });

  it("names every input with its sha256, and licences that are known", async () => {
    const { components } = JSON.parse((await bytesOf(billOfMaterials(materials))).toString());
    const { base, builder, python, pythonBuild, sources } = platformLock;
    const hashes = components.map(({ hashes: [hash] }: { hashes: { content: string }[] }) => hash?.content);
    const wanted = [...base, ...builder, ...python, ...pythonBuild, ...sources].map(({ sha256 }) => sha256);
    expect(new Set(hashes)).toEqual(new Set([...wanted, "a".repeat(64)]));
    const first = components.find(({ name }: { name: string }) => name === base[0]?.name);
    expect(first).toMatchObject({
      scope: "required",
      licenses: [{ license: { name: "GPL-2+" } }, { license: { name: "Zlib" } }],
    });
  });
});

describe("licences", () => {
  it("are found behind links to links, whose order does not matter", async () => {
    const archive = pack();
    const link = (name: string, linkname: string) =>
      archive.entry({ name: `usr/share/doc/${name}`, type: "symlink", linkname });
    for (const [name, target] of ["ab", "bc", "xy", "yx"]) link(name ?? "", target ?? "");
    archive.entry({ name: "usr/share/doc/c/copyright" }, "C");
    archive.finalize();
    const { texts } = await collectLicences([bytesBlob(MEDIA.layer, await buffer(archive))]);
    expect([...texts].map(([name, text]) => `${name} ${text}`)).toEqual(
      ["a", "b", "c"].map((name) => `debian/${name}/copyright C`),
    );
  });

  it("are read from machine-readable copyright files only", () => {
    expect(debianLicences(copyright)).toEqual(["GPL-2+", "Zlib"]);
    expect(debianLicences("License: MIT\n")).toEqual([]);
  });

  it("are read from metadata of Python distributions, old and new, and never from their descriptions", () => {
    expect(pythonLicence("Name: a\nLicense-Expression: MIT OR Apache-2.0\n\ntext")).toEqual({
      expression: "MIT OR Apache-2.0",
      names: [],
    });
    const old = "Name: a\nLicense: see file\nClassifier: License :: OSI Approved :: BSD License\n\nLicense: none";
    expect(pythonLicence(old)).toEqual({ names: ["BSD License"] });
    expect(pythonLicence("Name: a\nLicense: MIT\n")).toEqual({ names: ["MIT"] });
    expect(pythonLicence("Name: a\n\nLicense: none")).toEqual({ names: [] });
  });
});
