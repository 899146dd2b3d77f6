//! Every limit of the import. A file beyond one of them is refused, never cut short.

/// Bytes of a file. A year of a school with 2,000 learners is about 2 MiB.
pub const FILE_BYTES_MAX: usize = 32 << 20;
/// Bytes of everything in an `.xlsx` once unpacked: 20,000 rows of 60 cells are about 80 MiB of XML.
pub const UNPACKED_BYTES_MAX: u64 = 256 << 20;
/// Entries of an `.xlsx` archive; the ministry's export has about 40.
pub const ARCHIVE_ENTRIES_MAX: usize = 1_024;
/// Sheets of a workbook; the ministry's export has 17.
pub const SHEETS_MAX: usize = 64;
/// Rows under the header: the largest school of the city has about 6,000 learners.
pub const ROWS_MAX: u32 = 20_000;
/// Rows above the table and under it (title, signatures), allowed on top of [`ROWS_MAX`].
pub const EXTRA_ROWS_MAX: u32 = 100;
/// Columns: `.xls` has no more, and no school needs as many.
pub const COLUMNS_MAX: usize = 256;
/// Characters of one cell; the longest comment of a homeroom teacher seen is about 300.
pub const CELL_CHARS_MAX: usize = 2_000;
/// Bytes of all texts of all sheets together, because a workbook stores a repeated text once.
pub const TEXT_BYTES_MAX: usize = 128 << 20;
/// The header is looked for in this many rows.
pub const HEADER_ROWS_MAX: usize = 12;
/// Characters of a name, a school, a place: what fits a line of the printed document.
pub const LINE_CHARS_MAX: usize = 120;
/// Findings of a file, about 1 KiB each. Beyond that the file needs another look, not a longer list.
pub const FINDINGS_MAX: usize = 50_000;
