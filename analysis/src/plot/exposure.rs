//! The exposure plot: one row for each removal or ban, over the time since the hub accepted it.

use super::PlotError;
use super::layout::{CAPTION_LINE_PX, CAPTION_SIZE_PX, Extent, MARGIN, WIDTH};
use super::log_axis::{LogAxis, duration};
use super::sheet::{Sheet, at_left, at_right, bold, font, wrap};
use super::style::{DOWN_HATCH, ENCRYPTED_TO, GRID, IN_GROUP, INK, MUTED};
use crate::exposure_figure::{ExposureFigure, ExposureRow};
use plotters::prelude::*;

const LEFT: i32 = 210;
const RIGHT: i32 = 1_020;
const TOP: i32 = 84;
const ROW_PX: i32 = 20;
const AXIS_PX: i32 = 52;
const LEGEND_PX: i32 = 74;
const CAPTION_COLUMNS: usize = 180;

/// Draws the figure; the same figure gives the same bytes.
pub fn render(figure: &ExposureFigure) -> Result<String, PlotError> {
    let caption = wrap(&figure.caption, CAPTION_COLUMNS);
    let rows = Extent { top: TOP, bottom: TOP + ROW_PX * figure.rows.len().max(1) as i32 + 4 };
    let caption_top = (rows.bottom + AXIS_PX).max(TOP + LEGEND_PX) + 12;
    let height = caption_top + caption.len() as i32 * CAPTION_LINE_PX + MARGIN;
    let mut svg = String::new();
    {
        let backend = SVGBackend::with_string(&mut svg, (WIDTH as u32, height as u32));
        let sheet = Sheet::new(backend.into_drawing_area())?;
        sheet.text(&figure.title, (MARGIN, 24), at_left(bold(17)))?;
        sheet.text(&figure.subtitle, (MARGIN, 44), at_left(font(12).color(&MUTED)))?;
        draw_rows(&sheet, figure, rows)?;
        draw_legend(&sheet)?;
        for (row, line) in caption.iter().enumerate() {
            let y = caption_top + row as i32 * CAPTION_LINE_PX;
            sheet.text(line, (MARGIN, y), at_left(font(CAPTION_SIZE_PX)))?;
        }
        sheet.present()?;
    }
    Ok(svg)
}

fn draw_rows(sheet: &Sheet<'_>, figure: &ExposureFigure, extent: Extent) -> Result<(), PlotError> {
    let longest = figure.rows.iter().map(ExposureRow::shown_ms).max().unwrap_or(0);
    let axis = LogAxis::new(LEFT, RIGHT, longest);
    axis.draw(sheet, extent, "time since the hub accepted it (log scale)")?;
    sheet.text("at", (LEFT - 12, TOP - 12), at_right(font(10).color(&MUTED)))?;
    sheet.text("closed after", (RIGHT + 12, TOP - 12), at_left(font(10).color(&MUTED)))?;
    if figure.rows.is_empty() {
        return sheet.text("nobody was removed or banned", (LEFT + 12, TOP + ROW_PX / 2), at_left(font(12)));
    }
    for (row, top) in figure.rows.iter().zip((extent.top + 2..).step_by(ROW_PX as usize)) {
        draw_row(sheet, &axis, row, top)?;
    }
    Ok(())
}

fn draw_row(sheet: &Sheet<'_>, axis: &LogAxis, row: &ExposureRow, top: i32) -> Result<(), PlotError> {
    let middle = top + ROW_PX / 2;
    let (bar_top, bar_bottom) = (middle - 6, middle + 6);
    sheet.text(&row.label, (MARGIN, middle), at_left(font(11)))?;
    sheet.text(&duration(row.at_ms), (LEFT - 12, middle), at_right(font(10).color(&MUTED)))?;
    sheet.path(vec![(LEFT, middle), (RIGHT, middle)], GRID.stroke_width(1))?;
    let end = axis.x(row.shown_ms());
    let gone = row.gone_ms.map_or(end, |ms| axis.x(ms));
    sheet.rect((LEFT, bar_top), (gone, bar_bottom), IN_GROUP.filled())?;
    if gone < end {
        sheet.rect((gone, bar_top), (end, bar_bottom), ENCRYPTED_TO.filled())?;
    }
    for ms in &row.applied_ms {
        let x = axis.x(*ms);
        sheet.path(vec![(x, bar_top + 1), (x, bar_bottom)], INK.stroke_width(1))?;
    }
    let told = match row.closed_ms {
        Some(ms) => {
            sheet.disc((end, middle), 4, INK.filled())?;
            duration(ms)
        }
        None => {
            sheet.hatch((gone.min(end - 40).max(LEFT), bar_top), (end, bar_bottom), DOWN_HATCH)?;
            format!("open ({} behind)", row.waiting)
        }
    };
    sheet.text(&told, (RIGHT + 12, middle), at_left(font(11)))
}

fn draw_legend(sheet: &Sheet<'_>) -> Result<(), PlotError> {
    let mut x = LEFT;
    let mut entry = |draw: &dyn Fn(i32) -> Result<(), PlotError>, label: &str, width: i32| {
        draw(x)?;
        sheet.text(label, (x + 30, 64), at_left(font(11)))?;
        x += width;
        Ok::<(), PlotError>(())
    };
    let bar = |x: i32, colour: RGBColor| sheet.rect((x, 58), (x + 22, 70), colour.filled());
    entry(&|x| bar(x, IN_GROUP), "a device is still in the group", 200)?;
    entry(&|x| bar(x, ENCRYPTED_TO), "a member still encrypts to it", 200)?;
    let tick = |x: i32| sheet.path(vec![(x + 11, 58), (x + 11, 70)], INK.stroke_width(1));
    entry(&tick, "a client applies the commit", 190)?;
    entry(&|x| sheet.disc((x + 11, 64), 4, INK.filled()), "the last one has", 0)
}
