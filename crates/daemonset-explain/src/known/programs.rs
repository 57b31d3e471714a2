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
    Row::new("featureGate", Owner::Template)
        .by(&[&["unrecognized feature gate"], &["unknown feature gate"]])
        .heard(&[Program])
        .takes(&[Take::after(
            "gate",
            Kind::Name,
            &["unrecognized feature gate: ", "unknown feature gate: ", "unknown feature gate "],
        )])
        .lacks("feature gate {gate|that it is given}")
        .todo(
            "take feature gate {gate|that it does not know} out of its configuration{configs|} or its args: this release has \
             it no more, or not yet; else go back to the one that knows it",
        )
        .commands(&["kubectl get configmap {config} -n {namespace} -o yaml", "kubectl get {set} -o jsonpath='{.spec.template.spec.containers[*].args}'"]),
    Row::new("directive", Owner::Template)
        .by(&[&["nknown directive"]])
        .heard(&[Program])
        .takes(&[Take::after("directive", Kind::Name, &["nknown directive ", "nknown directive: "])])
        .lacks("a configuration that reads")
        .todo("mend {directive|the directive} in its configuration{configs|}, which it does not know; old pods read it too once they start again")
        .commands(&["kubectl edit configmap {config} -n {namespace}", "kubectl get configmap -n {namespace}"]),
    Row::new("parsing", Owner::Template)
        .by(&[&["Error during parsing: "]])
        .heard(&[Program])
        .lacks("a configuration that reads")
        .todo("mend its configuration{configs|} where the words name it; old pods read it too once they start again")
        .commands(&["kubectl edit configmap {config} -n {namespace}", "kubectl get configmap -n {namespace}"]),
    Row::new("field", Owner::Template)
        .by(&[
            &["field ", "not found in type"],
            &["unknown field "],
            &["has invalid keys: "],
            &["unknown configuration option"],
            &["unknown key", "onfig"],
        ])
        .heard(&[Program])
        .takes(&[Take::after("field", Kind::Name, &["field ", "has invalid keys: ", "unknown key "])])
        .lacks("field {field|of its configuration}")
        .todo("take field {field|that it does not know} out of the configuration{configs|}, or use a release that knows it")
        .commands(&["kubectl get configmap {config} -n {namespace} -o yaml", "kubectl get configmap -n {namespace}"]),
    Row::new("pageInstead", Owner::Outside)
        .by(&[&["invalid character '<' looking for beginning of value"]])
        .heard(&[Program])
        .lacks("data from what it asks, which sends a page")
        .todo(
            "see what answers at the address that it asks: a page (HTML) comes instead of data, as from a proxy, a login or a load \
             balancer",
        )
        .commands(&["{logs}"]),
    Row::new("syntax", Owner::Template)
        .by(&[
            &["yaml: line "],
            &["yaml: unmarshal errors"],
            &["error converting YAML to JSON"],
            &["did not find expected"],
            &["could not find expected ':'"],
            &["cannot unmarshal", "yaml"],
            &["cannot unmarshal", "onfig"],
            &["invalid character", "looking for", "onfig"],
            &["invalid character", "looking for", ".json"],
            &["toml: ", "line "],
        ])
        .heard(&[Program])
        .takes(&[Take::after("line", Kind::Name, &["line "])])
        .lacks("a configuration that reads")
        .todo("mend the configuration{configs|}: it does not read ({line|the words tell}: its line, where it is a number)")
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
    Row::new("javaNative", Owner::Template)
        .by(&[
            &["OutOfMemoryError: Metaspace"],
            &["OutOfMemoryError: Compressed class space"],
            &["OutOfMemoryError: Direct buffer memory"],
            &["OutOfMemoryError: Cannot reserve", "direct buffer memory"],
        ])
        .heard(&[Program])
        .lacks("Java memory beside the heap")
        .todo(
            "give container {container|of the pod} more of what the words name (-XX:MaxMetaspaceSize, -XX:MaxDirectMemorySize), and \
             its memory limit room for it: a larger heap does not help",
        )
        .commands(&["kubectl get {set} -o jsonpath='{.spec.template.spec.containers[*].resources}'"]),
    Row::new("nodeHeap", Owner::Template)
        .by(&[&["JavaScript heap out of memory"]])
        .heard(&[Program])
        .lacks("JavaScript heap")
        .todo(
            "give the program of container {container|of the pod} a larger heap (NODE_OPTIONS=--max-old-space-size=MiB), and the \
             memory limit room for it",
        )
        .commands(&["kubectl get {set} -o jsonpath='{.spec.template.spec.containers[*].resources}'"]),
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
            &["memory allocation of", "failed"],
            &["fork/exec", "cannot allocate memory"],
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
            "use another release of the program of container {container|of the pod}: it crashes (SIGSEGV), \
             for which what it reads, its rights or, on one node alone, the kernel may be the reason too",
        )
        .commands(&[LOGS]),
];
