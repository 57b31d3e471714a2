//! What `dsplan forecast` is told.

use clap::Args;
use daemonset::policy::Seconds;
use daemonset::template::Quantity;

use crate::input::Versions;
use crate::output::Format;
use crate::policy::PolicyArguments;

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    pub versions: Versions,
    /// Print for people, or for programs
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Format,
    #[command(flatten)]
    pub policy: PolicyArguments,
    /// How many runs
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub runs: u32,
    /// The seed of their chances; the same seed gives the same numbers
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    #[command(flatten)]
    pub times: Times,
    #[command(flatten)]
    pub faults: Faults,
    /// Find the smallest budget with which 95 % of the runs end within this time
    #[arg(long, value_name = "SPAN", help_heading = "Budgets")]
    pub deadline: Option<Seconds>,
    /// Find the largest budget with which so many percent of the nodes keep an available pod
    #[arg(long, value_name = "PERCENT", value_parser = percent, help_heading = "Budgets")]
    pub available: Option<f64>,
    /// Write a picture
    #[arg(long, value_name = "FILE", help_heading = "Pictures")]
    pub svg: Option<String>,
    /// Write a page with the picture and the figures
    #[arg(long, value_name = "FILE", help_heading = "Pictures")]
    pub html: Option<String>,
}

/// How long things take.
#[derive(Args)]
#[command(next_help_heading = "Times")]
pub struct Times {
    /// How long a pod takes from its creation until it is ready, such as 30s; by default as the
    /// DaemonSet's own pods did
    #[arg(long, value_name = "SPAN")]
    pub start: Option<Seconds>,
    /// How long a pod takes to go; by default half of them 3 s, at most their grace period
    #[arg(long, value_name = "SPAN")]
    pub terminate: Option<Seconds>,
    /// How much a node pulls for a new pod, such as 800Mi: nodes share what the registry gives
    #[arg(long, value_name = "BYTES", value_parser = bytes)]
    pub image_size: Option<f64>,
    /// How many bytes a second a node pulls at most; by default 25M
    #[arg(long, value_name = "BYTES", value_parser = rate, requires = "image_size")]
    pub node_bandwidth: Option<f64>,
    /// How many bytes a second all nodes together pull at most; by default there is no such bound
    #[arg(long, value_name = "BYTES", value_parser = rate, requires = "image_size")]
    pub registry_bandwidth: Option<f64>,
    /// How many requests a second the controller may make
    #[arg(long, value_name = "NUMBER", default_value_t = 20.0, value_parser = positive)]
    pub requests_per_second: f64,
    /// How many requests it may make at once before that
    #[arg(long, value_name = "NUMBER", default_value_t = 30.0, value_parser = positive)]
    pub burst: f64,
}

/// What goes wrong.
#[derive(Args)]
#[command(next_help_heading = "Faults")]
pub struct Faults {
    /// The share of nodes on which the new pod never becomes available, in percent
    #[arg(long, value_name = "PERCENT", default_value_t = 0.0, value_parser = percent)]
    pub node_failure: f64,
    /// The chance that it becomes available on no node at all, in percent
    #[arg(long, value_name = "PERCENT", default_value_t = 0.0, value_parser = percent)]
    pub revision_failure: f64,
    /// The share of the nodes that reboot each day, in percent
    #[arg(long, value_name = "PERCENT", default_value_t = 0.0, value_parser = many_percent)]
    pub reboots: f64,
    /// How long a reboot takes; by default half of them 90 s, five minutes at most
    #[arg(long, value_name = "SPAN", requires = "reboots")]
    pub reboot_time: Option<Seconds>,
    /// The share of the nodes that are replaced by new ones each day, in percent
    #[arg(long, value_name = "PERCENT", default_value_t = 0.0, value_parser = many_percent)]
    pub churn: f64,
}

fn number(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number: &f64| number.is_finite());
    number.ok_or_else(|| "expected a number".to_owned())
}

fn percent(text: &str) -> Result<f64, String> {
    let number = number(text)?;
    if (0.0..=100.0).contains(&number) {
        Ok(number)
    } else {
        Err("expected a percentage from 0 to 100".to_owned())
    }
}

/// Of all nodes each day, so that more than all is possible.
fn many_percent(text: &str) -> Result<f64, String> {
    let number = number(text)?;
    if (0.0..=10_000.0).contains(&number) {
        Ok(number)
    } else {
        Err("expected a percentage from 0 to 10000".to_owned())
    }
}

fn positive(text: &str) -> Result<f64, String> {
    let number = number(text)?;
    if (0.1..=1e6).contains(&number) {
        Ok(number)
    } else {
        Err("expected a number from 0.1 to 1000000".to_owned())
    }
}

fn bytes(text: &str) -> Result<f64, String> {
    let quantity = Quantity::from_json(&text.into());
    let quantity = quantity.ok_or("expected an amount such as 800Mi or 1.5G")?;
    #[allow(clippy::cast_precision_loss)] // a forecast needs no more than 52 bits
    let bytes = quantity.nanos() as f64 / 1e9;
    if (0.0..=1e15).contains(&bytes) {
        Ok(bytes)
    } else {
        Err("expected an amount from 0 to 1P".to_owned())
    }
}

fn rate(text: &str) -> Result<f64, String> {
    let bytes = bytes(text)?;
    if bytes >= 1.0 {
        Ok(bytes)
    } else {
        Err("expected at least 1 byte a second".to_owned())
    }
}
