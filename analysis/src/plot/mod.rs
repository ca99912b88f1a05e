//! The convergence plot as SVG: the one place that draws through plotters.

mod canvas;
mod comparison;
mod epochs;
mod exposure;
mod lanes;
mod layout;
mod legend;
mod log_axis;
mod rows;
mod sheet;
mod style;

pub use comparison::render as render_comparison;
pub use exposure::render as render_exposure;

use crate::convergence::{ConvergenceFigure, ConvergenceLine};
use crate::lag::{LagSpan, lag_spans};
use canvas::Canvas;
use layout::Layout;
use plotters::prelude::{IntoDrawingArea, SVGBackend};

/// Why a figure cannot be drawn.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlotError {
    /// The run has no length.
    #[error("a run of no length has no convergence to draw")]
    NoDuration,
    /// The hub has no head.
    #[error("the hub's head has no points")]
    NoHead,
    /// A line goes back in time.
    #[error("the points of {label} are not in order of time")]
    OutOfOrder {
        /// The line.
        label: String,
    },
    /// The drawing backend failed.
    #[error("the plot cannot be drawn: {reason}")]
    Backend {
        /// What it said.
        reason: String,
    },
}

/// Draws the figure; the same figure gives the same bytes.
pub fn render(figure: &ConvergenceFigure) -> Result<String, PlotError> {
    validate(figure)?;
    let scene = Scene::new(figure);
    let layout = Layout::new(&scene);
    let mut svg = String::new();
    {
        let backend = SVGBackend::with_string(&mut svg, (layout::WIDTH as u32, layout.height as u32));
        let canvas = Canvas::new(backend.into_drawing_area(), figure.duration_ms, &layout)?;
        epochs::draw(&canvas, &scene, &layout)?;
        rows::draw(&canvas, &scene, &layout)?;
        lanes::draw(&canvas, &scene, &layout)?;
        epochs::draw_marks(&canvas, &scene, &layout)?;
        legend::draw(&canvas, &scene, &layout)?;
        legend::draw_texts(&canvas, &scene, &layout)?;
        canvas.present()?;
    }
    Ok(svg)
}

fn validate(figure: &ConvergenceFigure) -> Result<(), PlotError> {
    if figure.duration_ms == 0 {
        return Err(PlotError::NoDuration);
    }
    if figure.head.is_empty() {
        return Err(PlotError::NoHead);
    }
    let ordered = |points: &[(u64, u64)]| points.is_sorted_by_key(|(ms, _)| *ms);
    if !ordered(&figure.head) {
        return Err(PlotError::OutOfOrder { label: "the hub's head".to_owned() });
    }
    match figure.lines.iter().find(|line| !ordered(&line.points)) {
        Some(line) => Err(PlotError::OutOfOrder { label: line.label.clone() }),
        None => Ok(()),
    }
}

/// The figure with what all panels need to know about it.
struct Scene<'f> {
    figure: &'f ConvergenceFigure,
    /// Providers in order of first appearance: the index is the colour.
    groups: Vec<&'f str>,
    /// The nodes in the order of their rows: by provider, the server first.
    nodes: Vec<SceneNode<'f>>,
    /// The fault families in order of first appearance.
    lanes: Vec<lanes::Lane<'f>>,
}

struct SceneNode<'f> {
    line: &'f ConvergenceLine,
    group: usize,
    spans: Vec<LagSpan>,
}

impl<'f> Scene<'f> {
    fn new(figure: &'f ConvergenceFigure) -> Self {
        let mut groups: Vec<&str> = Vec::new();
        for line in &figure.lines {
            if !groups.contains(&line.group.as_str()) {
                groups.push(&line.group);
            }
        }
        let node = |line: &'f ConvergenceLine| SceneNode {
            line,
            group: groups.iter().position(|group| *group == line.group).unwrap_or(0),
            spans: lag_spans(&figure.head, line, figure.duration_ms),
        };
        let mut nodes: Vec<_> = figure.lines.iter().map(node).collect();
        nodes.sort_by_key(|node| (node.group, !node.line.is_server));
        Self { figure, groups, nodes, lanes: lanes::arrange(figure) }
    }
}
