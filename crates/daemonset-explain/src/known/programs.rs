//! What programs say of themselves as they end: options, configuration, libraries, memory; and how they
//! ended.

use super::Place::Program;
use super::mend::Mend;
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
        .commands(&["kubectl edit {set}"]),
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
        .commands(&["kubectl edit configmap {config} -n {namespace}", "kubectl edit {set}"]),
    Row::new("concurrentMap", Owner::Template)
        .by(&[
            &["concurrent map writes"],
            &["concurrent map read and map write"],
            &["concurrent map iteration and map write"],
        ])
        .heard(&[Program])
        .lacks("a program without a data race")
        .todo(
            "use a release in which that is mended, or go back to the one before: Go ends a program that changes a map from two \
             goroutines at once, which comes by chance and on any node",
        )
        .commands(&["kubectl logs {pod} -c {container} --previous"]),
    Row::new("directive", Owner::Template)
        .by(&[&["nknown directive"]])
        .heard(&[Program])
        .takes(&[Take::after("directive", Kind::Name, &["nknown directive ", "nknown directive: "])])
        .lacks("a configuration that reads")
        .todo("mend {directive|the directive} in its configuration{configs|}, which it does not know; old pods that mount the same read it too once they start again")
        .commands(&["kubectl edit configmap {config} -n {namespace}", "kubectl get configmap -n {namespace}"]),
    Row::new("component", Owner::Template)
        .by(&[
            &["unknown type: ", "valid values"],
            &["nknown input plugin '"],
            &["nknown output plugin '"],
            &["nknown filter plugin '"],
            &["nknown parser plugin '"],
            &["the processor action ", "does not exist"],
            &["error reading configuration for ", "deprecated"],
        ])
        .heard(&[Program])
        .takes(&[Take::after(
            "component",
            Kind::Name,
            &[
                "unknown type: ",
                "nput plugin ",
                "utput plugin ",
                "ilter plugin ",
                "arser plugin ",
                "processor action ",
                "reading configuration for ",
            ],
        )])
        .lacks("component {component|that its configuration names}")
        .todo(
            "mend or take {component|the component that the words name} out of its configuration{configs|}, or use an image that has it (for OpenTelemetry \
             the contrib distribution; for Fluentd one with the plugin): this release has none of that name",
        )
        .commands(&["kubectl edit configmap {config} -n {namespace}", "kubectl get configmap -n {namespace}"]),
    Row::new("configurationOwner", Owner::Template)
        .by(&[
            &["must be owned by the user identifier"],
            &["can only be writable by the owner"],
        ])
        .heard(&[Program])
        .lacks("a configuration that belongs to its user alone")
        .todo(
            "give the volume of its configuration{configs|} defaultMode 0640, and container {container|of the pod} runAsUser 0, or start it with \
             --strict.perms=false: it reads a file that others own or can write no more",
        )
        .commands(&["kubectl edit {set}"]),
    Row::new("configurationFile", Owner::Template)
        .by(&[
            &["ould not open configuration file"],
            &["onfig File \"", "Not Found in"],
            &["onfiguration file", "does not exist"],
            &["onfig file", "does not exist"],
        ])
        .heard(&[Program])
        .lacks("the file of its configuration")
        .todo(
            "let the file of its configuration be where container {container|of the pod} looks for it: the key of the ConfigMap{configs|}, its items, \
             mountPath and subPath, and the path in args have to agree",
        )
        .commands(&["kubectl get {set} -o jsonpath='{.spec.template.spec.volumes}{.spec.template.spec.containers[*].volumeMounts}{.spec.template.spec.containers[*].args}'\nkubectl edit {set}"]),
    Row::new("parsing", Owner::Template)
        .by(&[
            &["Error during parsing: "],
            &["[error] [config] "],
            &["onfiguration file contains errors"],
            &["config error file="],
            &["Configuration error. error="],
            &["invalid configuration: "],
            &["nrecognized attribute name"],
            &["Error: ", ".alloy:"],
            &["error unpacking config data"],
            &["rror loading config file"],
            &["loading config file", "failed"],
            &["LOAD_ERR_"],
            &["[emerg]", "/etc/nginx/"],
            &["[ALERT]", "config : "],
        ])
        .unless(&["no configuration has been provided", "o such file or directory"])
        .heard(&[Program])
        .lacks("a configuration that reads")
        .todo("mend its configuration{configs|} where the words name it; old pods that mount the same read it too once they start again")
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
        .commands(&["kubectl edit configmap {config} -n {namespace}", "kubectl get configmap -n {namespace}"]),
    Row::new("environment", Owner::Template)
        .by(&[
            &["environment variable", "not set"],
            &["environment variable", "required"],
            &["required environment variable"],
            &["missing environment variable"],
            &["env var", "not set"],
            &["must set", "environment variable"],
            &["environment variable", "must be set"],
            &["environment variable", "is empty"],
            &["environment variable", "is missing"],
        ])
        .heard(&[Program])
        .takes(&[
            Take::after("variable", Kind::Name, &["must set an "]),
            Take::after("variable", Kind::Name, &["nvironment variable: ", "nvironment variable ", "env var "]),
            Take::before("variable", Kind::Name, &[" environment variable"]),
        ])
        .lacks("environment variable {variable|that it needs}")
        .todo("give container {container|of the pod} the environment variable {variable|that it names} (env, or a ConfigMap or Secret by envFrom)")
        .commands(&[
            "kubectl set env {set} -c {container} {variablebefore}",
            "kubectl set env {set} --list\nkubectl set env {set} -c {container} --from=secret/NAME --keys={variable}",
            "kubectl set env {set} --list",
        ]),
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
        .commands(&["kubectl get {set} -o jsonpath='{.spec.template.spec.containers[*].resources}'"])
        .mend(Mend::Memory),
    Row::new("nodeHeap", Owner::Template)
        .by(&[&["JavaScript heap out of memory"]])
        .heard(&[Program])
        .lacks("JavaScript heap")
        .todo(
            "give the program of container {container|of the pod} a larger heap (NODE_OPTIONS=--max-old-space-size=MiB), and the \
             memory limit room for it",
        )
        .commands(&["kubectl get {set} -o jsonpath='{.spec.template.spec.containers[*].resources}'"])
        .mend(Mend::Memory),
    Row::new("javaHeap", Owner::Template)
        .by(&[&["java.lang.OutOfMemoryError"], &["Java heap space"]])
        .heard(&[Program])
        .lacks("Java heap")
        .todo("give container {container|of the pod} a larger heap (-Xmx, or -XX:MaxRAMPercentage of its memory limit), and the limit room for it")
        .commands(&["kubectl get {set} -o jsonpath='{.spec.template.spec.containers[*].resources}'"])
        .mend(Mend::Memory),
    Row::new("programMemory", Owner::Template)
        .by(&[
            &["fatal error: runtime: out of memory"],
            &["runtime: cannot allocate memory"],
            &["std::bad_alloc"],
            &["MemoryError"],
            &["memory allocation of", "failed"],
        ])
        .heard(&[Program])
        .lacks("memory")
        .todo("give container {container|of the pod} more memory, or find out what it takes it for")
        .commands(&["kubectl get {set} -o jsonpath='{.spec.template.spec.containers[*].resources}'"])
        .mend(Mend::Memory),
    Row::new("ownModule", Owner::Template)
        .by(&[
            &["ModuleNotFoundError: No module named"],
            &["ImportError: cannot import"],
            &["Cannot find module '"],
            &["java.lang.ClassNotFoundException"],
            &["java.lang.NoClassDefFoundError"],
            &["UnsupportedClassVersionError"],
        ])
        .heard(&[Program])
        .takes(&[Take::after(
            "module",
            Kind::Word,
            &["No module named ", "Cannot find module ", "ClassNotFoundException: ", "NoClassDefFoundError: ", "cannot import name ", "UnsupportedClassVersionError: "],
        )])
        .lacks("{module|a module of its program} in the image")
        .todo(
            "use another build of the image of container {container|of the pod}: {module|a module of its program} is not in it, or is for another version of \
             what runs it",
        )
        .commands(&["kubectl get {set} -o jsonpath='{.spec.template.spec.containers[*].image}'"]),
    Row::new("optionValue", Owner::Template)
        .by(&[
            &["invalid argument \"", "flag: "],
            &["invalid value \"", "for flag "],
        ])
        .heard(&[Program])
        .takes(&[Take::after("option", Kind::Option, &["for flag ", "\" for "])])
        .lacks("a value of option {option|that is named} that reads")
        .todo("mend the value of option {option|that the words name} in args of container {container|of the pod}")
        .commands(&["kubectl edit {set}"]),
    Row::new("optionsTogether", Owner::Template)
        .by(&[
            &[" requires ", " (--"],
            &["any flags in the group [", "are set"],
            &["required flag(s) \"", "not set"],
        ])
        .heard(&[Program])
        .lacks("options that go together")
        .todo("make options of container {container|of the pod} go together, as the words say: those in its args, and those that it reads from a configuration{configs|}")
        .commands(&["kubectl edit configmap {config} -n {namespace}", "kubectl get {set} -o jsonpath='{.spec.template.spec.containers[*].args}{.spec.template.spec.containers[*].env}{.spec.template.spec.volumes}'"]),
    Row::new("subcommand", Owner::Template)
        .by(&[&["unknown command \"", "\" for "]])
        .heard(&[Program])
        .takes(&[Take::after("command", Kind::Name, &["unknown command "])])
        .lacks("command {command|that it is given}")
        .todo("mend args of container {container|of the pod}: its program has no command {command|of that name}, in this release at least")
        .commands(&["kubectl edit {set}"]),
    Row::new("shellCommand", Owner::Template)
        .by(&[
            &["/bin/sh: ", ": not found"],
            &["sh: 1: ", ": not found"],
            &[".sh: line ", ": not found"],
            &["bash: ", ": command not found"],
        ])
        .heard(&[Program])
        .takes(&[Take::before("program", Kind::Name, &[": command not found", ": not found"])])
        .lacks("{program|a program that its script runs}")
        .todo("use an image of container {container|of the pod} that has {program|the program}, or let its script do without")
        .commands(&["kubectl get {set} -o jsonpath='{.spec.template.spec.containers[*].image}'"]),
    Row::new("commandNotFound", Owner::Template)
        .exit_code(127)
        .lacks("a command that it runs")
        .todo("read which command container {container|of the pod} does not find: it is not in the image, or not in its PATH")
        .commands(&[LOGS]),
    Row::new("panic", Owner::Template)
        .by(&[
            &["panic: runtime error: "],
            &["nil pointer dereference"],
        ])
        .heard(&[Program])
        .lacks("a program without this error")
        .todo(
            "use another release of the program of container {container|of the pod}: it ends by an error of its own (panic), for which what it reads or asks may \
             be the reason",
        )
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
