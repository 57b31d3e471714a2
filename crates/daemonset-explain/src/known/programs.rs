//! What programs say of themselves as they end: options, configuration, libraries, memory; and how they
//! ended.

use super::Place::Program;
use super::row::{Owner, Row};
use super::taken::{Kind, Take};

const LOGS: &str = "{logs}";

pub(super) const ROWS: &[Row] = &[
    Row::new("option", Owner::Template)
        .by(&[
            &["unknown flag: "],
            &["unknown shorthand flag"],
            &["unknown long flag"],
            &["flag provided but not defined"],
            &["nrecognized option"],
            &["nrecognized argument"],
            &["unknown option"],
        ])
        .heard(&[Program])
        .takes(&[Take::after(
            "option",
            Kind::Option,
            &["unknown flag: ", "unknown long flag ", "not defined: ", "ecognized option ", "ecognized option: ", "ecognized arguments: ", "unknown option "],
        )])
        .lacks("option {option|that it is given}")
        .todo("take option {option|that it does not know} out of args of container {container|of the pod}, or use a release that knows it")
        .commands(&["kubectl get {set} -o jsonpath='{.spec.template.spec.containers[*].args}'"]),
    Row::new("field", Owner::Template)
        .by(&[
            &["field ", "not found in type"],
            &["unknown field "],
            &["has invalid keys: "],
            &["unknown configuration option"],
            &["unknown key"],
        ])
        .heard(&[Program])
        .takes(&[Take::after("field", Kind::Name, &["field ", "has invalid keys: ", "unknown key "])])
        .lacks("field {field|of its configuration}")
        .todo("take field {field|that it does not know} out of the configuration{configs|}, or use a release that knows it")
        .commands(&["kubectl get configmap {config} -n {namespace} -o yaml", "kubectl get configmap -n {namespace}"]),
    Row::new("syntax", Owner::Template)
        .by(&[
            &["yaml: line "],
            &["yaml: unmarshal errors"],
            &["error converting YAML to JSON"],
            &["did not find expected"],
            &["could not find expected ':'"],
            &["cannot unmarshal"],
            &["invalid character", "looking for"],
            &["toml: ", "line "],
        ])
        .heard(&[Program])
        .takes(&[Take::after("line", Kind::Name, &["line "])])
        .lacks("a configuration that reads")
        .todo("mend the configuration{configs|}: it does not read at line {line|that the words name}")
        .commands(&["kubectl get configmap {config} -n {namespace} -o yaml", "kubectl get configmap -n {namespace}"]),
    Row::new("environment", Owner::Template)
        .by(&[
            &["environment variable", "not set"],
            &["environment variable", "required"],
            &["required environment variable"],
            &["missing environment variable"],
            &["env var", "not set"],
        ])
        .heard(&[Program])
        .takes(&[
            Take::after("variable", Kind::Name, &["nvironment variable: ", "nvironment variable ", "env var "]),
            Take::before("variable", Kind::Name, &[" environment variable"]),
        ])
        .lacks("environment variable {variable|that it needs}")
        .todo("give container {container|of the pod} the environment variable {variable|that it names} (env, or a ConfigMap or Secret by envFrom)")
        .commands(&["kubectl set env {set} --list"]),
    Row::new("library", Owner::Template)
        .by(&[
            &["error while loading shared libraries"],
            &["cannot open shared object file"],
            &["symbol lookup error"],
        ])
        .heard(&[Program])
        .takes(&[Take::after("library", Kind::Name, &["shared libraries: "])])
        .lacks("library {library|that it loads}")
        .todo("use an image that has library {library|that it loads}: the program was built for another one")
        .commands(&[LOGS]),
    Row::new("libc", Owner::Template)
        .by(&[&["GLIBC_", "not found"], &["GLIBCXX_", "not found"]])
        .heard(&[Program])
        .lacks("a C library that is new enough")
        .todo(
            "build the program against the C library of where it runs: it asks for a newer one than the image has (or the \
             node, where it runs there by chroot or nsenter)",
        )
        .commands(&[LOGS]),
    Row::new("javaHeap", Owner::Template)
        .by(&[&["java.lang.OutOfMemoryError"], &["Java heap space"]])
        .heard(&[Program])
        .lacks("Java heap")
        .todo("give container {container|of the pod} a larger heap (-Xmx, or -XX:MaxRAMPercentage of its memory limit), and the limit room for it")
        .commands(&["kubectl get {set} -o jsonpath='{.spec.template.spec.containers[*].resources}'"]),
    Row::new("programMemory", Owner::Template)
        .by(&[
            &["fatal error: runtime: out of memory"],
            &["runtime: cannot allocate memory"],
            &["std::bad_alloc"],
            &["MemoryError"],
            &["JavaScript heap out of memory"],
            &["memory allocation of", "failed"],
        ])
        .heard(&[Program])
        .lacks("memory")
        .todo("give container {container|of the pod} more memory, or find out what it takes it for")
        .commands(&["kubectl get {set} -o jsonpath='{.spec.template.spec.containers[*].resources}'"]),
    Row::new("commandNotFound", Owner::Template)
        .exit_code(127)
        .lacks("a command that it runs")
        .todo("read which command container {container|of the pod} does not find: it is not in the image, or not in its PATH")
        .commands(&[LOGS]),
    Row::new("crash", Owner::Template)
        .by(&[&["segmentation fault"], &["Segmentation fault"], &["SIGSEGV"]])
        .exit_code(139)
        .heard(&[Program])
        .lacks("a program that does not crash")
        .todo(
            "use another release of the program of container {container|of the pod}: it crashes (SIGSEGV), which no setting \
             of Kubernetes mends; on one node alone, its kernel or its memory may be the reason",
        )
        .commands(&[LOGS]),
];
