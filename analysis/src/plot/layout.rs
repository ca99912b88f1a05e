//! Where everything stands, in pixels.

use super::Scene;
use super::sheet::wrap;

pub(super) const WIDTH: i32 = 1160;
pub(super) const LEFT: i32 = 150;
pub(super) const RIGHT: i32 = 965;
pub(super) const LEGEND_LEFT: i32 = RIGHT + 52;
pub(super) const MARGIN: i32 = 18;
pub(super) const ROW_PX: i32 = 14;
pub(super) const TRACK_PX: i32 = 11;
pub(super) const LEGEND_ROW_PX: i32 = 17;
pub(super) const CAPTION_SIZE_PX: i32 = 12;
pub(super) const CAPTION_LINE_PX: i32 = 16;
const CAPTION_COLUMNS: usize = 180;
/// The entries of the legend beside the rows: six lags, ahead, down, absent.
const SCALE_ENTRIES: i32 = 9;
const EPOCHS_PX: i32 = 300;
const GROUP_GAP_PX: i32 = 5;
const PANEL_GAP_PX: i32 = 34;
const AXIS_PX: i32 = 44;

/// One piece of the picture from top to bottom.
#[derive(Clone, Copy)]
pub(super) struct Extent {
    pub(super) top: i32,
    pub(super) bottom: i32,
}

pub(super) struct Layout {
    pub(super) height: i32,
    pub(super) epochs: Extent,
    pub(super) rows: Extent,
    pub(super) row_tops: Vec<i32>,
    pub(super) lanes: Extent,
    pub(super) caption_top: i32,
    pub(super) caption: Vec<String>,
    /// How many rows of mark labels fit between the title of the first panel and the panel.
    pub(super) mark_rows: i32,
}

impl Layout {
    pub(super) fn new(scene: &Scene<'_>) -> Self {
        let figure = scene.figure;
        let marks = figure.violations.len() + usize::from(figure.heal_ms.is_some());
        let mark_rows = marks.min(3) as i32;
        let epochs_top = 84 + 14 * mark_rows;
        let epochs = Extent { top: epochs_top, bottom: epochs_top + EPOCHS_PX };
        let (row_tops, rows) = rows(scene, epochs.bottom + PANEL_GAP_PX);
        let lanes_top = rows.bottom + PANEL_GAP_PX;
        let tracks: i32 = scene.lanes.iter().map(|lane| lane.height_px()).sum();
        let lanes = Extent { top: lanes_top, bottom: lanes_top + tracks.max(TRACK_PX) };
        let scale_bottom = rows.top + SCALE_ENTRIES * LEGEND_ROW_PX;
        let caption_top = (lanes.bottom + AXIS_PX).max(scale_bottom) + 14;
        let caption = wrap(&figure.caption, CAPTION_COLUMNS);
        let height = caption_top + caption.len() as i32 * CAPTION_LINE_PX + MARGIN;
        Self { height, epochs, rows, row_tops, lanes, caption_top, caption, mark_rows }
    }

    /// All panels together.
    pub(super) fn stack(&self) -> Extent {
        Extent { top: self.epochs.top, bottom: self.lanes.bottom }
    }
}

fn rows(scene: &Scene<'_>, top: i32) -> (Vec<i32>, Extent) {
    let mut next = top;
    let mut tops = Vec::with_capacity(scene.nodes.len());
    for (index, node) in scene.nodes.iter().enumerate() {
        if index > 0 && scene.nodes[index - 1].group != node.group {
            next += GROUP_GAP_PX;
        }
        tops.push(next);
        next += ROW_PX;
    }
    (tops, Extent { top, bottom: next.max(top + ROW_PX) })
}
