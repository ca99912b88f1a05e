//! The simulated world: fabric, disk, faults, workload, runs and sweeps over madsim.

pub mod scenario;
