//! What a template lacks for what words mean, as far as a change of it mends that.

/// A change of the template, which is worked out from what it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mend {
    /// These capabilities for the container.
    Capabilities(&'static [&'static str]),
    /// The capabilities of the container, without their prefix `CAP_`.
    CapabilityNames,
    /// A container that is privileged.
    Privileged,
    /// A volume that can be written where the container writes, which has a root file system that is read-only.
    Writable,
    /// A directory of the node at the path that is named.
    DataDirectory,
    /// Room in `/dev/shm`.
    SharedMemory,
    /// This scheme for the probes of the container.
    Scheme(&'static str),
    /// More time for the probes of the container.
    ProbeTime,
    /// A file of a `ConfigMap` or Secret that may be executed.
    Executable,
    /// The token of its service account.
    Token,
    /// No user namespace of its own.
    HostUsers,
    /// To pull the image where it is not there.
    Pull,
    /// Twice the memory limit.
    Memory,
    /// Nodes of the operating system that its pods are for.
    Os,
    /// A name of the image that reads.
    ImageName,
}
