/** Ends a cell of a line: the next one starts at the same column in all lines of its block. */
export const cellEnd = "\v";
/** A line feed that also ends the block of lines whose cells are aligned. */
export const blockEnd = "\f";

/**
 * Aligns the cells of lines, as elastic tabstops do: a column is as wide as the widest of its cells in lines that follow
 * each other, and one space more.
 *
 * @param pieces Texts, `cellEnd`, `blockEnd` and line feeds; a text of several lines counts as the one it starts on
 */
export function alignColumns(pieces: readonly string[]): string {
  let output = "";
  let block: string[][] = [[""]];
  const flush = (): void => {
    output += alignBlock(block);
    block = [[""]];
  };
  for (const piece of pieces) {
    const line = block.at(-1);
    if (line === undefined) continue;
    if (piece === blockEnd) {
      flush();
      output += "\n";
    } else if (piece === "\n") block.push([""]);
    else if (piece === cellEnd) line.push("");
    else if (/^\t+$/.test(piece) && line.length === 1 && line[0] === "") line.unshift(...piece.split("").map(() => ""));
    else line.push((line.pop() ?? "") + piece);
  }
  flush();
  return output;
}

function alignBlock(lines: readonly string[][]): string {
  const widths = lines.map((cells) => cells.map(() => 0));
  const columns = lines.reduce((most, { length }) => Math.max(most, length), 0);
  for (let column = 0; column < columns; column++) {
    for (let start = 0; start < lines.length; start++) {
      let end = start;
      // The last cell of a line belongs to no column.
      while (end < lines.length && (lines[end]?.length ?? 0) > column + 1) end++;
      const width = lines.slice(start, end).reduce((most, cells) => Math.max(most, widthOf(cells[column] ?? "")), 0);
      for (let i = start; i < end; i++) {
        const row = widths[i];
        if (row !== undefined) row[column] = width === 0 ? 0 : width + 1;
      }
      start = end;
    }
  }
  return lines.map((cells, i) => alignLine(cells, widths[i] ?? [])).join("\n");
}

/** Empty cells at the start of a line are its indentation. */
function alignLine(cells: readonly string[], widths: readonly number[]): string {
  let isIndentation = true;
  return cells
    .map((cell, column) => {
      if (column === cells.length - 1) return cell;
      const width = widths[column] ?? 0;
      isIndentation &&= cell === "";
      return isIndentation
        ? "\t".repeat(Math.max(1, Math.ceil(width / 8)))
        : cell + " ".repeat(Math.max(0, width - widthOf(cell)));
    })
    .join("");
}

function widthOf(cell: string): number {
  return Array.from(cell).length;
}
