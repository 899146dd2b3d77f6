/**
 * A table as a file that spreadsheets open: RFC 4180 with a byte order mark, so that Excel reads it as UTF-8.
 *
 * A cell that a spreadsheet would take for a formula gets an apostrophe in front: names of files and of people come from
 * others, and a table must never run anything.
 */

const BYTE_ORDER_MARK = '\ufeff';

export function toCsv(rows: readonly (readonly string[])[], column: ',' | ';'): string {
  return BYTE_ORDER_MARK + rows.map((row) => row.map((cell) => toCell(cell, column)).join(column) + '\r\n').join('');
}

function toCell(text: string, column: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return safe.includes(column) || /["\r\n']/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
