//! Exhaustive models over the same nodes that the simulator drives.
