/** Keys that a terminal turns into signals, which arrive as bytes once it is raw. */
const INTERRUPT = "\u0003";
const SUSPEND = "\u001a";

/** What is needed of the terminal's input and of this process. */
export interface Keyboard {
  readonly stdin: NodeJS.ReadStream;
  kill(signal: "SIGINT" | "SIGTSTP"): void;
  /** @returns ends the listening */
  onContinue(listener: () => void): () => void;
}

/** The keyboard of this process. */
export function processKeyboard(): Keyboard {
  return {
    stdin: process.stdin,
    kill: (signal) => process.kill(process.pid, signal),
    onContinue: (listener) => {
      process.on("SIGCONT", listener);
      return () => process.off("SIGCONT", listener);
    },
  };
}

/**
 * Calls back for every key, without waiting for a new line. Ctrl-C and Ctrl-Z do what they always do.
 * @returns gives the keyboard back
 */
export function listenToKeys(onKey: (key: string) => void, keyboard: Keyboard): () => void {
  const { stdin, kill } = keyboard;
  const take = (data: Buffer | string): void => {
    for (const key of String(data)) {
      if (key === INTERRUPT) kill("SIGINT");
      else if (key === SUSPEND) {
        stdin.setRawMode(false);
        kill("SIGTSTP");
      } else onKey(key);
    }
  };
  const stopContinue = keyboard.onContinue(() => stdin.setRawMode(true));
  stdin.setRawMode(true);
  stdin.on("data", take);
  stdin.resume();
  // Waiting for a key keeps no command alive.
  stdin.unref?.();
  return () => {
    stopContinue();
    stdin.off("data", take);
    stdin.setRawMode(false);
    stdin.pause();
  };
}
