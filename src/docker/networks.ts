import type Docker from "dockerode";
import { asked, settled } from "./errors.js";
import { labelFilter } from "./labels.js";
import type { NetworkPort, VolumePort } from "./types.js";

/** @param docker - the connected client */
export function networkPort(docker: Docker): NetworkPort {
  return {
    create: async (name, labels) => {
      const network = await asked(`create network ${name}`, () =>
        docker.createNetwork({
          Name: name,
          Driver: "bridge",
          // Engines before 25 make a second network of the same name otherwise.
          CheckDuplicate: true,
          Labels: { ...labels },
          // Not `internal`: such a network cannot publish a port. Without masquerading nothing comes back. Podman passes
          // over this option; what keeps packets inside on every engine is ContainerSpec.hops.
          Options: { "com.docker.network.bridge.enable_ip_masquerade": "false" },
        }),
      );
      return network.id;
    },
    list: async (labels) => {
      const found = await asked("list networks", () => docker.listNetworks({ filters: labelFilter(labels) }));
      return found.map(({ Id, Name, Labels }) => ({ id: Id, name: Name, labels: Labels ?? {} }));
    },
    remove: (id) => settled(`remove network ${id.slice(0, 12)}`, () => docker.getNetwork(id).remove()),
  };
}

/** @param docker - the connected client */
export function volumePort(docker: Docker): VolumePort {
  return {
    list: async (labels) => {
      const { Volumes } = await asked("list volumes", () => docker.listVolumes({ filters: labelFilter(labels) }));
      return (Volumes ?? []).map(({ Name, Labels }) => ({ name: Name, labels: Labels ?? {} }));
    },
    remove: (name) => settled(`remove volume ${name}`, () => docker.getVolume(name).remove({ force: true })),
  };
}
