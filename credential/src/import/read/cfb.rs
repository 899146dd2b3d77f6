//! The compound file that wraps an `.xls` (Microsoft's MS-CFB): a small file system of sectors.
//!
//! Only what finding the workbook takes. Every chain of sectors is followed for at most as many steps as there are
//! sectors, so a chain that bites its own tail ends; memory never exceeds a few times the file.

/// The first bytes of every compound file.
pub(super) const SIGNATURE: [u8; 8] = *b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";

/// Ids from here on are marks (free, end of chain, table), not sectors. MS-CFB 2.1.
const SECTOR_ID_MAX: u32 = 0xFFFF_FFFA;
const MINI_SECTOR_BYTES: usize = 64;
const DIRECTORY_ENTRY_BYTES: usize = 128;
/// Sector ids that the header itself holds. MS-CFB 2.2.
const HEADER_TABLE_IDS: usize = 109;

/// Why there is no workbook.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum CfbError {
    Damaged,
    Encrypted,
    NotAWorkbook,
}

use CfbError::Damaged;

pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

struct Sectors<'a> {
    bytes: &'a [u8],
    /// Where sector 0 starts: after the header in the file, at 0 in the mini stream.
    start: usize,
    size: usize,
    /// The next sector of each sector.
    next: Vec<u32>,
}

impl Sectors<'_> {
    fn sector(&self, id: u32) -> Result<&[u8], CfbError> {
        let from = (id as usize)
            .checked_mul(self.size)
            .and_then(|offset| offset.checked_add(self.start))
            .filter(|from| *from < self.bytes.len())
            .ok_or(Damaged)?;
        // The last sector of a file may be short.
        Ok(&self.bytes[from..self.bytes.len().min(from + self.size)])
    }

    fn stream(&self, first: u32, length: usize) -> Result<Vec<u8>, CfbError> {
        let mut out = Vec::new();
        let mut id = first;
        for _ in 0..=self.next.len() {
            if out.len() >= length || id >= SECTOR_ID_MAX {
                out.truncate(length);
                return Ok(out);
            }
            out.extend_from_slice(self.sector(id)?);
            id = *self.next.get(id as usize).ok_or(Damaged)?;
        }
        Err(Damaged)
    }
}

/// The stream `Workbook` (`Book` before Excel 97) of a compound file.
pub(super) fn workbook(bytes: &[u8]) -> Result<Vec<u8>, CfbError> {
    let header = bytes.get(..512).ok_or(Damaged)?;
    let word = |at| u32_at(header, at).ok_or(Damaged);
    let size = match u16_at(header, 30) {
        Some(9) => 512,
        Some(12) => 4096,
        _ => return Err(Damaged),
    };
    let mut file = Sectors { bytes, start: size, size, next: Vec::new() };

    // The allocation table lies in sectors listed in the header and in a chain of further lists.
    let ids = |list: &[u8]| -> Vec<u32> {
        list.chunks_exact(4).map(|id| u32::from_le_bytes([id[0], id[1], id[2], id[3]])).collect()
    };
    let mut table = ids(&header[76..76 + 4 * HEADER_TABLE_IDS]);
    let mut list = word(68)?;
    let sectors_max = bytes.len() / size + 1;
    for step in 0.. {
        if list >= SECTOR_ID_MAX {
            break;
        }
        if step > sectors_max {
            return Err(Damaged);
        }
        let mut more = ids(file.sector(list)?);
        list = more.pop().ok_or(Damaged)?;
        table.extend(more);
    }
    table.retain(|id| *id < SECTOR_ID_MAX);
    if table.len() > sectors_max {
        return Err(Damaged);
    }
    for id in table {
        let part = ids(file.sector(id)?);
        file.next.extend(part);
    }

    let directory = file.stream(word(48)?, usize::MAX)?;
    let entries: Vec<&[u8]> = directory.chunks_exact(DIRECTORY_ENTRY_BYTES).collect();
    let root = entries.first().ok_or(Damaged)?;
    if find(&entries, "EncryptedPackage").is_some() {
        return Err(CfbError::Encrypted);
    }
    let entry = find(&entries, "Workbook").or_else(|| find(&entries, "Book")).ok_or(CfbError::NotAWorkbook)?;
    let (first, length) = extent(entry)?;
    let stream = if length < word(56)? as usize {
        let (root_first, root_length) = extent(root)?;
        let mini = file.stream(root_first, root_length)?;
        let next = ids(&file.stream(word(60)?, usize::MAX)?);
        let mini = Sectors { bytes: &mini, start: 0, size: MINI_SECTOR_BYTES, next };
        mini.stream(first, length)?
    } else {
        file.stream(first, length)?
    };
    if stream.len() < length { Err(Damaged) } else { Ok(stream) }
}

fn find<'a>(entries: &[&'a [u8]], name: &str) -> Option<&'a [u8]> {
    let is_named = |entry: &&&[u8]| {
        let units = entry[..64].chunks_exact(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]]));
        let held: Vec<u16> = units.take_while(|unit| *unit != 0).collect();
        String::from_utf16_lossy(&held).eq_ignore_ascii_case(name)
    };
    entries.iter().find(is_named).copied()
}

/// First sector and length in bytes of a directory entry.
fn extent(entry: &[u8]) -> Result<(u32, usize), CfbError> {
    let first = u32_at(entry, 116).ok_or(Damaged)?;
    let length = u32_at(entry, 120).ok_or(Damaged)?;
    Ok((first, length as usize))
}
