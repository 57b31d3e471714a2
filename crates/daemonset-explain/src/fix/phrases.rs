//! Instructions that depend on what there is to tell.

use std::fmt;

use super::provisioner::Provisioner;
use super::requests::{Requested, in_brackets, limit_ranges};
use crate::owner::UNINITIALIZED;
use crate::signs::claims::CLAIM;
use crate::words::{agree, duration, list};

/// How many names the printed form gives.
pub(super) const NAMED: usize = 3;

/// To make room in the memory of a node.
pub(super) fn node_memory(
    f: &mut fmt::Formatter<'_>,
    container: &str,
    node: &str,
    others: &[String],
) -> fmt::Result {
    write!(f, "find what uses up the memory of {node}")?;
    if !others.is_empty() {
        write!(
            f,
            " ({} there {} killed for it too)",
            list(others, NAMED),
            agree(others.len(), "was", "were")
        )?;
    }
    write!(
        f,
        ", and move it away or limit it; container {container} has no limit to raise; a larger memory \
         request makes it less likely to be the one that is killed"
    )
}

/// To give pods a priority above that of others.
pub(super) fn priority(
    f: &mut fmt::Formatter<'_>,
    value: Option<i32>,
    nodes: &[String],
    preempts: &[String],
) -> fmt::Result {
    f.write_str("give the template a priority class above that of the pods that take its place")?;
    let nodes = list(nodes, NAMED);
    match value {
        Some(value) => write!(
            f,
            " ({value} is higher than that of any pod that was given of {nodes})"
        )?,
        None => write!(f, " on {nodes}")?,
    }
    if preempts.is_empty() {
        return Ok(());
    }
    let others = list(preempts, NAMED);
    write!(
        f,
        "; what is below that there may be preempted for it: {others}"
    )
}

/// Which pods make way for one of a higher class, or are to go themselves.
fn that_make_way(f: &mut fmt::Formatter<'_>, or: &str, others: Option<&[String]>) -> fmt::Result {
    match others {
        None => f.write_str(
            "remove other pods, or give it a priority class above that of pods there, which are preempted then",
        ),
        Some([]) => write!(
            f,
            "{or}use larger nodes, or leave such nodes out: no pod there makes way, since those that were given are static, or of a \
             priority that no class of users exceeds",
        ),
        Some(some) => write!(
            f,
            "move other pods away, or give it a priority class above theirs, for which they are preempted: of those given, {} can be",
            list(some, NAMED)
        ),
    }
}

/// To free what nodes are short of.
pub(super) fn pressure(
    f: &mut fmt::Formatter<'_>,
    of: &[String],
    nodes: &[String],
    images: Option<&str>,
) -> fmt::Result {
    write!(
        f,
        "free {} on {}, once it is seen what takes {}: until then new pods are rejected or evicted there",
        list(of, NAMED),
        list(nodes, NAMED),
        match of {
            [one] if !one.ends_with('s') => "it",
            _ => "them",
        },
    )?;
    // Pods for a moment tolerate that there is little memory.
    if of.iter().any(|it| it != "memory") {
        f.write_str(", including one to look around in")?;
    }
    match (images, nodes.first()) {
        (Some(images), Some(node)) => write!(
            f,
            "; the kubelet of {node} found {images} to free among images that no container uses: images in use, or something else (logs, \
             emptyDir volumes, paths of the node), fill it"
        ),
        _ => Ok(()),
    }
}

/// To get a registry to answer, or to answer as it should.
pub(super) fn registry(
    f: &mut fmt::Formatter<'_>,
    host: Option<&str>,
    status: Option<&str>,
    nodes: &[String],
) -> fmt::Result {
    let (host, nodes) = (host.unwrap_or("the registry"), list(nodes, NAMED));
    match status {
        Some(status) => write!(
            f,
            "see why {host} (or a proxy or mirror before it) answers {nodes} with {status}: it is reached, so wait until it is \
             repaired, or pull from another registry"
        )?,
        None => write!(
            f,
            "get {host} to answer {nodes}, or pull from another registry"
        )?,
    }
    f.write_str("; a node that has the image may need no pull")
}

/// To get what pods ask to answer, or to answer as it should.
pub(super) fn outside(
    f: &mut fmt::Formatter<'_>,
    asked: &str,
    status: Option<&str>,
    are_others: bool,
) -> fmt::Result {
    match status {
        Some(status) => write!(
            f,
            "see why {asked} (or a proxy before it) answers the pods with {status}: it is reached"
        )?,
        None => write!(f, "get {asked} to answer, which the pods ask in vain")?,
    }
    if are_others {
        f.write_str("; pods that still run may ask it too once they are started again")?;
    }
    Ok(())
}

/// To ask what does not answer from where the daemon runs: from an old pod, or from the node where nodes ask it.
pub(super) fn no_answer(
    f: &mut fmt::Formatter<'_>,
    address: &str,
    node: Option<&str>,
) -> fmt::Result {
    let from = node.map_or_else(
        || "an old pod".to_owned(),
        |node| format!("{node}, where an old pod runs"),
    );
    write!(
        f,
        "ask {address} from {from}: if it does not answer there either, get it to answer, or go back where only the newest revision asks it, which \
         is not known; if it does, "
    )?;
    match node {
        Some(_) => f.write_str("look at the way to it from the node that asks in vain"),
        None => {
            f.write_str("the revision is to blame, or the node where only one pod asks in vain")
        }
    }
}

/// To make objects or keys that the template names.
pub(super) fn of_objects(
    f: &mut fmt::Formatter<'_>,
    objects: &[String],
    namespace: &str,
) -> fmt::Result {
    write!(
        f,
        "create {} in namespace {namespace}",
        list(objects, NAMED)
    )?;
    if objects.iter().all(|it| it.starts_with("key ")) {
        f.write_str(", or let the template name what is there: which of the two is the slip, the keys that are there may tell")?;
    }
    if objects.iter().any(|it| it.starts_with(CLAIM)) {
        f.write_str("; ReadWriteMany, by which pods on several nodes may mount it, is assumed, and not every StorageClass has it")?;
    }
    Ok(())
}

/// To have devices offered, or to ask for those that are.
pub(super) fn device_plugin(
    f: &mut fmt::Formatter<'_>,
    resource: &str,
    nodes: &[String],
    offered: &[String],
) -> fmt::Result {
    let nodes = list(nodes, NAMED);
    match offered {
        [] => write!(
            f,
            "get the device plugin of {resource} to run on {nodes}, where none of it is offered: no pod that is \
             removed and no priority brings any"
        ),
        some => write!(
            f,
            "let the template ask for {offered}, which is offered on {nodes}, where no {resource} is; or have the \
             device plugin there offer {resource}, if it does so no more (its configuration names what it offers)",
            offered = list(some, NAMED)
        ),
    }
}

/// To make place for a pod more on nodes.
pub(super) fn pod_slots(
    f: &mut fmt::Formatter<'_>,
    nodes: &[String],
    is_critical: bool,
    others: Option<&[String]>,
) -> fmt::Result {
    if is_critical {
        f.write_str(
            "move pods there that can run elsewhere: the priority of this one is of Kubernetes itself, so that no class is above it",
        )?;
    } else {
        that_make_way(f, "", others)?;
    }
    write!(
        f,
        "; maxPods of the kubelet of {} may be raised too, where the pod network has addresses for more",
        list(nodes, NAMED)
    )
}

/// To ask for less: what was filled in is not to be lowered in the template.
fn to_ask_less(f: &mut fmt::Formatter<'_>, asked: &[Requested]) -> fmt::Result {
    let filled_in = asked.iter().filter(|it| it.amount.is_none());
    let resources: Vec<&str> = filled_in.map(|it| &*it.resource).collect();
    if resources.is_empty() {
        return write!(f, "lower what the template requests{}", in_brackets(asked));
    }
    write!(
        f,
        "let the template request {} itself: it names none, and ",
        list(&resources, NAMED)
    )?;
    match limit_ranges(asked).as_slice() {
        [] => f.write_str("what is filled in for that (as a LimitRange does)")?,
        some => write!(
            f,
            "what {} {} of its namespace {} in",
            agree(some.len(), "LimitRange", "LimitRanges"),
            list(some, NAMED),
            agree(some.len(), "fills", "fill")
        )?,
    }
    f.write_str(" is too much")
}

/// To make room on nodes.
pub(super) fn room(
    f: &mut fmt::Formatter<'_>,
    nodes: &[String],
    asked: &[Requested],
    is_critical: bool,
    others: Option<&[String]>,
) -> fmt::Result {
    write!(f, "make room on {}: ", list(nodes, NAMED))?;
    to_ask_less(f, asked)?;
    f.write_str(", ")?;
    if is_critical {
        f.write_str(
            "or use larger nodes: its priority is one of Kubernetes itself, so that no class is above it, and what holds the \
             room is not to be removed for it",
        )
    } else {
        that_make_way(f, "or ", others)
    }
}

/// To ask for less than whole nodes have.
pub(super) fn size(
    f: &mut fmt::Formatter<'_>,
    nodes: &[String],
    asked: &[Requested],
    others_fit: bool,
) -> fmt::Result {
    to_ask_less(f, asked)?;
    if !limit_ranges(asked).is_empty() {
        f.write_str(
            "; or lower that default, which is for the whole namespace, and delete the pods that wait: they keep what was filled in",
        )?;
    }
    f.write_str("; or use larger nodes")?;
    if others_fit {
        write!(
            f,
            ", or, where others have enough, keep the daemon off {}",
            list(nodes, NAMED)
        )?;
    }
    f.write_str(": no eviction helps where a pod asks for more than the whole node has")
}

/// To take the finalizers of others off a set that is being deleted, and what goes with it.
pub(super) fn own_finalizers(
    f: &mut fmt::Formatter<'_>,
    finalizers: &[String],
    pods: usize,
) -> fmt::Result {
    write!(
        f,
        "or, where that controller is not to come back, take {} {} off the DaemonSet: it is gone then",
        agree(finalizers.len(), "finalizer", "finalizers"),
        list(finalizers, NAMED)
    )?;
    match pods {
        0 => return Ok(()),
        1 => f.write_str(", and its pod is deleted with it")?,
        many => write!(f, ", and its {many} pods are deleted with it")?,
    }
    f.write_str("; if it is to run, it has to be applied anew")
}

/// To let a variable stand where a reference finds it.
pub(super) fn variable(
    f: &mut fmt::Formatter<'_>,
    container: &str,
    name: &str,
    user: Option<&str>,
    is_there: bool,
) -> fmt::Result {
    if is_there {
        return write!(
            f,
            "let {name} stand before {} in env of container {container}: $({name}) is replaced only by a variable that \
             stands before the one that refers to it",
            user.unwrap_or("what refers to it"),
        );
    }
    write!(
        f,
        "give container {container} the variable {name}, to which {} refers, or take $({name}) out of there: it has no \
         such variable, so that the reference stays as it is written",
        user.unwrap_or("an argument"),
    )
}

/// To let one of those that write a template in turn leave it.
pub(super) fn of_writers(f: &mut fmt::Formatter<'_>, writers: &[String]) -> fmt::Result {
    match writers {
        [] | [_] => f.write_str(
            "find the two that write the template in turn (metadata.managedFields names them)",
        )?,
        some => write!(
            f,
            "let only one of {} write what they differ in",
            list(some, NAMED)
        )?,
    }
    f.write_str(
        ": let the manifests of a GitOps controller leave the field out, or have it ignore that field \
         (ignoreDifferences), or give an operator the value in its own custom resource",
    )
}

/// To approve what kubelets have asked for.
pub(super) fn certificates(f: &mut fmt::Formatter<'_>, requests: &[String]) -> fmt::Result {
    write!(
        f,
        "approve {} {}, once you have seen that it is your nodes that ask (kubectl get csr): a kubelet without a valid \
         certificate cannot report; when it can, it asks for one to serve with, which is approved as well",
        agree(
            requests.len(),
            "certificate request",
            "certificate requests"
        ),
        list(requests, NAMED)
    )
}

/// To put the template right, in the fields that what pods say may be about.
pub(super) fn of_template(
    f: &mut fmt::Formatter<'_>,
    container: Option<&str>,
    fields: &[String],
) -> fmt::Result {
    f.write_str("mend what the template names, as the pods say")?;
    match (container, fields) {
        (_, []) => Ok(()),
        (Some(container), some) => {
            write!(f, ": {} of container {container}", list(some, NAMED + 1))
        }
        (None, some) => write!(f, ": {}", list(some, NAMED + 1)),
    }
}

/// To have the pods' scheduling gates taken off.
pub(super) fn scheduling_gates(
    f: &mut fmt::Formatter<'_>,
    gates: &[String],
    in_template: bool,
) -> fmt::Result {
    let them = agree(gates.len(), "it", "them");
    let what = agree(gates.len(), "gate", "gates");
    match gates {
        [] => {
            f.write_str("let the controller of the pods' scheduling gates take them off the pods")?;
        }
        some => write!(
            f,
            "let the controller of scheduling {what} {} take {them} off the pods",
            list(some, NAMED),
        )?,
    }
    if in_template {
        write!(f, ", or take {them} out of the template")?;
    }
    Ok(())
}

/// A span that is set against another: to the second, as long as that says something.
fn to_the_second(seconds: i64) -> String {
    if seconds < 600 {
        format!("{seconds} s")
    } else {
        duration(seconds)
    }
}

/// To give a container longer to start: the container and what it is allowed, after how long it was killed, whether it
/// has a startup probe, and the threshold and how long it may take by that.
pub(super) fn start_time(
    f: &mut fmt::Formatter<'_>,
    (container, allowed): (&str, &str),
    killed_after: Option<i64>,
    has_startup: bool,
    (threshold, then): (i64, i64),
) -> fmt::Result {
    write!(
        f,
        "if container {container} only needs longer to start than {allowed}"
    )?;
    if let Some(ran) = killed_after {
        write!(f, " (it was killed after {})", to_the_second(ran))?;
    }
    if has_startup {
        write!(f, ": failureThreshold {threshold} of its startup probe")?;
    } else {
        write!(
            f,
            ": a startup probe that asks what its liveness probe asks, with failureThreshold {threshold},"
        )?;
    }
    write!(f, " lets it take {}", duration(then))
}

/// What is to be done about what provides volumes of a class.
pub(super) fn provisioning(
    f: &mut fmt::Formatter<'_>,
    class: &str,
    claim: &str,
    lacks: Provisioner,
) -> fmt::Result {
    match lacks {
        Provisioner::Right => write!(
            f,
            "give the provisioner of StorageClass {class} the right to create volumes, which it lacks by its words about \
             {claim}: the identity by which its CSI driver's controller asks its provider"
        ),
        Provisioner::Limit => write!(
            f,
            "have the limit raised that the provisioner of StorageClass {class} meets, as it says of {claim}, or let the claim \
             have another class"
        ),
        Provisioner::Other => write!(
            f,
            "mend what the provisioner of StorageClass {class} says of {claim}"
        ),
    }
}

/// To get the pods to run first that failing ones ask.
pub(super) fn asked_pods(
    f: &mut fmt::Formatter<'_>,
    who: &str,
    pod: &str,
    taint: Option<&str>,
) -> fmt::Result {
    write!(
        f,
        "get the pods of {who} to run first, beginning with {pod}: the failing ones ask them"
    )?;
    match taint {
        Some(taint) => write!(
            f,
            "; if what takes taint {taint} off is what fails here, each waits for the other: let the pods of {who} tolerate it"
        ),
        None => Ok(()),
    }
}

/// To make the class that a claim asks for, or have it ask for another.
pub(super) fn storage_class(
    f: &mut fmt::Formatter<'_>,
    class: &str,
    (claim, namespace): (&str, &str),
    is_made: bool,
) -> fmt::Result {
    write!(
        f,
        "create StorageClass {class}, which PersistentVolumeClaim {claim} of namespace {namespace} asks for, or "
    )?;
    f.write_str(if is_made {
        "let the template name one that is there for the volume"
    } else {
        "make the claim anew with a class that is there: it cannot be changed in place"
    })
}

/// What the cloud controller manager has to do.
pub(super) fn cloud_controller(
    f: &mut fmt::Formatter<'_>,
    nodes: &[String],
    pod: Option<&str>,
    taint: Option<&str>,
) -> fmt::Result {
    let nodes = list(nodes, NAMED);
    match (pod, taint) {
        (Some(pod), Some(taint)) => write!(
            f,
            "let the cloud controller manager ({pod}) run before nodes are ready, by a toleration of taint {taint} and, where \
             it is not yet, on the network of the node (hostNetwork): it is what initializes {nodes}, and waits itself for that taint to go"
        ),
        (Some(pod), None) => write!(
            f,
            "get the cloud controller manager to run, beginning with {pod}: it is what initializes {nodes} and takes taint \
             {UNINITIALIZED} off"
        ),
        (None, _) => write!(
            f,
            "see in the log of the cloud controller manager why it does not initialize {nodes}, which is to take taint \
             {UNINITIALIZED} off; where the provider runs it, it is for the provider, and where none runs, kubelets are not to \
             be started with --cloud-provider=external"
        ),
    }
}

/// To go back to a revision that was not given.
pub(super) fn older_revision(f: &mut fmt::Formatter<'_>, hash: &str, is_last: bool) -> fmt::Result {
    if is_last {
        write!(
            f,
            "go back to the revision before ({hash}), of which pods are available, as long as it is still kept: it was not \
             given, and the first command shows what is"
        )
    } else {
        write!(
            f,
            "go back to revision {hash}, of which pods are available and which is not the one before, as long as it is \
             still kept: it was not given, and the first command shows its number"
        )
    }
}

/// To let a pod go whose room is awaited.
pub(super) fn victim(
    f: &mut fmt::Formatter<'_>,
    (pod, node): (&str, &str),
    over: i64,
    said: Option<&str>,
    finalizers: &[String],
) -> fmt::Result {
    let over = duration(over);
    if !finalizers.is_empty() {
        return write!(
            f,
            "start the controller that removes {} {} from {pod}: the scheduler waits for its room on {node}, and its grace \
             period ended {over} ago",
            agree(finalizers.len(), "finalizer", "finalizers"),
            list(finalizers, NAMED),
        );
    }
    write!(
        f,
        "find out on {node} why {pod} does not end: the scheduler waits for its room, and its grace period ended {over} ago"
    )?;
    match said {
        Some(said) => write!(f, "; its kubelet says: {said}"),
        None => Ok(()),
    }
}
