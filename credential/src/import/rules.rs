//! What a year's results must satisfy: Circular 22/2021/TT-BGDĐT, articles 9 and 12, in whole tenths.

use super::value::{Level, MARK_MAX, Tenths};

/// Half-days a promoted learner may have missed.
pub(super) const PROMOTED_ABSENCES_MAX: u16 = 45;
/// Subjects that must reach the upper of the two marks of a level.
const GOOD_SUBJECTS_MIN: usize = 6;

/// Year mark (HKI + 2 × HKII) / 3, half up. A third is never a half, so rounding is adding one and cutting off.
pub(super) fn year_mark(semester_1: Tenths, semester_2: Tenths) -> Tenths {
    let sum = u16::from(semester_1) + 2 * u16::from(semester_2);
    // At most (100 + 200 + 1) / 3.
    Tenths::try_from((sum + 1) / 3).unwrap_or(MARK_MAX)
}

/// The level of learning that marks and passes give.
pub(super) fn learning_level(marks: &[Tenths], passes: &[bool]) -> Level {
    let level = plain_level(marks, passes);
    // Article 9, 2.đ: if one subject alone costs two levels or more (down from Tốt or Khá), one is given back.
    let without_worst = [0, 1].map(|which| {
        let (mut marks, mut passes) = (marks.to_vec(), passes.to_vec());
        match which {
            0 => marks.iter_mut().min().map(|worst| *worst = MARK_MAX),
            _ => passes.iter_mut().min().map(|worst| *worst = true),
        };
        plain_level(&marks, &passes)
    });
    let best = without_worst[0].max(without_worst[1]);
    if best >= Level::Kha && best as u8 - level as u8 >= 2 { Level::ALL[level as usize + 1] } else { level }
}

fn plain_level(marks: &[Tenths], passes: &[bool]) -> Level {
    let not_passed = passes.iter().filter(|passed| !**passed).count();
    let all_from = |least: Tenths| marks.iter().all(|mark| *mark >= least);
    let enough_from = |good: Tenths| marks.iter().filter(|mark| **mark >= good).count() >= GOOD_SUBJECTS_MIN;
    if not_passed == 0 && all_from(65) && enough_from(80) {
        Level::Tot
    } else if not_passed == 0 && all_from(50) && enough_from(65) {
        Level::Kha
    } else if not_passed <= 1 && all_from(35) && enough_from(50) {
        Level::Dat
    } else {
        Level::ChuaDat
    }
}

/// Whether a learner with these results goes up.
pub(super) fn is_promoted(conduct: Level, learning: Level, absences: u16) -> bool {
    conduct >= Level::Dat && learning >= Level::Dat && absences <= PROMOTED_ABSENCES_MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn year_marks_round_half_up() {
        for (semester_1, semester_2, year) in
            [(79, 83, 82), (48, 51, 50), (100, 100, 100), (0, 1, 1), (1, 0, 0), (65, 64, 64)]
        {
            assert_eq!(year_mark(semester_1, semester_2), year, "{semester_1} {semester_2}");
        }
        // Against the definition, in sixths: round(s/3) = floor((2s + 3) / 6).
        for first in 0..=MARK_MAX {
            for second in 0..=MARK_MAX {
                let sum = u32::from(first) + 2 * u32::from(second);
                assert_eq!(u32::from(year_mark(first, second)), (2 * sum + 3) / 6);
            }
        }
    }

    #[test]
    fn levels_follow_the_circular() {
        let passed = [true; 4];
        assert_eq!(learning_level(&[80, 80, 80, 80, 80, 80, 65, 65], &passed), Level::Tot);
        assert_eq!(learning_level(&[80, 80, 80, 80, 80, 79, 65, 65], &passed), Level::Kha);
        assert_eq!(learning_level(&[65, 65, 65, 65, 65, 65, 50, 50], &passed), Level::Kha);
        assert_eq!(learning_level(&[65, 65, 65, 65, 65, 64, 50, 50], &passed), Level::Dat);
        assert_eq!(learning_level(&[50, 50, 50, 50, 50, 50, 35, 35], &[true, true, true, false]), Level::Dat);
        assert_eq!(learning_level(&[50, 50, 50, 50, 50, 50, 35, 34], &passed), Level::ChuaDat);
        assert_eq!(learning_level(&[50, 50, 50, 50, 50, 49, 35, 35], &passed), Level::ChuaDat);
        assert_eq!(learning_level(&[90; 8], &[true, true, false, false]), Level::ChuaDat);
    }

    #[test]
    fn one_subject_alone_costs_one_level_less() {
        let passed = [true; 4];
        // Tốt but for one 4.9: plainly Đạt, given back to Khá.
        assert_eq!(learning_level(&[90, 90, 90, 90, 90, 90, 90, 49], &passed), Level::Kha);
        // Tốt but for one 3.0: plainly Chưa đạt, given back to Đạt.
        assert_eq!(learning_level(&[90, 90, 90, 90, 90, 90, 90, 30], &passed), Level::Dat);
        // Tốt but for one Chưa đạt: plainly Đạt, given back to Khá.
        assert_eq!(learning_level(&[90; 8], &[true, true, true, false]), Level::Kha);
        // Two subjects: nothing is given back.
        assert_eq!(learning_level(&[90, 90, 90, 90, 90, 90, 49, 49], &passed), Level::Dat);
        // Đạt but for one 3.0: only Tốt and Khá are protected.
        assert_eq!(learning_level(&[55, 55, 55, 55, 55, 55, 55, 30], &passed), Level::ChuaDat);
    }
}
