//! Why there is no answer, in words.

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error("{file}: {error}")]
    Open { file: String, error: std::io::Error },
    #[error("the output was not written: {0}")]
    Output(std::io::Error),
    #[error("{file}: the policy does not read")]
    Policy { file: String },
    #[error("{file}: expected what -o json prints under `memory`: {error}")]
    Memory { file: String, error: String },
    #[error(
        "no FILE is given, and kubectl does not run: {0}; give a FILE, or put kubectl on the PATH"
    )]
    NoKubectl(std::io::Error),
    #[error("no FILE is given, and kubectl does not get the DaemonSets: {0}")]
    Kubectl(String),
    #[error("expected no FILE with --watch, found {0}")]
    WatchedFile(String),
    #[error("expected one of {known}, found {wanted}")]
    NoVerb { wanted: String, known: String },
    #[error("cannot run again: {0}")]
    Run(std::io::Error),
    #[error("expected a DaemonSet, found {0}")]
    NoDaemonSet(String),
    #[error("the cluster was asked, and there is no DaemonSet in {0}")]
    NoneInCluster(String),
    #[error("expected DaemonSet {wanted}, found {found}{}", meant(near.as_deref()))]
    NotFound {
        wanted: String,
        found: String,
        near: Option<String>,
    },
    #[error("{argument}: no such file, and no DaemonSet of that name: {reason}")]
    NeitherFileNorSet {
        argument: String,
        reason: Box<Failure>,
    },
    #[error(
        "expected two files, OLD and NEW, found {new} alone, which is NEW; kubectl, which is asked for OLD then, \
         does not tell: {said}"
    )]
    NoOld { new: String, said: String },
    #[error("expected the file with the new version, found no file {0}")]
    NoNew(String),
    #[error("expected two files at most, found {0} too")]
    ThirdFile(String),
    #[error("expected at most one file to be standard input, found two")]
    StandardInputTwice,
    #[error(
        "--approve: no wave is called {wanted:?}; the waves are {found}{}",
        meant(near.as_deref())
    )]
    NoWave {
        wanted: String,
        found: String,
        near: Option<String>,
    },
    #[error("no node {wanted:?} is given: {near}")]
    NoNode { wanted: String, near: String },
    #[error("expected DaemonSet {set} in {file}, found none of that name")]
    NotInOld { set: String, file: String },
    #[error("no answer is given for two clusters in one: {0}")]
    TwoClusters(String),
    #[error("expected one DaemonSet, found {found}; name the one that is meant")]
    Several { found: String },
}

fn meant(near: Option<&str>) -> String {
    near.map_or(String::new(), |near| format!("; did you mean {near}?"))
}
