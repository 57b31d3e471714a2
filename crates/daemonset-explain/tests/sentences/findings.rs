//! What a diagnosis finds.

#[path = "findings/course.rs"]
mod course;
#[path = "findings/pods.rs"]
mod pods;
#[path = "findings/set.rs"]
mod set;

use daemonset_explain::Finding;

use super::check;

#[test]
fn findings() {
    let cases = [set::cases(), pods::cases(), course::cases()].concat();
    check::<Finding>("id", &cases);
}
