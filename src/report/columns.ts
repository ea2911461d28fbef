import stringWidth from "string-width";

/** Text may hold colour codes and wide characters: width is what a terminal shows. */
function padded(text: string, width: number, align: "left" | "right"): string {
  const space = " ".repeat(Math.max(width - stringWidth(text), 0));
  return align === "left" ? text + space : space + text;
}

export interface Column {
  readonly title: string;
  readonly align: "left" | "right";
}

/**
 * Lines of aligned columns, two spaces apart, the titles first.
 * @param columns - one per cell of each row
 * @param rows - cells, possibly coloured
 * @param title - how a title is painted
 */
export function alignColumns(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  title: (text: string) => string = (text) => text,
): string[] {
  const widths = columns.map((column, index) =>
    Math.max(stringWidth(column.title), ...rows.map((cells) => stringWidth(cells[index] ?? ""))),
  );
  const line = (cells: readonly string[]): string =>
    columns
      .map((column, index) => padded(cells[index] ?? "", widths[index] ?? 0, column.align))
      .join("  ")
      .trimEnd();
  return [line(columns.map((column) => title(column.title))), ...rows.map(line)];
}

/** Breaks text between words, so that no line is wider than this; a longer word keeps a line of its own. */
export function wrapWords(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    const longer = last === undefined ? word : `${last} ${word}`;
    if (last === undefined || stringWidth(longer) > width) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}
