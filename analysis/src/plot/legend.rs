//! What stands around the panels: headline, legend and caption.

use super::canvas::Canvas;
use super::layout::{CAPTION_LINE_PX, CAPTION_SIZE_PX, LEGEND_LEFT, LEGEND_ROW_PX, Layout, MARGIN};
use super::sheet::{at_left, bold, font};
use super::style::{ABSENT_HATCH, DOWN_HATCH, INK, LAG_STEPS, MUTED, group_colour, standing_colour};
use super::{PlotError, Scene};
use crate::lag::Standing;
use plotters::prelude::*;

/// Draws the headline and the caption.
pub(super) fn draw_texts(canvas: &Canvas<'_>, scene: &Scene<'_>, layout: &Layout) -> Result<(), PlotError> {
    canvas.text(&scene.figure.title, (MARGIN, 24), at_left(bold(17)))?;
    canvas.text(&scene.figure.subtitle, (MARGIN, 44), at_left(font(12).color(&MUTED)))?;
    for (row, line) in layout.caption.iter().enumerate() {
        let y = layout.caption_top + row as i32 * CAPTION_LINE_PX;
        canvas.text(line, (MARGIN, y), at_left(font(CAPTION_SIZE_PX)))?;
    }
    Ok(())
}

/// Draws the legends of the first two panels beside them.
pub(super) fn draw(canvas: &Canvas<'_>, scene: &Scene<'_>, layout: &Layout) -> Result<(), PlotError> {
    draw_lines(canvas, scene, layout.epochs.top + 8)?;
    draw_scale(canvas, layout.rows.top + 6)
}

fn draw_lines(canvas: &Canvas<'_>, scene: &Scene<'_>, top: i32) -> Result<(), PlotError> {
    let mut y = top;
    let mut entry = |draw: &dyn Fn(i32) -> Result<(), PlotError>, label: &str| {
        draw(y)?;
        canvas.text(label, (LEGEND_LEFT + 30, y), at_left(font(11)))?;
        y += LEGEND_ROW_PX;
        Ok(())
    };
    let stroke =
        |y: i32, style: ShapeStyle| canvas.path(vec![(LEGEND_LEFT, y), (LEGEND_LEFT + 22, y)], style);
    entry(&|y| stroke(y, INK.stroke_width(2)), "hub's head")?;
    for (group, name) in scene.groups.iter().enumerate() {
        let colour = group_colour(group);
        let both = |y: i32| {
            stroke(y - 2, colour.stroke_width(2))?;
            stroke(y + 3, colour.stroke_width(1))
        };
        entry(&both, name)?;
    }
    entry(&|_| Ok(()), "(thin: its clients)")?;
    entry(&|y| canvas.disc((LEGEND_LEFT + 11, y), 3, MUTED.filled()), "joins or returns")?;
    if !scene.figure.violations.is_empty() {
        let label = format!("violation ({})", scene.figure.violations.len());
        entry(&|y| canvas.cross((LEGEND_LEFT + 11, y)), &label)?;
    }
    Ok(())
}

fn draw_scale(canvas: &Canvas<'_>, top: i32) -> Result<(), PlotError> {
    let lags = LAG_STEPS.iter().map(|(up_to, label, _)| (Standing::Behind(*up_to), *label));
    let others = [
        (Standing::Ahead(1), "ahead of the hub"),
        (Standing::Down, "down"),
        (Standing::Absent, "not in the room"),
    ];
    let (left, right) = (LEGEND_LEFT, LEGEND_LEFT + 22);
    for (row, (standing, label)) in lags.chain(others).enumerate() {
        let y = top + row as i32 * LEGEND_ROW_PX;
        let (from, to) = ((left, y - 6), (right, y + 6));
        if let Some(colour) = standing_colour(standing) {
            canvas.rect(from, to, colour.filled())?;
        }
        match standing {
            Standing::Absent => canvas.hatch(from, to, ABSENT_HATCH)?,
            Standing::Down => canvas.hatch(from, to, DOWN_HATCH)?,
            Standing::Ahead(_) | Standing::Behind(_) => {}
        }
        canvas.text(label, (left + 30, y), at_left(font(11)))?;
    }
    Ok(())
}
