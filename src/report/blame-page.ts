import type { PageObject, PageView, PageWord } from "../model/blame-page.js";
import { alignColumns, type Column } from "./columns.js";
import { count } from "./numbers.js";

const left = (title: string): Column => ({ title, align: "left" });
const right = (title: string): Column => ({ title, align: "right" });
const asIs = (text: string): string => text;
const offsetOf = (offset: number): string => (offset < 0 ? `-${(-offset).toString(16)}` : offset.toString(16));

function objectLines(objects: readonly PageObject[], written: ReadonlySet<number>): readonly string[] {
  if (objects.length === 0) return ["no object is known on it"];
  const isWritten = ({ offset, bytes }: PageObject): boolean =>
    [...written].some((word) => word >= offset && word < offset + bytes);
  const rows = objects.map((object) => [
    isWritten(object) ? "*" : "",
    offsetOf(object.offset),
    count(object.bytes),
    object.what,
    object.place,
  ]);
  return alignColumns([left(""), right("at"), right("bytes"), left("what"), left("where it belongs")], rows, asIs);
}

function wordLines(words: readonly PageWord[]): readonly string[] {
  if (words.length === 0) return ["every word is as it was: it was written, and what was there came back"];
  const rows = words.map(({ offset, before, now, cause, type, place }) => [
    offsetOf(offset),
    before,
    now,
    cause,
    type,
    place,
  ]);
  const titles = [right("at"), left("before"), left("now"), left("cause"), left("class or table"), left("where")];
  return alignColumns(titles, rows, asIs);
}

/** A page before and after: what lay on it (`*`: written since), and every word that is different, for each process. */
export function pageText({ address, objects, processes }: PageView): string {
  const written = new Set(processes.flatMap(({ words }) => words.map(({ offset }) => offset)));
  return [
    `page ${address}, before the first fork; offsets are hexadecimal, * was written since`,
    "",
    ...objectLines(objects, written),
    ...processes.flatMap(({ pid, role, words }) => ["", `${role} ${pid} lost it`, "", ...wordLines(words)]),
  ].join("\n");
}
