//! What keeps volumes from being provided, by what their provisioner says.

use serde::{Deserialize, Serialize};

/// What a provisioner lacks that says so of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Provisioner {
    /// The right to make volumes.
    Right,
    /// Room within a limit of who provides them.
    Limit,
    /// Its words tell.
    Other,
}

/// As clouds say that who asks has not the right to: AWS, Azure, Google, and gRPC itself.
const NO_RIGHT: [&str; 7] = [
    "UnauthorizedOperation",
    "is not authorized to perform",
    "AccessDenied",
    "AuthorizationFailed",
    "does not have authorization to perform",
    "Error 403",
    "code = PermissionDenied",
];

/// As they say that a limit is met.
const NO_ROOM: [&str; 5] = [
    "LimitExceeded",
    "QuotaExceeded",
    "QUOTA_EXCEEDED",
    "code = ResourceExhausted",
    "uota exceeded",
];

impl Provisioner {
    pub(super) fn of(words: &str) -> Self {
        let says = |all: &[&str]| all.iter().any(|it| words.contains(it));
        if says(&NO_RIGHT) {
            Self::Right
        } else if says(&NO_ROOM) {
            Self::Limit
        } else {
            Self::Other
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Provisioner;

    #[test]
    fn what_a_provisioner_lacks_is_told_by_its_words() {
        let all = [
            (
                "api error UnauthorizedOperation: You are not authorized to perform this operation.",
                Provisioner::Right,
            ),
            (
                "api error VolumeLimitExceeded: You have exceeded your maximum gp3 storage limit",
                Provisioner::Limit,
            ),
            (
                "rpc error: code = InvalidArgument desc = invalid parameter \"tpye\"",
                Provisioner::Other,
            ),
        ];
        for (words, lacks) in all {
            assert_eq!(Provisioner::of(words), lacks, "{words}");
        }
    }
}
