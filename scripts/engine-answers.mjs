// Exit code 0 when a local container engine answers a ping. Needs nothing but Node: it runs before `npm ci`.
import { request } from "node:http";

const runtime = process.env.XDG_RUNTIME_DIR;
const host = process.env.DOCKER_HOST ?? "";
const sockets = host.startsWith("unix://")
  ? [host.slice("unix://".length)]
  : [
      "/var/run/docker.sock",
      ...(runtime ? [`${runtime}/docker.sock`, `${runtime}/podman/podman.sock`] : []),
      "/run/podman/podman.sock",
    ];

const answers = (socketPath) =>
  new Promise((resolve) => {
    const ping = request({ socketPath, path: "/_ping", timeout: 3000 }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    ping.on("timeout", () => ping.destroy());
    ping.on("error", () => resolve(false));
    ping.end();
  });

const results = await Promise.all(sockets.map(answers));
process.exitCode = results.some(Boolean) ? 0 : 1;
