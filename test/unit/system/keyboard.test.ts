import { EventEmitter } from "node:events";
import { describe, expect, it } from "vitest";
import { type Keyboard, listenToKeys } from "../../../src/system/keyboard.js";

function keyboard() {
  const log: string[] = [];
  const stdin = Object.assign(new EventEmitter(), {
    setRawMode: (raw: boolean) => log.push(`raw ${raw}`),
    resume: () => undefined,
    pause: () => log.push("pause"),
  });
  let goOn = (): void => undefined;
  const parts = {
    stdin,
    kill: (signal: string) => log.push(signal),
    onContinue: (listener: () => void) => {
      goOn = listener;
      return () => log.push("deaf");
    },
  };
  return { log, stdin, keyboard: parts as unknown as Keyboard, goOn: () => goOn() };
}

describe("keys", () => {
  it("come one by one, and Ctrl-C and Ctrl-Z do what they always do", () => {
    const { log, stdin, keyboard: parts, goOn } = keyboard();
    const stop = listenToKeys((key) => log.push(`key ${key}`), parts);
    stdin.emit("data", Buffer.from("pq"));
    stdin.emit("data", Buffer.from("\u0003"));
    stdin.emit("data", Buffer.from("\u001a"));
    goOn();
    stop();
    stdin.emit("data", Buffer.from("p"));
    expect(log).toEqual([
      "raw true",
      "key p",
      "key q",
      "SIGINT",
      "raw false",
      "SIGTSTP",
      "raw true",
      "deaf",
      "raw false",
      "pause",
    ]);
  });
});
