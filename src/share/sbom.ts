import { Enums, Models, Serialize, Spec } from "@cyclonedx/cyclonedx-library";
import { type BundleBlob, MEDIA } from "../model/bundle.js";
import type { DebEntry, PlatformLock, PythonEntry, SourceEntry } from "../model/lock.js";
import type { PatchFile } from "../model/plan.js";
import { bytesBlob } from "../system/blobs.js";
import { debianLicences, type Licences, normalName, pythonLicence } from "./licences.js";

const { ComponentType, ComponentScope, HashAlgorithm } = Enums;

/** What a lab's images are made of. */
export interface Materials {
  readonly lab: string;
  readonly toolVersion: string;
  readonly lock: PlatformLock;
  /** Patches of interpreters that are used, with their minor version. */
  readonly patches: readonly { readonly minor: string; readonly patch: PatchFile }[];
  readonly licences: Licences;
}

interface Described {
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
  /** Package URL (github.com/package-url/purl-spec), which is also how others refer to the component. */
  readonly purl: string;
  /** Whether it is in the images, or only made them. */
  readonly shipped: boolean;
  readonly type?: Enums.ComponentType;
  readonly licences?: readonly Models.License[];
}

function component({ name, version, sha256, purl, shipped, type, licences }: Described): Models.Component {
  return new Models.Component(type ?? ComponentType.Library, name, {
    version,
    purl,
    bomRef: purl,
    scope: shipped ? ComponentScope.Required : ComponentScope.Excluded,
    hashes: new Models.HashDictionary([[HashAlgorithm["SHA-256"], sha256]]),
    licenses: new Models.LicenseRepository(licences ?? []),
  });
}

const named = (names: readonly string[]): Models.License[] => names.map((name) => new Models.NamedLicense(name));

function debian({ suite, base, builder }: PlatformLock, { texts }: Licences): Models.Component[] {
  const shipped = new Set(base.map(({ sha256 }) => sha256));
  const all = new Map([...base, ...builder].map((deb) => [deb.sha256, deb]));
  return [...all.values()].map(({ name, version, architecture, sha256 }: DebEntry) => {
    const copyright = texts.get(`debian/${name}/copyright`)?.toString("utf8");
    const purl = `pkg:deb/debian/${name}@${encodeURIComponent(version)}?arch=${architecture}&distro=${suite}`;
    const licences = copyright === undefined ? [] : named(debianLicences(copyright));
    return component({ name, version, sha256, purl, shipped: shipped.has(sha256), licences });
  });
}

function pythonLicences(metadata: string | undefined): Models.License[] {
  const { expression, names } = metadata === undefined ? { names: [] } : pythonLicence(metadata);
  return expression === undefined ? named(names) : [new Models.LicenseExpression(expression)];
}

function python({ python: shipped, pythonBuild }: PlatformLock, { metadata }: Licences): Models.Component[] {
  const describe = ({ name, version, sha256, file }: PythonEntry, isShipped: boolean): Models.Component => {
    const purl = `pkg:pypi/${normalName(name)}@${encodeURIComponent(version)}?file_name=${encodeURIComponent(file)}`;
    const licences = isShipped ? pythonLicences(metadata.get(normalName(name))) : [];
    return component({ name, version, sha256, purl, shipped: isShipped, licences });
  };
  // A package may be both, but is one component: the library tells two of one reference apart by random numbers.
  const known = new Set(shipped.map(({ file }) => file));
  const onlyBuild = pythonBuild.filter(({ file }) => !known.has(file));
  return [...shipped.map((entry) => describe(entry, true)), ...onlyBuild.map((entry) => describe(entry, false))];
}

/** Interpreters are compiled: what the images hold is made from these archives, and is licensed as they are. */
function interpreters({ sources }: PlatformLock): Models.Component[] {
  return sources.map(({ name, version, sha256, file }: SourceEntry) =>
    component({
      name: name.startsWith("cpython-") ? "cpython" : name,
      version,
      sha256,
      purl: `pkg:generic/${name}@${version}?file_name=${encodeURIComponent(file)}`,
      shipped: true,
      type: ComponentType.Platform,
      licences: [new Models.SpdxLicense("PSF-2.0")],
    }),
  );
}

function patchFiles(patches: Materials["patches"], toolVersion: string): Models.Component[] {
  return patches.map(({ minor, patch: { name, sha256 } }) =>
    component({
      name: `cpython-patch/${minor}/${name}`,
      version: toolVersion,
      sha256,
      purl: `pkg:generic/cpython-patch-${minor}@${toolVersion}?file_name=${encodeURIComponent(name)}`,
      shipped: true,
      type: ComponentType.File,
    }),
  );
}

/**
 * A CycloneDX 1.6 bill of materials: Debian packages, Python distributions, interpreters and their patches, with versions,
 * sha256 and, where they say it, licences. What only builds the images has the scope `excluded`. No random serial number
 * and no time, so that equal labs have equal bills.
 */
export function billOfMaterials({ lab, toolVersion, lock, patches, licences }: Materials): BundleBlob {
  const tool = new Models.Tool({ name: "majek-lab", version: toolVersion });
  const subject = new Models.Component(ComponentType.Container, lab, { bomRef: `lab:${lab}` });
  const bom = new Models.Bom({
    metadata: new Models.Metadata({
      component: subject,
      tools: new Models.Tools({ tools: new Models.ToolRepository([tool]) }),
    }),
    components: new Models.ComponentRepository([
      ...debian(lock, licences),
      ...python(lock, licences),
      ...interpreters(lock),
      ...patchFiles(patches, toolVersion),
    ]),
  });
  const serializer = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6));
  return bytesBlob(MEDIA.sbom, `${serializer.serialize(bom, { sortLists: true, space: 1 })}\n`);
}
