//! Colours and sizes: Okabe and Ito's palette for providers, ColorBrewer's OrRd for lag; both are safe for colour-blind
//! readers, and lag also reads in greyscale because it only ever gets darker.

use crate::lag::Standing;
use plotters::style::RGBColor;

pub(super) const INK: RGBColor = RGBColor(0x22, 0x22, 0x22);
pub(super) const MUTED: RGBColor = RGBColor(0x66, 0x66, 0x66);
pub(super) const GRID: RGBColor = RGBColor(0xE3, 0xE3, 0xE3);
pub(super) const WHITE: RGBColor = RGBColor(0xFF, 0xFF, 0xFF);
pub(super) const FAULT: RGBColor = RGBColor(0x8C, 0x8C, 0x8C);
pub(super) const FAULT_PALE: RGBColor = RGBColor(0xD9, 0xD9, 0xD9);
pub(super) const DOWN: RGBColor = RGBColor(0xB4, 0xB4, 0xB4);
pub(super) const DOWN_HATCH: RGBColor = RGBColor(0x6E, 0x6E, 0x6E);
pub(super) const ABSENT_HATCH: RGBColor = RGBColor(0xD6, 0xD6, 0xD6);
/// What is wrong, or open: a violated invariant, a removed device in the group.
pub(super) const IN_GROUP: RGBColor = RGBColor(0xD5, 0x5E, 0x00);
/// What is nearly over.
pub(super) const ENCRYPTED_TO: RGBColor = RGBColor(0xF6, 0xC1, 0x8A);
pub(super) const HELD: RGBColor = RGBColor(0xC9, 0xDF, 0xEF);
const AHEAD: RGBColor = RGBColor(0x22, 0x4C, 0xB0);

const GROUPS: [RGBColor; 7] = [
    RGBColor(0x00, 0x72, 0xB2),
    RGBColor(0xD5, 0x5E, 0x00),
    RGBColor(0x00, 0x9E, 0x73),
    RGBColor(0xCC, 0x79, 0xA7),
    RGBColor(0xE6, 0x9F, 0x00),
    RGBColor(0x56, 0xB4, 0xE9),
    RGBColor(0x80, 0x80, 0x00),
];

/// The lags that share a colour, each up to and including the number given, and how the legend calls them.
pub(super) const LAG_STEPS: [(u64, &str, RGBColor); 6] = [
    (0, "0, at the head", RGBColor(0xFD, 0xF3, 0xE1)),
    (1, "1", RGBColor(0xFD, 0xCC, 0x8A)),
    (2, "2", RGBColor(0xFC, 0x9A, 0x5B)),
    (4, "3–4", RGBColor(0xE7, 0x5A, 0x3C)),
    (8, "5–8", RGBColor(0xB9, 0x1F, 0x1B)),
    (u64::MAX, "9 and more", RGBColor(0x67, 0x00, 0x0D)),
];

pub(super) fn group_colour(group: usize) -> RGBColor {
    GROUPS[group % GROUPS.len()]
}

/// The colour of a lag cell; what is hatched instead has none.
pub(super) fn standing_colour(standing: Standing) -> Option<RGBColor> {
    match standing {
        Standing::Absent => None,
        Standing::Down => Some(DOWN),
        Standing::Ahead(_) => Some(AHEAD),
        Standing::Behind(epochs) => LAG_STEPS.iter().find(|(up_to, ..)| epochs <= *up_to).map(|step| step.2),
    }
}

/// How wide a text is, roughly: the backend knows no fonts. Errs on the wide side for a sans serif.
pub(super) fn text_width_px(text: &str, size_px: i32) -> i32 {
    text.chars().count() as i32 * size_px * 56 / 100
}
