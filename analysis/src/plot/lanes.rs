//! The third panel: one lane per fault family, with a band for each fault.

use super::canvas::Canvas;
use super::layout::{LEFT, Layout, RIGHT, TRACK_PX};
use super::sheet::{at_left, at_right, bold, font};
use super::style::{FAULT, FAULT_PALE, GRID, INK, text_width_px};
use super::{PlotError, Scene};
use crate::convergence::{ConvergenceFigure, FaultBand};
use plotters::prelude::*;

/// The bands of one fault family, spread over tracks so that they do not hide each other.
pub(super) struct Lane<'f> {
    family: &'f str,
    bands: Vec<(usize, &'f FaultBand)>,
    tracks: usize,
}

impl Lane<'_> {
    pub(super) fn height_px(&self) -> i32 {
        self.tracks as i32 * TRACK_PX + 4
    }
}

/// Groups the bands into lanes and tracks. Bands that find every track taken share the last one.
pub(super) fn arrange(figure: &ConvergenceFigure) -> Vec<Lane<'_>> {
    let mut families: Vec<&str> = Vec::new();
    for band in &figure.bands {
        if !families.contains(&band.family.as_str()) {
            families.push(&band.family);
        }
    }
    families.into_iter().map(|family| lane(figure, family)).collect()
}

fn lane<'f>(figure: &'f ConvergenceFigure, family: &'f str) -> Lane<'f> {
    let mut sorted: Vec<&FaultBand> = figure.bands.iter().filter(|band| band.family == family).collect();
    sorted.sort_by_key(|band| (band.from_ms, band.to_ms, band.label.as_str()));
    let mut ends: Vec<u64> = Vec::new();
    let mut bands = Vec::with_capacity(sorted.len());
    for band in sorted {
        let free = ends.iter().position(|end| *end <= band.from_ms);
        let track = match free {
            Some(track) => track,
            None if ends.len() < TRACKS_MAX => {
                ends.push(0);
                ends.len() - 1
            }
            None => TRACKS_MAX - 1,
        };
        ends[track] = ends[track].max(band.to_ms);
        bands.push((track, band));
    }
    Lane { family, bands, tracks: ends.len() }
}

/// Draws all lanes.
pub(super) fn draw(canvas: &Canvas<'_>, scene: &Scene<'_>, layout: &Layout) -> Result<(), PlotError> {
    canvas.text("(c) Faults", (LEFT, layout.lanes.top - 12), at_left(bold(12)))?;
    let mut top = layout.lanes.top;
    for lane in &scene.lanes {
        let bottom = top + lane.height_px();
        canvas.path(vec![(LEFT, top), (RIGHT, top)], GRID.stroke_width(1))?;
        let middle = (top + bottom) / 2;
        canvas.text(lane.family, (LEFT - 8, middle), at_right(font(11)))?;
        canvas.text(&lane.bands.len().to_string(), (RIGHT + 8, middle), at_left(font(10).color(&INK)))?;
        draw_bands(canvas, lane, top)?;
        top = bottom;
    }
    Ok(())
}

fn draw_bands(canvas: &Canvas<'_>, lane: &Lane<'_>, top: i32) -> Result<(), PlotError> {
    let mut ticks: Vec<(usize, i32)> = Vec::new();
    for (index, (track, band)) in lane.bands.iter().enumerate() {
        let (left, right) = (canvas.x(band.from_ms), canvas.x(band.to_ms));
        let track_top = top + 2 + *track as i32 * TRACK_PX;
        if right - left < 2 {
            ticks.push((*track, left));
            continue;
        }
        let corners = ((left, track_top), (right, track_top + TRACK_PX - 1));
        canvas.rect(corners.0, corners.1, FAULT_PALE.filled())?;
        canvas.rect(corners.0, corners.1, FAULT.stroke_width(1))?;
        let next = lane.bands[index + 1..].iter().find(|(other, _)| other == track);
        let free_until = next.map_or(RIGHT, |(_, band)| canvas.x(band.from_ms));
        draw_label(canvas, &band.label, corners, free_until)?;
    }
    // Thousands of faults may strike one message each: a pixel column is drawn once.
    ticks.sort_unstable();
    ticks.dedup();
    for (track, x) in ticks {
        let track_top = top + 2 + track as i32 * TRACK_PX;
        canvas.path(vec![(x, track_top), (x, track_top + TRACK_PX - 1)], FAULT.stroke_width(1))?;
    }
    Ok(())
}

/// Writes the label into the band, or behind it, or nowhere if there is room in neither place.
fn draw_label(
    canvas: &Canvas<'_>,
    label: &str,
    (from, to): ((i32, i32), (i32, i32)),
    free_until: i32,
) -> Result<(), PlotError> {
    let width = text_width_px(label, LABEL_PX) + 6;
    let left = if width <= to.0 - from.0 {
        from.0 + 4
    } else if width <= free_until - to.0 {
        to.0 + 4
    } else {
        return Ok(());
    };
    canvas.text(label, (left, (from.1 + to.1) / 2), at_left(font(LABEL_PX)))
}

const LABEL_PX: i32 = 9;
const TRACKS_MAX: usize = 3;
