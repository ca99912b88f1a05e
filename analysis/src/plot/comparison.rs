//! The figure of a comparison: invariants side by side, and how soon clients followed and windows closed under each reading.

use super::PlotError;
use super::layout::{CAPTION_LINE_PX, CAPTION_SIZE_PX, Extent, MARGIN, WIDTH};
use super::log_axis::{LogAxis, centred};
use super::sheet::{Sheet, at_left, at_right, bold, font, wrap};
use super::style::{ABSENT_HATCH, FAULT, GRID, HELD, IN_GROUP, INK, MUTED, WHITE, group_colour};
use crate::comparison::{ComparisonFigure, PresetColumn, VerdictShare};
use plotters::prelude::*;

const LEFT: i32 = 110;
const RIGHT: i32 = WIDTH - 40;
const COLUMN_GAP_PX: i32 = 26;
const TOP: i32 = 138;
const ROW_PX: i32 = 19;
const CURVES_PX: i32 = 220;
const CURVES_GAP_PX: i32 = 90;
const CAPTION_COLUMNS: usize = 180;

/// Draws the figure; the same figure gives the same bytes.
pub fn render(figure: &ComparisonFigure) -> Result<String, PlotError> {
    let ids = figure.invariants();
    let rows = Extent { top: TOP, bottom: TOP + ROW_PX * ids.len().max(1) as i32 };
    let curves = Extent { top: rows.bottom + 76, bottom: rows.bottom + 76 + CURVES_PX };
    let caption = wrap(&figure.caption, CAPTION_COLUMNS);
    let caption_top = curves.bottom + 64;
    let height = caption_top + caption.len() as i32 * CAPTION_LINE_PX + MARGIN;
    let mut svg = String::new();
    {
        let backend = SVGBackend::with_string(&mut svg, (WIDTH as u32, height as u32));
        let sheet = Sheet::new(backend.into_drawing_area())?;
        sheet.text(&figure.title, (MARGIN, 24), at_left(bold(17)))?;
        sheet.text(&figure.subtitle, (MARGIN, 44), at_left(font(12).color(&MUTED)))?;
        draw_invariants(&sheet, figure, &ids)?;
        draw_curves(&sheet, figure, curves)?;
        for (row, line) in caption.iter().enumerate() {
            let y = caption_top + row as i32 * CAPTION_LINE_PX;
            sheet.text(line, (MARGIN, y), at_left(font(CAPTION_SIZE_PX)))?;
        }
        sheet.present()?;
    }
    Ok(svg)
}

fn draw_invariants(sheet: &Sheet<'_>, figure: &ComparisonFigure, ids: &[&str]) -> Result<(), PlotError> {
    sheet.text("(a) Invariants, by share of seeds", (LEFT, 76), at_left(bold(12)))?;
    draw_key(sheet)?;
    let columns = figure.presets.len().max(1) as i32;
    let width = (RIGHT - LEFT - COLUMN_GAP_PX * (columns - 1)) / columns;
    for (row, id) in ids.iter().enumerate() {
        let middle = TOP + row as i32 * ROW_PX + ROW_PX / 2;
        sheet.text(id, (LEFT - 10, middle), at_right(font(11)))?;
    }
    for (column, preset) in figure.presets.iter().enumerate() {
        let left = LEFT + column as i32 * (width + COLUMN_GAP_PX);
        sheet.text(&preset.name, (left, TOP - 30), at_left(bold(13).color(&group_colour(column))))?;
        sheet.text(&preset.outcome(), (left, TOP - 13), at_left(font(10).color(&MUTED)))?;
        for (row, id) in ids.iter().enumerate() {
            let top = TOP + row as i32 * ROW_PX + 2;
            draw_share(sheet, preset.share(id), (left, top), (left + width, top + ROW_PX - 4))?;
        }
    }
    Ok(())
}

/// One invariant under one preset, as a bar that is as wide as all seeds.
fn draw_share(
    sheet: &Sheet<'_>,
    share: Option<&VerdictShare>,
    from: (i32, i32),
    to: (i32, i32),
) -> Result<(), PlotError> {
    let Some(share) = share else {
        return sheet.text(
            "not judged",
            (from.0, i32::midpoint(from.1, to.1)),
            at_left(font(10).color(&MUTED)),
        );
    };
    let total = (share.held + share.violated + share.inconclusive).max(1);
    let x = |seeds: u64| from.0 + ((to.0 - from.0) as u64 * seeds / total) as i32;
    let (violated, held) = (x(share.violated), x(share.violated + share.held));
    if share.inconclusive > 0 {
        sheet.hatch((held, from.1), to, ABSENT_HATCH)?;
    }
    sheet.rect((violated, from.1), (held, to.1), HELD.filled())?;
    if share.violated > 0 {
        // One seed among thousands is there to be seen.
        sheet.rect(from, (violated.max(from.0 + 2), to.1), IN_GROUP.filled())?;
        let at = (violated.max(from.0 + 2) + 5, i32::midpoint(from.1, to.1));
        let inside = violated - from.0 > (to.0 - from.0) / 2;
        let (at, colour) = if inside { ((from.0 + 6, at.1), WHITE) } else { (at, INK) };
        sheet.text(&format!("violated in {}", share.violated), at, at_left(font(10).color(&colour)))?;
    }
    sheet.rect(from, to, FAULT.stroke_width(1))
}

fn draw_key(sheet: &Sheet<'_>) -> Result<(), PlotError> {
    let labels = ["violated", "held", "nothing to check"];
    for (entry, label) in labels.into_iter().enumerate() {
        let left = RIGHT - 330 + entry as i32 * 105;
        let (from, to) = ((left, 70), (left + 22, 82));
        match entry {
            0 => sheet.rect(from, to, IN_GROUP.filled())?,
            1 => sheet.rect(from, to, HELD.filled())?,
            _ => sheet.hatch(from, to, ABSENT_HATCH)?,
        }
        sheet.rect(from, to, FAULT.stroke_width(1))?;
        sheet.text(label, (left + 28, 76), at_left(font(11)))?;
    }
    Ok(())
}

fn draw_curves(sheet: &Sheet<'_>, figure: &ComparisonFigure, extent: Extent) -> Result<(), PlotError> {
    let width = (RIGHT - LEFT - CURVES_GAP_PX) / 2;
    let right = LEFT + width + CURVES_GAP_PX;
    let left_panel = Panel { left: LEFT, right: LEFT + width, extent };
    let right_panel = Panel { left: right, right: RIGHT, extent };
    let reach =
        |preset: &'_ PresetColumn| [(preset.reach_ms.clone(), preset.reach_ms.len() as u64, true)].into();
    left_panel.draw(
        sheet,
        figure,
        (
            "(b) Convergence: 95 % of nodes reach a new epoch",
            "share of seeds",
            "time since the hub accepted it (log scale)",
        ),
        &reach,
    )?;
    let exposure = |preset: &PresetColumn| {
        let windows = preset.closed_ms.len() as u64 + preset.still_open;
        vec![(preset.gone_ms.clone(), windows, false), (preset.closed_ms.clone(), windows, true)]
    };
    right_panel.draw(
        sheet,
        figure,
        (
            "(c) Exposure after a removal or ban: last leaf gone (dotted), last client has applied it",
            "share of removals and bans",
            "time since the hub accepted it (log scale)",
        ),
        &exposure,
    )
}

/// Durations, of how many in all (those that never came included), and whether the line is a full one.
type Curve = (Vec<u64>, u64, bool);

struct Panel {
    left: i32,
    right: i32,
    extent: Extent,
}

impl Panel {
    fn draw(
        &self,
        sheet: &Sheet<'_>,
        figure: &ComparisonFigure,
        (title, y_name, x_name): (&str, &str, &str),
        curves: &dyn Fn(&PresetColumn) -> Vec<Curve>,
    ) -> Result<(), PlotError> {
        let all: Vec<Vec<Curve>> = figure.presets.iter().map(curves).collect();
        let longest = all.iter().flatten().flat_map(|(ms, ..)| ms.iter().copied()).max().unwrap_or(0);
        let axis = LogAxis::new(self.left, self.right, longest);
        sheet.text(title, (self.left, self.extent.top - 30), at_left(bold(12)))?;
        sheet.text(y_name, (self.left, self.extent.top - 13), at_left(font(10).color(&MUTED)))?;
        for percent in [0, 25, 50, 75, 100] {
            let y = self.y(percent, 100);
            sheet.path(vec![(self.left, y), (self.right, y)], GRID.stroke_width(1))?;
            sheet.text(&format!("{percent} %"), (self.left - 8, y), at_right(font(11)))?;
        }
        axis.draw(sheet, self.extent, x_name)?;
        // The first preset on top: where curves are the same, the later ones shall not hide that it is there.
        for (index, curves) in all.iter().enumerate().rev() {
            for (curve, total, is_full) in curves {
                self.curve(sheet, &axis, (curve, *total), (group_colour(index), index, *is_full))?;
            }
        }
        self.names(sheet, figure, &all)
    }

    /// How many of the values come, beside each name.
    fn names(
        &self,
        sheet: &Sheet<'_>,
        figure: &ComparisonFigure,
        all: &[Vec<Curve>],
    ) -> Result<(), PlotError> {
        for (index, (preset, curves)) in figure.presets.iter().zip(all).enumerate() {
            let Some((ms, total, _)) = curves.last() else { continue };
            let y = self.extent.bottom - 12 - 15 * (figure.presets.len() - 1 - index) as i32;
            let label = format!("{} ({} of {total})", preset.name, ms.len());
            let right = self.right - 8;
            sheet.text(&label, (right, y), at_right(font(11).color(&group_colour(index))))?;
        }
        if all.iter().flatten().all(|(ms, ..)| ms.is_empty()) {
            let middle =
                (i32::midpoint(self.left, self.right), i32::midpoint(self.extent.top, self.extent.bottom));
            sheet.text("there was nothing to measure", middle, centred(font(12)))?;
        }
        Ok(())
    }

    /// The share of values that are not longer, as a step line; later presets are drawn wider, so that equal curves show.
    fn curve(
        &self,
        sheet: &Sheet<'_>,
        axis: &LogAxis,
        (values, total): (&[u64], u64),
        (colour, index, is_full): (RGBColor, usize, bool),
    ) -> Result<(), PlotError> {
        let mut sorted = values.to_vec();
        sorted.sort_unstable();
        let mut points = vec![(self.left, self.extent.bottom)];
        for (n, ms) in sorted.iter().enumerate() {
            let (x, y) = (axis.x(*ms), self.y(n as u64 + 1, total));
            points.extend([(x, points.last().map_or(self.extent.bottom, |last| last.1)), (x, y)]);
        }
        points.extend(points.last().copied().filter(|_| total > 0).map(|(_, y)| (self.right, y)));
        points.dedup();
        let style = colour.stroke_width(1 + index as u32);
        if is_full { sheet.path(points, style) } else { sheet.dotted(&points, style) }
    }

    fn y(&self, part: u64, whole: u64) -> i32 {
        let height = (self.extent.bottom - self.extent.top) as u64;
        self.extent.bottom - (height * part / whole.max(1)) as i32
    }
}
