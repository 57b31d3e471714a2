//! Pods that are orphaned while what was adopted is still new.

use daemonset::control::Kind;

use crate::gone::orphan_all;
use crate::refusals::{is_settled, settled};
use crate::server::{controller_of, uid_of};

/// The watch shows most adoptions before the last of a stage is answered. What happens to the pods after that
/// is believed.
#[test]
fn a_pod_that_is_orphaned_again_is_adopted_again() {
    let mut world = settled();
    for watch in &mut world.watches {
        watch.lag = 1;
    }
    let set = world.server.get(Kind::DaemonSet, "agent").map(uid_of);
    let set = set.unwrap().to_owned();
    for round in 0..5 {
        orphan_all(&mut world, Kind::Pod);
        world.run_for(5_000);
        assert!(is_settled(&world), "{round}: {:?}", world.plans());
        let mut pods = world.server.all(Kind::Pod);
        assert!(pods.all(|pod| controller_of(pod) == Some(set.as_str())));
    }
    assert_eq!(world.judge.broken, Vec::<String>::new());
}
