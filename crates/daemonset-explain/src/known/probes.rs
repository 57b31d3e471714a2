//! What answers the kubelet's probes.

use super::Place::Probe;
use super::mend::Mend;
use super::row::{Owner, Row, on_node};
use super::taken::{Kind, Take};

const LOGS: &str = "{logs}";
const PROBES: &str = "kubectl get {set} -o jsonpath='{.spec.template.spec.containers[*].readinessProbe}\
     {.spec.template.spec.containers[*].livenessProbe}{.spec.template.spec.containers[*].startupProbe}'";

/// The probes, and how they are changed.
const LOOK_AND_EDIT: &str = "kubectl get {set} -o jsonpath='{.spec.template.spec.containers[*].readinessProbe}\
     {.spec.template.spec.containers[*].livenessProbe}{.spec.template.spec.containers[*].startupProbe}'\nkubectl edit {set}";

pub(super) const ROWS: &[Row] = &[
    Row::new("probeProgram", Owner::Template)
        .by(&[
            &["executable file not found in $PATH"],
            &["exec: ", "no such file or directory"],
        ])
        .heard(&[Probe])
        .takes(&[
            Take::after("program", Kind::Path, &["exec: ", "stat "]),
            Take::after("program", Kind::Name, &["exec: "]),
        ])
        .lacks("the program of its probe")
        .todo("mend the probe of container {container|of the pod}: {program|its program} is not in the image")
        .commands(&[LOOK_AND_EDIT]),
    Row::new("probeHttps", Owner::Template)
        .by(&[
            &["malformed HTTP response"],
            &["HTTP request to an HTTPS server"],
        ])
        .heard(&[Probe])
        .lacks("the scheme that it listens with")
        .todo("set scheme of the probe of container {container|of the pod} to HTTPS, which its program speaks there")
        .commands(&[PROBES])
        .mend(Mend::Scheme("HTTPS")),
    Row::new("probeHttp", Owner::Template)
        .by(&[&["server gave HTTP response to HTTPS client"]])
        .heard(&[Probe])
        .lacks("the scheme that it listens with")
        .todo("set scheme of the probe of container {container|of the pod} to HTTP, which its program speaks there")
        .commands(&[PROBES])
        .mend(Mend::Scheme("HTTP")),
    Row::new("probeRefused", Owner::Template)
        .by(&[&["connect: connection refused"], &["onnection refused"]])
        .heard(&[Probe])
        .takes(&[Take::after("address", Kind::Word, &["dial tcp "])])
        .lacks("a program that listens where its probe asks")
        .todo(
            "look why nothing listens at {address|the port of the probe}: the program has not got that far (its logs tell), \
             or listens on another port{portbefore|}, or at another address, as 127.0.0.1 alone",
        )
        .commands(&[LOGS]),
    Row::new("probePath", Owner::Template)
        .by(&[&["statuscode: 404"]])
        .heard(&[Probe])
        .lacks("the path that its probe asks for")
        .todo("set path or port of the probe of container {container|of the pod} so that its program has what is asked for there, or let the program have it \
             again: it answers 404")
        .commands(&[LOOK_AND_EDIT]),
    Row::new("probeDenied", Owner::Template)
        .by(&[&["statuscode: 401"], &["statuscode: 403"]])
        .heard(&[Probe])
        .lacks("a path that its probe may ask for")
        .todo("let the probe of container {container|of the pod} ask for a path that needs no login: it is answered that it may not")
        .commands(&[LOOK_AND_EDIT]),
    Row::new("probeError", Owner::Template)
        .by(&[
            &["statuscode: 500"],
            &["statuscode: 502"],
            &["statuscode: 503"],
            &["statuscode: 504"],
            &["NOT_SERVING"],
        ])
        .heard(&[Probe])
        .lacks("what its program waits for")
        .todo("read in the logs what the program of container {container|of the pod} waits for: it answers the probe that it is not well")
        .commands(&[LOGS]),
    Row::new("probeSlow", Owner::Template)
        .by(&[
            &["Client.Timeout exceeded"],
            &["context deadline exceeded"],
            &["command timed out"],
            &["timed out after"],
            &["i/o timeout"],
        ])
        .heard(&[Probe])
        .takes(&[Take::after("url", Kind::Url, &["Get "])])
        .lacks("an answer to its probe in time")
        .todo(
            "look why container {container|of the pod} does not answer its probe in time: {cpulimit|}a \
             program that hangs (its logs tell), a timeoutSeconds that is too short, or a rule of packets on {nodes} that \
             keeps the kubelet from the pod (asked from the node, it tells which)",
        )
        .commands(&[concat!(on_node!("wget -T 5 -qO- '{url}'"), "\n{logs}"), LOGS])
        .mend(Mend::ProbeTime),
];
