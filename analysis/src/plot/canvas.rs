//! Drawing in pixels, with virtual time as the one shared horizontal axis.

use super::PlotError;
use super::layout::{Extent, LEFT, Layout, RIGHT, WIDTH};
use super::style::{GRID, INK, MUTED, WHITE};
use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

pub(super) type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// Both axes are floats: on an integer axis, a mesh without minor lines makes plotters 0.3.7 overflow.
pub(super) type Plane = Cartesian2d<RangedCoordf64, RangedCoordf64>;

pub(super) struct Canvas<'a> {
    area: Area<'a>,
    time: Plane,
    duration_ms: u64,
}

impl<'a> Canvas<'a> {
    /// An empty picture with the time axis under the stack of panels and its grid through all of them.
    pub(super) fn new(area: Area<'a>, duration_ms: u64, layout: &Layout) -> Result<Self, PlotError> {
        area.fill(&WHITE).map_err(backend)?;
        let stack = layout.stack();
        let mut chart = ChartBuilder::on(&area)
            .margin_top(stack.top)
            .margin_left(LEFT)
            .margin_right(WIDTH - RIGHT)
            .margin_bottom(layout.height - stack.bottom - AXIS_LABEL_PX)
            .x_label_area_size(AXIS_LABEL_PX)
            .build_cartesian_2d(0.0..duration_ms as f64, 0.0..1.0)
            .map_err(backend)?;
        chart
            .configure_mesh()
            .disable_y_mesh()
            .disable_y_axis()
            .max_light_lines(0)
            .bold_line_style(GRID)
            .axis_style(MUTED)
            .x_labels(12)
            .x_label_formatter(&|ms| seconds(*ms as u64))
            .label_style(font(11).color(&INK))
            .axis_desc_style(font(12).color(&INK))
            .x_desc("virtual time (s)")
            .draw()
            .map_err(backend)?;
        let time = chart.as_coord_spec().clone();
        drop(chart);
        Ok(Self { area, time, duration_ms })
    }

    /// The pixel column of a moment; what lies beyond the end is clipped to it.
    pub(super) fn x(&self, ms: u64) -> i32 {
        self.time.translate(&(ms.min(self.duration_ms) as f64, 0.0)).0
    }

    /// A chart of epochs over the run's time in the given extent, to draw series into.
    pub(super) fn chart(
        &self,
        extent: Extent,
        height: i32,
        epochs: u64,
    ) -> Result<ChartContext<'_, SVGBackend<'a>, Plane>, PlotError> {
        ChartBuilder::on(&self.area)
            .margin_top(extent.top)
            .margin_bottom(height - extent.bottom)
            .margin_left(LEFT - AXIS_LABEL_PX)
            .margin_right(WIDTH - RIGHT)
            .y_label_area_size(AXIS_LABEL_PX)
            .build_cartesian_2d(0.0..self.duration_ms as f64, 0.0..epochs as f64)
            .map_err(backend)
    }

    pub(super) fn rect(&self, from: (i32, i32), to: (i32, i32), style: ShapeStyle) -> Result<(), PlotError> {
        self.area.draw(&Rectangle::new([from, to], style)).map_err(backend)
    }

    pub(super) fn path(&self, points: Vec<(i32, i32)>, style: ShapeStyle) -> Result<(), PlotError> {
        self.area.draw(&PathElement::new(points, style)).map_err(backend)
    }

    pub(super) fn dashed(&self, x: i32, extent: Extent, style: ShapeStyle) -> Result<(), PlotError> {
        let mut top = extent.top;
        while top < extent.bottom {
            self.path(vec![(x, top), (x, (top + 5).min(extent.bottom))], style)?;
            top += 9;
        }
        Ok(())
    }

    pub(super) fn disc(&self, at: (i32, i32), radius: i32, style: ShapeStyle) -> Result<(), PlotError> {
        self.area.draw(&Circle::new(at, radius, style)).map_err(backend)
    }

    /// A cross with a white rim, so that it is seen on any line.
    pub(super) fn cross(&self, (x, y): (i32, i32)) -> Result<(), PlotError> {
        for style in [ShapeStyle::from(WHITE).stroke_width(5), ShapeStyle::from(INK).stroke_width(2)] {
            self.path(vec![(x - 5, y - 5), (x + 5, y + 5)], style)?;
            self.path(vec![(x - 5, y + 5), (x + 5, y - 5)], style)?;
        }
        Ok(())
    }

    /// Diagonal strokes through a rectangle.
    pub(super) fn hatch(&self, from: (i32, i32), to: (i32, i32), colour: RGBColor) -> Result<(), PlotError> {
        let height = to.1 - from.1;
        let mut start = from.0 - from.0.rem_euclid(HATCH_PX) - height - HATCH_PX;
        while start < to.0 {
            let (low, high) = (start.max(from.0), (start + height).min(to.0));
            if low < high {
                let ends = vec![(low, to.1 - (low - start)), (high, to.1 - (high - start))];
                self.path(ends, colour.stroke_width(1))?;
            }
            start += HATCH_PX;
        }
        Ok(())
    }

    pub(super) fn text(&self, text: &str, at: (i32, i32), style: TextStyle<'_>) -> Result<(), PlotError> {
        self.area.draw(&Text::new(text, at, style)).map_err(backend)
    }

    pub(super) fn present(&self) -> Result<(), PlotError> {
        self.area.present().map_err(backend)
    }
}

const AXIS_LABEL_PX: i32 = 44;
const HATCH_PX: i32 = 5;

/// Any failure of the backend; it writes into a string, so that none is expected.
pub(super) fn backend(error: impl std::fmt::Display) -> PlotError {
    PlotError::Backend { reason: error.to_string() }
}

/// A plain sans serif of the given size. The backend divides sizes by 1.24, so this multiplies first.
pub(super) fn font(size_px: i32) -> TextStyle<'static> {
    ("sans-serif", f64::from(size_px) * 1.24).into_font().color(&INK)
}

/// The same in bold.
pub(super) fn bold(size_px: i32) -> TextStyle<'static> {
    ("sans-serif", f64::from(size_px) * 1.24, FontStyle::Bold).into_font().color(&INK)
}

/// Anchored at the middle of its left edge.
pub(super) fn at_left(style: TextStyle<'_>) -> TextStyle<'_> {
    style.pos(Pos::new(HPos::Left, VPos::Center))
}

/// Anchored at the middle of its right edge.
pub(super) fn at_right(style: TextStyle<'_>) -> TextStyle<'_> {
    style.pos(Pos::new(HPos::Right, VPos::Center))
}

/// Breaks a text into lines of at most so many characters, between words.
pub(super) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= columns => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Milliseconds as seconds, without needless zeros.
fn seconds(ms: u64) -> String {
    let text = format!("{}.{:03}", ms / 1000, ms % 1000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
