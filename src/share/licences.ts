import { posix } from "node:path";
import { buffer } from "node:stream/consumers";
import type { BundleBlob } from "../model/bundle.js";
import { readTar } from "../system/tar.js";

/** What layers say about the licences of what is in them. */
export interface Licences {
  /** Texts, by a path like `debian/zlib1g/copyright` or `python/django-5.2.8.dist-info/licenses/LICENSE`. */
  readonly texts: ReadonlyMap<string, Buffer>;
  /** METADATA of Python distributions (core metadata specification), by name in normal form. */
  readonly metadata: ReadonlyMap<string, string>;
}

const COPYRIGHT = /^usr\/share\/doc\/([^/]+)\/copyright$/;
const DOCUMENTATION = /^usr\/share\/doc\/([^/]+)$/;
const DISTRIBUTION = /^srv\/lab\/lib\/([^/]+\.(?:dist|egg)-info)\/(.+)$/;
const INTERPRETER = /^opt\/python\/lib\/(python[0-9.]+)\/LICENSE\.txt$/;
const LICENCE = /(^|\/)(licen[cs]es?|copying|copyright|notice|authors)([./-]|$)/i;

/** Where a file of a layer goes among the licences; `undefined` for all that is none. */
function placeOf(name: string): string | undefined {
  const [, debian] = COPYRIGHT.exec(name) ?? [];
  if (debian !== undefined) return `debian/${debian}/copyright`;
  const [, python] = INTERPRETER.exec(name) ?? [];
  if (python !== undefined) return `${python}/LICENSE.txt`;
  const [, distribution, file = ""] = DISTRIBUTION.exec(name) ?? [];
  return distribution !== undefined && LICENCE.test(file) ? `python/${distribution}/${file}` : undefined;
}

/** Package names of Python in normal form (PEP 503). */
export function normalName(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, "-");
}

/** The name that METADATA gives, in normal form. */
function nameIn(metadata: string): string {
  return normalName(/^Name:[ \t]*(\S+)/m.exec(metadata)?.[1] ?? "");
}

/** Collects licences from layers, in one pass over each. Debian packages that share a folder of documents share a text. */
export async function collectLicences(layers: readonly BundleBlob[]): Promise<Licences> {
  const texts = new Map<string, Buffer>();
  const metadata = new Map<string, string>();
  const links = new Map<string, string>();
  for (const layer of new Map(layers.map((one) => [one.digest, one])).values()) {
    await readTar(layer.open(), async (header, content) => {
      const name = posix.normalize(header.name).replace(/^\/+/, "");
      const [, linked] = DOCUMENTATION.exec(name) ?? [];
      if (header.type === "symlink" && linked !== undefined) links.set(linked, posix.basename(header.linkname ?? ""));
      if (header.type !== "file") return;
      const place = placeOf(name);
      if (place !== undefined) texts.set(place, await buffer(content));
      else if (/^srv\/lab\/lib\/[^/]+\.(dist-info\/METADATA|egg-info\/PKG-INFO)$/.test(name)) {
        const text = (await buffer(content)).toString("utf8");
        metadata.set(nameIn(text), text);
      }
    });
  }
  for (const name of links.keys()) {
    // Links lead to links: libctf0 to binutils-x86-64-linux-gnu, and that to binutils-common. No path is longer than all.
    let target = name;
    for (let steps = 0; steps < links.size && links.has(target); steps += 1) target = links.get(target) ?? "";
    const text = texts.get(`debian/${target}/copyright`);
    if (text !== undefined) texts.set(`debian/${name}/copyright`, text);
  }
  return { texts: new Map([...texts].sort(([a], [b]) => (a < b ? -1 : 1))), metadata };
}

/** Names of licences in a copyright file of Debian's machine-readable format 1.0; none in any other. */
export function debianLicences(copyright: string): string[] {
  if (!/^Format:\s*https?:\/\/www\.debian\.org\/doc\/packaging-manuals\/copyright-format\/1\.0/m.test(copyright))
    return [];
  const names = [...copyright.matchAll(/^License:[ \t]*(\S.*)$/gm)].map(([, name = ""]) => name.trim());
  return [...new Set(names)].sort();
}

/**
 * The licence that a Python distribution declares: an SPDX expression (PEP 639) or, in older ones, classifiers or the text
 * of one line.
 */
export function pythonLicence(metadata: string): { readonly expression?: string; readonly names: readonly string[] } {
  const head = metadata.split(/\r?\n\r?\n/, 1)[0] ?? "";
  const expression = /^License-Expression:[ \t]*(\S.*)$/m.exec(head)?.[1]?.trim();
  if (expression !== undefined) return { expression, names: [] };
  const classifiers = [...head.matchAll(/^Classifier: License ::.* :: (.+)$/gm)].map(([, name = ""]) => name.trim());
  const line = /^License:[ \t]*(\S.*)$/m.exec(head)?.[1]?.trim();
  const names = classifiers.length > 0 ? classifiers : line === undefined ? [] : [line];
  return { names: [...new Set(names)].sort() };
}
