import { type Command, InvalidArgumentError, type Option } from "commander";
import { LabError } from "../model/errors.js";

/** A whole number option; says what is allowed. */
export function wholeNumber(minimum: number, maximum: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < minimum || value > maximum) {
      throw new InvalidArgumentError(`must be a whole number from ${minimum} to ${maximum}.`);
    }
    return value;
  };
}

/** A size of memory such as 512m or 4g, in bytes. */
export function memorySize(text: string): number {
  const [, digits = "", unit = ""] = /^(\d{1,9})([kmg])$/i.exec(text) ?? [];
  if (digits === "" || Number(digits) === 0) throw new InvalidArgumentError("must be a size such as 512m or 4g.");
  return Number(digits) * 1024 ** ("kmg".indexOf(unit.toLowerCase()) + 1);
}

/** Collects a repeatable option. */
export function collect(text: string, earlier: readonly string[] | undefined): readonly string[] {
  return [...(earlier ?? []), text];
}

/** `--wait-timeout` -> `MAJEK_LAB_WAIT_TIMEOUT`. */
export function variableOf(option: Option): string {
  return `MAJEK_LAB_${(option.long ?? "").replace(/^--/, "").replaceAll("-", "_").toUpperCase()}`;
}

const OFF = new Set(["", "0", "false", "no", "off"]);
const ON = new Set(["1", "true", "yes", "on"]);

/** A switch may remove things: no word turns it on by accident. */
function switchFrom(text: string): boolean {
  const word = text.toLowerCase();
  if (!ON.has(word) && !OFF.has(word)) throw new InvalidArgumentError("must be 1 or 0.");
  return ON.has(word);
}

function valueFrom(option: Option, text: string): unknown {
  // --no-x turns x off: its variable, MAJEK_LAB_NO_X, does so too.
  if (option.negate) return !switchFrom(text);
  if (option.isBoolean()) return switchFrom(text);
  if (option.argChoices && !option.argChoices.includes(text)) {
    const choices = option.argChoices.join(", ");
    throw new LabError("usage", `${variableOf(option)} is "${text}", which is not one of ${choices}`, {
      next: `unset ${variableOf(option)}`,
    });
  }
  if (!option.parseArg) return text;
  const words = option.variadic || option.parseArg === (collect as unknown) ? text.split(",") : [text];
  return words.reduce<unknown>((earlier, word) => option.parseArg?.(word.trim(), earlier as never), undefined);
}

/**
 * Fills options that the command line left alone from their MAJEK_LAB_* twins; an explicit flag wins.
 * @throws LabError "usage" when a variable holds what its flag would refuse
 */
export function applyEnvironment(command: Command, variables: Readonly<Record<string, string>>): void {
  for (const option of command.options) {
    const text = variables[variableOf(option)];
    if (text === undefined || command.getOptionValueSource(option.attributeName()) === "cli") continue;
    try {
      command.setOptionValueWithSource(option.attributeName(), valueFrom(option, text), "env");
    } catch (error) {
      if (error instanceof LabError) throw error;
      throw new LabError("usage", `${variableOf(option)} is "${text}": ${(error as Error).message}`, {
        next: `unset ${variableOf(option)}`,
      });
    }
  }
}
