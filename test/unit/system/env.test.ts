import { describe, expect, it } from "vitest";
import { localProxies, readEnvironment } from "../../../src/system/env.js";

describe("the CA bundle", () => {
  it.each(["SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"])("is taken from %s", (name) => {
    expect(readEnvironment({ [name]: "/etc/ca.pem" }).caBundle).toBe("/etc/ca.pem");
  });

  it("is a whole one rather than what only adds to Node's", () => {
    const both = { NODE_EXTRA_CA_CERTS: "/one.pem", REQUESTS_CA_BUNDLE: "/all.pem", PIP_CERT: "" };
    expect(readEnvironment(both).caBundle).toBe("/all.pem");
  });
});

describe("a proxy that no container reaches", () => {
  it.each([
    "http://127.0.0.1:3128",
    "localhost:3128",
    "http://user:secret@127.8.0.1",
    "http://[::1]:80/",
  ])("is %s", (proxy) => {
    const variables = { HTTPS_PROXY: proxy, http_proxy: "http://proxy.invalid:3128", no_proxy: "127.0.0.1" };
    expect(localProxies(readEnvironment(variables))).toEqual(["HTTPS_PROXY"]);
  });

  it("is none of those elsewhere, nor text that is no address", () => {
    const variables = {
      https_proxy: "http://10.0.0.1:3128",
      http_proxy: "http://",
      all_proxy: "socks5h://127.example",
    };
    expect(localProxies(readEnvironment(variables))).toEqual([]);
  });
});

it("knows the image that the user wants the seed made from, and takes an empty variable for none", () => {
  expect(readEnvironment({ MAJEK_LAB_SEED_IMAGE: "debian@sha256:0" }).seedImage).toBe("debian@sha256:0");
  expect(readEnvironment({ MAJEK_LAB_SEED_IMAGE: "" }).seedImage).toBeUndefined();
});
