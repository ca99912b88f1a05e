//! The first panel: the hub's head and every node's epoch as step lines, and the marks for violations and the healing.

use super::canvas::Canvas;
use super::layout::{LEFT, Layout, RIGHT};
use super::sheet::{at_left, backend, bold, font};
use super::style::{GRID, INK, MUTED, group_colour, text_width_px};
use super::{PlotError, Scene, SceneNode};
use crate::convergence::epoch_at;
use crate::lag::Standing;
use plotters::prelude::*;

/// Draws axes, lines and the hub's head.
pub(super) fn draw(canvas: &Canvas<'_>, scene: &Scene<'_>, layout: &Layout) -> Result<(), PlotError> {
    let title_top = layout.epochs.top - 14 * layout.mark_rows - 16;
    canvas.text("(a) Epoch of the hub and of every node", (LEFT, title_top), at_left(bold(12)))?;
    let mut chart = canvas.chart(layout.epochs, layout.height, epochs_shown(scene))?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .disable_x_axis()
        .max_light_lines(0)
        .bold_line_style(GRID)
        .axis_style(MUTED)
        .y_labels(epochs_shown(scene).min(7) as usize + 1)
        .y_label_formatter(&|epoch| format!("{epoch:.0}"))
        .label_style(font(11).color(&INK))
        .axis_desc_style(font(12).color(&INK))
        .y_desc("epoch")
        .draw()
        .map_err(backend)?;
    for node in scene.nodes.iter().filter(|n| !n.line.is_server).chain(servers(scene)) {
        let style = match node.line.is_server {
            true => group_colour(node.group).stroke_width(2),
            false => group_colour(node.group).stroke_width(1),
        };
        for (from_ms, to_ms) in present_runs(node) {
            let steps = steps(&node.line.points, from_ms, to_ms);
            chart.draw_series([PathElement::new(steps, style)]).map_err(backend)?;
        }
    }
    let end_ms = scene.figure.duration_ms;
    if let Some((begin_ms, _)) = scene.figure.head.first().filter(|(ms, _)| *ms < end_ms) {
        let head = steps(&scene.figure.head, *begin_ms, end_ms);
        chart.draw_series([PathElement::new(head, INK.stroke_width(2))]).map_err(backend)?;
    }
    for node in &scene.nodes {
        for (from_ms, _) in present_runs(node) {
            let Some(epoch) = epoch_at(&node.line.points, from_ms) else { continue };
            let at = chart.backend_coord(&(from_ms as f64, epoch as f64));
            canvas.disc(at, 3, group_colour(node.group).filled())?;
        }
    }
    Ok(())
}

/// Draws the marks through all panels, and their labels above the first one as far as there is room.
pub(super) fn draw_marks(canvas: &Canvas<'_>, scene: &Scene<'_>, layout: &Layout) -> Result<(), PlotError> {
    let chart = canvas.chart(layout.epochs, layout.height, epochs_shown(scene))?;
    let mut labels: Vec<(u64, &str)> = Vec::new();
    if let Some(heal_ms) = scene.figure.heal_ms {
        canvas.dashed(canvas.x(heal_ms), layout.stack(), MUTED.stroke_width(1))?;
        labels.push((heal_ms, "faults healed"));
    }
    for (ms, label) in &scene.figure.violations {
        let epoch = epoch_at(&scene.figure.head, *ms).unwrap_or(0);
        let x = canvas.x(*ms);
        let stack = layout.stack();
        canvas.path(vec![(x, stack.top), (x, stack.bottom)], INK.mix(0.6).stroke_width(1))?;
        canvas.cross((x, chart.backend_coord(&(0.0, epoch as f64)).1))?;
        labels.push((*ms, label));
    }
    labels.sort();
    labels.dedup();
    draw_labels(canvas, &labels, layout)
}

/// Puts each label into the lowest row with room; one that finds none is left out, its mark stays.
fn draw_labels(canvas: &Canvas<'_>, labels: &[(u64, &str)], layout: &Layout) -> Result<(), PlotError> {
    let mut row_ends = vec![i32::MIN; layout.mark_rows as usize];
    for (ms, label) in labels {
        let width = text_width_px(label, 11);
        let left = canvas.x(*ms).min(RIGHT + 40 - width);
        let Some(row) = row_ends.iter().position(|end| *end < left) else { continue };
        row_ends[row] = left + width + 6;
        let y = layout.epochs.top - 8 - 14 * row as i32;
        canvas.text(label, (left, y), at_left(font(11)))?;
    }
    Ok(())
}

fn servers<'s, 'f>(scene: &'s Scene<'f>) -> impl Iterator<Item = &'s SceneNode<'f>> {
    scene.nodes.iter().filter(|node| node.line.is_server)
}

fn epochs_shown(scene: &Scene<'_>) -> u64 {
    let lines = scene.nodes.iter().flat_map(|node| &node.line.points);
    let highest = scene.figure.head.iter().chain(lines).map(|(_, epoch)| *epoch).max().unwrap_or(0);
    highest + highest / 20 + 1
}

/// The stretches in which the node was up and in the room.
fn present_runs(node: &SceneNode<'_>) -> Vec<(u64, u64)> {
    let mut runs: Vec<(u64, u64)> = Vec::new();
    for span in &node.spans {
        if matches!(span.standing, Standing::Absent | Standing::Down) {
            continue;
        }
        match runs.last_mut() {
            Some((_, to_ms)) if *to_ms == span.from_ms => *to_ms = span.to_ms,
            _ => runs.push((span.from_ms, span.to_ms)),
        }
    }
    runs
}

/// The corners of a step line between two moments.
fn steps(points: &[(u64, u64)], from_ms: u64, to_ms: u64) -> Vec<(f64, f64)> {
    let mut epoch = epoch_at(points, from_ms).unwrap_or(0);
    let mut corners = vec![(from_ms, epoch)];
    for (ms, next) in points.iter().filter(|(ms, _)| (from_ms..to_ms).contains(ms)) {
        if *next != epoch {
            corners.extend([(*ms, epoch), (*ms, *next)]);
            epoch = *next;
        }
    }
    corners.push((to_ms, epoch));
    corners.into_iter().map(|(ms, epoch)| (ms as f64, epoch as f64)).collect()
}
