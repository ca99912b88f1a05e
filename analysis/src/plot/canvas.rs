//! Drawing in pixels, with virtual time as the one shared horizontal axis.

use super::PlotError;
use super::layout::{Extent, LEFT, Layout, RIGHT, WIDTH};
use super::sheet::{Area, Sheet, backend, font};
use super::style::{GRID, INK, MUTED};
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use std::ops::Deref;

/// Both axes are floats: on an integer axis, a mesh without minor lines makes plotters 0.3.7 overflow.
pub(super) type Plane = Cartesian2d<RangedCoordf64, RangedCoordf64>;

pub(super) struct Canvas<'a> {
    sheet: Sheet<'a>,
    time: Plane,
    duration_ms: u64,
}

impl<'a> Canvas<'a> {
    /// An empty picture with the time axis under the stack of panels and its grid through all of them.
    pub(super) fn new(area: Area<'a>, duration_ms: u64, layout: &Layout) -> Result<Self, PlotError> {
        let sheet = Sheet::new(area)?;
        let stack = layout.stack();
        let mut chart = ChartBuilder::on(&sheet.area)
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
        Ok(Self { sheet, time, duration_ms })
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
        ChartBuilder::on(&self.sheet.area)
            .margin_top(extent.top)
            .margin_bottom(height - extent.bottom)
            .margin_left(LEFT - AXIS_LABEL_PX)
            .margin_right(WIDTH - RIGHT)
            .y_label_area_size(AXIS_LABEL_PX)
            .build_cartesian_2d(0.0..self.duration_ms as f64, 0.0..epochs as f64)
            .map_err(backend)
    }
}

impl<'a> Deref for Canvas<'a> {
    type Target = Sheet<'a>;

    fn deref(&self) -> &Sheet<'a> {
        &self.sheet
    }
}

const AXIS_LABEL_PX: i32 = 44;

/// Milliseconds as seconds, without needless zeros.
fn seconds(ms: u64) -> String {
    let text = format!("{}.{:03}", ms / 1000, ms % 1000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
