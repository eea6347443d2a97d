//! How many members of a ring may be away.

/// Whose strategy decides on writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Backend {
    /// Mimir.
    Mimir,
    /// Loki.
    Loki,
    /// Tempo.
    Tempo,
    /// Pyroscope.
    Pyroscope,
}

/// Whether writes go through the ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Architecture {
    /// Through the ring.
    Classic,
    /// Through Kafka.
    Kafka,
}
