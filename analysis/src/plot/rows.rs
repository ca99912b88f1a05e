//! The second panel: one row per node, coloured by how far it is behind the hub's head.

use super::canvas::Canvas;
use super::layout::{LEFT, Layout, RIGHT, ROW_PX};
use super::sheet::{at_left, at_right, bold, font};
use super::style::{ABSENT_HATCH, DOWN_HATCH, MUTED, group_colour, standing_colour};
use super::{PlotError, Scene, SceneNode};
use crate::lag::{LagSpan, Standing};
use plotters::prelude::*;

/// Draws all rows with the nodes' names on the left and their greatest lag on the right.
pub(super) fn draw(canvas: &Canvas<'_>, scene: &Scene<'_>, layout: &Layout) -> Result<(), PlotError> {
    let title_y = layout.rows.top - 12;
    canvas.text("(b) Epochs behind the hub's head", (LEFT, title_y), at_left(bold(12)))?;
    canvas.text("max", (RIGHT + 8, title_y), at_left(font(10).color(&MUTED)))?;
    for (node, top) in scene.nodes.iter().zip(&layout.row_tops) {
        for span in &node.spans {
            draw_cell(canvas, span, *top)?;
        }
        draw_name(canvas, node, *top)?;
    }
    Ok(())
}

fn draw_cell(canvas: &Canvas<'_>, span: &LagSpan, top: i32) -> Result<(), PlotError> {
    let from = (canvas.x(span.from_ms), top + 1);
    let late = !matches!(span.standing, Standing::Behind(0) | Standing::Absent);
    // A lag too short for a pixel is still there to be seen.
    let to = (canvas.x(span.to_ms).max(from.0 + i32::from(late)), top + ROW_PX - 1);
    if let Some(colour) = standing_colour(span.standing) {
        canvas.rect(from, to, colour.filled())?;
    }
    match span.standing {
        Standing::Absent => canvas.hatch(from, to, ABSENT_HATCH),
        Standing::Down => canvas.hatch(from, to, DOWN_HATCH),
        Standing::Ahead(_) | Standing::Behind(_) => Ok(()),
    }
}

fn draw_name(canvas: &Canvas<'_>, node: &SceneNode<'_>, top: i32) -> Result<(), PlotError> {
    let middle = top + ROW_PX / 2;
    let face = if node.line.is_server { bold(11) } else { font(11) };
    let colour = group_colour(node.group);
    canvas.text(&node.line.label, (LEFT - 8, middle), at_right(face.color(&colour)))?;
    let most = node.spans.iter().map(|span| match span.standing {
        Standing::Behind(epochs) => epochs,
        Standing::Absent | Standing::Down | Standing::Ahead(_) => 0,
    });
    let most = most.max().unwrap_or(0).to_string();
    canvas.text(&most, (RIGHT + 8, middle), at_left(font(10).color(&MUTED)))
}
